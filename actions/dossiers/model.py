"""The dossier (hồ sơ) as every system tells it: one neutral shape, and the ten states.

Times are aware, in Asia/Ho_Chi_Minh.  Amounts are integers in đồng.  Personal fields stay out of `repr`, and of the
owner's numbers only the last four digits are kept: no more is needed for the proof.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from enum import IntEnum, StrEnum
from functools import cache
from pathlib import Path

import yaml
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

_LONG_AGO = dt.datetime.min.replace(tzinfo=dt.UTC)
TAIL = 4  # digits of a personal-ID or phone number that prove a right to know


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DossierStatus(IntEnum):
    """TrangThaiHoSo of the national portal; meanings in `statuses.yml`."""

    SUBMITTED = 1
    RECEIVED = 2
    NOT_RECEIVED = 3
    PROCESSING = 4
    SUPPLEMENT = 5
    PAYMENT = 6
    WITHDRAWN = 7
    STOPPED = 8
    DONE = 9
    RETURNED = 10


class Phase(StrEnum):
    RECEIVED = "received"
    PROCESSING = "processing"
    RESULT = "result"
    CLOSED = "closed"


class TimeCount(StrEnum):
    """What the resolution clock does in a state."""

    NOT_STARTED = "not_started"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


class StatusInfo(Model):
    """What a state means to a citizen."""

    code: DossierStatus
    name: str
    phase: Phase
    clock: TimeCount
    ends: bool
    meaning: str
    next: str
    todo: str
    by_when: str = ""  # empty: there is nothing the citizen must do


class Supplement(Model):
    """A request for more papers.  `answered_at`: when the citizen gave them, where the system tells."""

    content: str = ""
    requested_at: AwareDatetime | None = None
    answered_at: AwareDatetime | None = None
    answer_by: AwareDatetime | None = None  # the citizen's time limit, where the system tells one
    old_due: AwareDatetime | None = None
    new_due: AwareDatetime | None = None


class FeeDue(Model):
    """A charge on the dossier.  `paid` None: the system does not tell."""

    name: str
    amount: int = Field(ge=0)
    paid: bool | None = None


class Delivery(StrEnum):
    """How the result reaches the citizen."""

    IN_PERSON = "in_person"
    POST = "post"
    ONLINE = "online"


class Apology(Model):
    """A written apology for lateness with a new date (form 04 of Thông tư 03/2025/TT-VPCP), as the system has it."""

    reason: str = ""
    sent_at: AwareDatetime | None = None
    new_due: AwareDatetime | None = None


class Dossier(Model):
    code: str = Field(repr=False)
    procedure_code: str = ""
    procedure_name: str = ""
    owner_name: str = Field(default="", repr=False)
    proof_tails: tuple[str, ...] = Field(default=(), repr=False)  # last 4 digits of the owner's ID and phone numbers
    status: DossierStatus | None  # None: a state this system alone knows; then only `status_raw` is said
    status_raw: str
    received_at: AwareDatetime | None = None
    due_at: AwareDatetime | None = None
    finished_at: AwareDatetime | None = None
    returned_at: AwareDatetime | None = None
    agency: str = ""  # who decides
    handling_unit: str = ""  # who has it now
    received_place: str = ""
    delivery: Delivery | None = None
    collect_at: str = Field(default="", repr=False)  # where the result is handed over, or sent to, as the system says
    supplements: tuple[Supplement, ...] = Field(default=(), repr=False)
    fees: tuple[FeeDue, ...] = ()
    results: tuple[str, ...] = Field(default=(), repr=False)
    apologies: tuple[Apology, ...] = Field(default=(), repr=False)
    notes: tuple[str, ...] = Field(default=(), repr=False)
    as_of: AwareDatetime
    partial: bool = False  # another system that may hold this code did not answer

    @property
    def owner_masked(self) -> str:
        return mask_name(self.owner_name)

    @property
    def latest_due_at(self) -> dt.datetime | None:
        """The latest due date that the system itself gave; the new date of an apology is no due date."""
        given = [self.due_at, *(supplement.new_due for supplement in self.supplements)]
        return max((due for due in given if due is not None), default=None)

    @property
    def apology(self) -> Apology | None:
        """The latest written apology."""
        return max(self.apologies, key=lambda one: one.sent_at or one.new_due or _LONG_AGO, default=None)


def mask_name(name: str) -> str:
    """The family name, and the first letter of each other word: `Nguyễn Văn An` becomes `Nguyễn V** A**`."""
    words = unicodedata.normalize("NFC", name).split()
    if len(words) < 2:
        return "".join(f"{word[0]}**" for word in words)
    return " ".join([words[0], *(f"{word[0]}**" for word in words[1:])])


def tail_of(number: str) -> str:
    """The last four digits of a number, or nothing when it has fewer."""
    digits = "".join(character for character in number if character in "0123456789")
    return digits[-TAIL:] if len(digits) >= TAIL else ""


@cache
def statuses() -> dict[DossierStatus, StatusInfo]:
    """All ten states, by code."""
    rows = yaml.safe_load((Path(__file__).parent / "statuses.yml").read_text(encoding="utf-8"))
    return {info.code: info for info in map(StatusInfo.model_validate, rows)}
