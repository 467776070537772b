"""Reading another system's record with a mapping file (`mappings/*.yml`): a new system is a new file."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from actions.dossiers.model import Dossier, DossierStatus, FeeDue, Supplement, tail_of
from knowledge_base.errors import ErrorCode, Misconfigured, Unavailable

MAPPINGS = Path(__file__).parent / "mappings"


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Paths(Model):
    login: str
    call: str


class Dates(Model):
    format: str
    zone: str


class Fields(Model):
    """For each of our fields the other system's names, best first."""

    code: list[str]
    procedure_code: list[str]
    procedure_name: list[str]
    owner_name: list[str]
    status: list[str]
    received_at: list[str]
    due_at: list[str]
    finished_at: list[str]
    returned_at: list[str]
    agency: list[str]
    handling_unit: list[str]
    received_place: list[str]
    note: list[str]


class SupplementFields(Model):
    list: str
    content: str
    requested_at: str
    answered_at: str = ""
    old_due: str
    new_due: str


class FeeFields(Model):
    list: str
    name: str
    amount: str


class ResultFields(Model):
    list: str
    name: str


class Mapping(Model):
    paths: Paths
    headers: dict[str, str] = {}
    service: str
    code_parameter: str
    success: list[str]
    not_found: list[str]
    dates: Dates
    fields: Fields
    proofs: list[str]
    supplements: SupplementFields
    fees: FeeFields
    results: ResultFields
    statuses: dict[str, DossierStatus]

    @classmethod
    def load(cls, path: Path = MAPPINGS / "national_portal.yml") -> Mapping:
        """
        Raises:
            Misconfigured: the file is absent or does not fit.
        """
        try:
            return cls.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        except (OSError, yaml.YAMLError, ValidationError) as error:
            raise Misconfigured(ErrorCode.MISCONFIGURED, f"mapping {path.name}: {type(error).__name__}") from error

    def code_of(self, record: object) -> str:
        """The code a record bears, without blanks, in capitals."""
        return _first(_dict(record), self.fields.code).replace(" ", "").upper()

    def dossier(self, record: object, as_of: dt.datetime) -> Dossier:
        """
        Raises:
            Unavailable: DOSSIER_SYSTEM_DOWN, the record cannot be read (its values are never in the detail).
        """
        raw = _dict(record)
        names = self.fields
        status = _first(raw, names.status)
        note = _first(raw, names.note)
        try:
            return Dossier(
                code=self.code_of(raw),
                procedure_code=_first(raw, names.procedure_code),
                procedure_name=_first(raw, names.procedure_name),
                owner_name=_first(raw, names.owner_name),
                proof_tails=tuple(self._tails(raw)),
                status=self.statuses.get(status),
                status_raw=status,
                received_at=self._date(raw, names.received_at),
                due_at=self._date(raw, names.due_at),
                finished_at=self._date(raw, names.finished_at),
                returned_at=self._date(raw, names.returned_at),
                agency=_first(raw, names.agency),
                handling_unit=_first(raw, names.handling_unit),
                received_place=_first(raw, names.received_place),
                supplements=tuple(self._supplement(row) for row in _rows(raw, self.supplements.list)),
                fees=tuple(self._fee(row) for row in _rows(raw, self.fees.list)),
                results=tuple(self._results(raw)),
                notes=(note,) if note else (),
                as_of=as_of,
            )
        except ValidationError as error:
            places = sorted({".".join(map(str, one["loc"])) for one in error.errors()})
            raise _unreadable(", ".join(places)) from None

    def _tails(self, raw: dict[str, Any]) -> list[str]:
        """The last four digits of each number; a field may hold several numbers."""
        numbers = [part for name in self.proofs for part in re.split(r"[,;/]", _first(raw, [name]))]
        return [tail for number in numbers if (tail := tail_of(number))]

    def _results(self, raw: dict[str, Any]) -> list[str]:
        names = (_first(row, [self.results.name]) for row in _rows(raw, self.results.list))
        return [name for name in names if name]

    def _supplement(self, row: dict[str, Any]) -> Supplement:
        names = self.supplements
        return Supplement(
            content=_first(row, [names.content]),
            requested_at=self._date(row, [names.requested_at]),
            answered_at=self._date(row, [names.answered_at]),
            old_due=self._date(row, [names.old_due]),
            new_due=self._date(row, [names.new_due]),
        )

    def _fee(self, row: dict[str, Any]) -> FeeDue:
        amount = _first(row, [self.fees.amount]) or "0"
        if not re.fullmatch(r"\d{1,15}(\.0+)?", amount, re.ASCII):
            raise _unreadable("fee amount")
        return FeeDue(name=_first(row, [self.fees.name]), amount=int(amount.split(".")[0]))

    def _date(self, raw: dict[str, Any], names: list[str]) -> dt.datetime | None:
        text = _first(raw, names)
        if not text:
            return None
        try:
            moment = dt.datetime.strptime(text, self.dates.format).replace(tzinfo=ZoneInfo(self.dates.zone))
        except ValueError:
            raise _unreadable(f"date in {names[0]}") from None
        # strptime takes "2026112208" as 1 January 2026, 2:20:08: only what reads back the same is a date
        if moment.strftime(self.dates.format) != text:
            raise _unreadable(f"date in {names[0]}")
        return moment


def _unreadable(what: str) -> Unavailable:
    return Unavailable(ErrorCode.DOSSIER_SYSTEM_DOWN, f"record cannot be read: {what}")


def _dict(record: object) -> dict[str, Any]:
    if not isinstance(record, dict):
        raise _unreadable("not an object")
    return record


def _first(raw: dict[str, Any], names: list[str]) -> str:
    """The first filled value, as text; numbers and booleans in their JSON form."""
    for name in names:
        value = raw.get(name) if name else None
        if value is None or value == "":
            continue
        if not isinstance(value, str | int | float):
            raise _unreadable(name)
        if text := str(value).strip():
            return text
    return ""


def _rows(raw: dict[str, Any], name: str) -> list[dict[str, Any]]:
    rows = raw.get(name) or []
    if not isinstance(rows, list):
        raise _unreadable(name)
    return [_dict(row) for row in rows]
