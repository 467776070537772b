"""How another system is asked, and which of its fields is which of ours: one file in `mappings/` for each system."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from actions.dossiers.model import Apology, Delivery, Dossier, DossierStatus, FeeDue, Supplement, statuses, tail_of
from actions.dossiers.reading import as_object, at, first, moment, rows, unreadable
from knowledge_base.errors import ErrorCode, Misconfigured

MAPPINGS = Path(__file__).parent / "mappings"
_TRUE, _FALSE = {"1", "true"}, {"0", "false"}


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Login(Model):
    """How a token is got: `user` and `password` name the fields, `fixed` is sent besides."""

    path: str
    user: str
    password: str
    fixed: dict[str, str] = {}
    token: str  # where it stands in the answer
    keep_s: float = Field(default=0, ge=0)  # seconds it is used; 0: until it is refused
    lifetime: str = ""  # where the answer tells its seconds of life; shorter ones count


class Call(Model):
    """How a dossier is asked for: `code` and `agency` name the fields, `fixed` is sent besides."""

    path: str
    code: str
    agency: str = ""
    fixed: dict[str, str] = {}
    records: str  # where the answer holds the record or records


class Dates(Model):
    formats: list[str] = Field(min_length=1)
    zone: str

    @field_validator("zone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("no such zone") from None
        return value


class Fields(Model):
    """For each of our fields the other system's paths, best first."""

    code: list[str] = Field(min_length=1)
    procedure_code: list[str] = []
    procedure_name: list[str] = []
    owner_name: list[str] = []
    status: list[str] = Field(min_length=1)
    received_at: list[str] = []
    due_at: list[str] = []
    finished_at: list[str] = []
    returned_at: list[str] = []
    agency: list[str] = []
    handling_unit: list[str] = []
    received_place: list[str] = []
    delivery: list[str] = []
    collect_at: list[str] = []
    note: list[str] = []


class SupplementFields(Model):
    list: str = ""
    content: str = ""
    requested_at: str = ""
    answered_at: str = ""
    answer_by: str = ""
    old_due: str = ""
    new_due: str = ""


class FeeFields(Model):
    list: str = ""
    name: str = ""
    amount: str = ""
    paid: str = ""


class ResultFields(Model):
    list: str = ""
    name: str = ""


class ApologyFields(Model):
    """The written apology with a new date (form 04), where a system has it."""

    list: str = ""
    sent_at: str = ""
    reason: str = ""
    new_due: str = ""


class Mapping(Model):
    login: Login
    call: Call
    headers: dict[str, str] = {}
    success: list[str] = []  # error codes that mean "well", where answers bear one
    not_found: list[str] = []  # error codes that mean "no such dossier"
    dates: Dates
    fields: Fields
    proofs: list[str] = Field(min_length=1)  # without the owner's numbers nothing can be told to anybody
    supplements: SupplementFields = SupplementFields()
    fees: FeeFields = FeeFields()
    results: ResultFields = ResultFields()
    apologies: ApologyFields = ApologyFields()
    deliveries: dict[str, Delivery] = {}
    statuses: dict[str, DossierStatus]  # beside the portal's own ten names, which every system may use

    @classmethod
    def load(cls, path: Path = MAPPINGS / "national_portal.yml") -> Mapping:
        """
        Raises:
            Misconfigured: the file is absent or does not fit; the detail names the file and the places in it.
        """
        try:
            return cls.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        except ValidationError as error:
            places = sorted({".".join(map(str, one["loc"])) for one in error.errors()})
            raise Misconfigured(ErrorCode.MISCONFIGURED, f"mapping {path.name}: {', '.join(places)}") from error
        except (OSError, yaml.YAMLError) as error:
            raise Misconfigured(ErrorCode.MISCONFIGURED, f"mapping {path.name}: {type(error).__name__}") from error

    def codes_of(self, record: object) -> list[str]:
        """The codes a record bears, without blanks, in capitals: its own, perhaps one of another system too."""
        raw = as_object(record)
        codes = (first(raw, [path]).replace(" ", "").upper() for path in self.fields.code)
        return [code for code in codes if code]

    def dossier(self, record: object, as_of: dt.datetime, code: str = "") -> Dossier:
        """
        Args:
            record: what the system gave.
            as_of: when it was read (aware).
            code: the one asked for, when the record bears several.

        Raises:
            Unavailable: DOSSIER_SYSTEM_DOWN, the record cannot be read (its values are never in the detail).
        """
        raw = as_object(record)
        names = self.fields
        status = first(raw, names.status)
        note = first(raw, names.note)
        try:
            return Dossier(
                code=code or next(iter(self.codes_of(raw)), ""),
                procedure_code=first(raw, names.procedure_code),
                procedure_name=first(raw, names.procedure_name),
                owner_name=first(raw, names.owner_name),
                proof_tails=tuple(self._tails(raw)),
                status=self._status(status),
                status_raw=status,
                received_at=self._moment(raw, names.received_at),
                due_at=self._moment(raw, names.due_at),
                finished_at=self._moment(raw, names.finished_at),
                returned_at=self._moment(raw, names.returned_at),
                agency=first(raw, names.agency),
                handling_unit=first(raw, names.handling_unit),
                received_place=first(raw, names.received_place),
                delivery=self.deliveries.get(first(raw, names.delivery)),
                collect_at=first(raw, names.collect_at),
                supplements=tuple(self._supplement(row) for row in rows(raw, self.supplements.list)),
                fees=tuple(self._fee(row) for row in rows(raw, self.fees.list)),
                results=tuple(self._results(raw)),
                apologies=tuple(self._apology(row) for row in rows(raw, self.apologies.list)),
                notes=(note,) if note else (),
                as_of=as_of,
            )
        except ValidationError as error:
            places = sorted({".".join(map(str, one["loc"])) for one in error.errors()})
            raise unreadable(", ".join(places)) from None

    def _status(self, text: str) -> DossierStatus | None:
        """By the file's table, or by one of the portal's ten names; anything else is not guessed."""
        if text in self.statuses:
            return self.statuses[text]
        wanted = _plain_name(text)
        table = {_plain_name(name): status for name, status in self.statuses.items()}
        table |= {_plain_name(info.name): status for status, info in statuses().items()}
        return table.get(wanted)

    def _tails(self, raw: object) -> list[str]:
        """The last four digits of each number; a field may hold several numbers."""
        numbers = [part for path in self.proofs for part in re.split(r"[,;/]", first(raw, [path]))]
        return [tail for number in numbers if (tail := tail_of(number))]

    def _results(self, raw: object) -> list[str]:
        names = (first(row, [self.results.name]) for row in rows(raw, self.results.list))
        return [name for name in names if name]

    def _supplement(self, row: object) -> Supplement:
        names = self.supplements
        return Supplement(
            content=first(row, [names.content]),
            requested_at=self._moment(row, [names.requested_at]),
            answered_at=self._moment(row, [names.answered_at]),
            answer_by=self._moment(row, [names.answer_by]),
            old_due=self._moment(row, [names.old_due]),
            new_due=self._moment(row, [names.new_due]),
        )

    def _apology(self, row: object) -> Apology:
        names = self.apologies
        return Apology(
            reason=first(row, [names.reason]),
            sent_at=self._moment(row, [names.sent_at]),
            new_due=self._moment(row, [names.new_due]),
        )

    def _fee(self, row: object) -> FeeDue:
        amount = first(row, [self.fees.amount]) or "0"
        if not re.fullmatch(r"\d{1,15}(\.0+)?", amount, re.ASCII):
            raise unreadable("fee amount")
        paid = str(at(row, self.fees.paid)).casefold() if self.fees.paid else ""
        return FeeDue(
            name=first(row, [self.fees.name]),
            amount=int(amount.split(".")[0]),
            paid=True if paid in _TRUE else False if paid in _FALSE else None,
        )

    def _moment(self, raw: object, paths: list[str]) -> dt.datetime | None:
        return moment(raw, paths, self.dates.formats, self.dates.zone)


def _plain_name(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
