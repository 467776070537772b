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


class Supplement(Model):
    """A request for more papers.  `answered_at`: when the citizen gave them, where the system tells."""

    content: str = ""
    requested_at: AwareDatetime | None = None
    answered_at: AwareDatetime | None = None
    old_due: AwareDatetime | None = None
    new_due: AwareDatetime | None = None


class FeeDue(Model):
    """A charge on the dossier.  `paid` None: the system does not tell."""

    name: str
    amount: int = Field(ge=0)
    paid: bool | None = None


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
    supplements: tuple[Supplement, ...] = Field(default=(), repr=False)
    fees: tuple[FeeDue, ...] = ()
    results: tuple[str, ...] = Field(default=(), repr=False)
    notes: tuple[str, ...] = Field(default=(), repr=False)
    as_of: AwareDatetime

    @property
    def owner_masked(self) -> str:
        return mask_name(self.owner_name)

    @property
    def latest_due_at(self) -> dt.datetime | None:
        """The latest due date that the system itself gave."""
        given = [self.due_at, *(supplement.new_due for supplement in self.supplements)]
        return max((due for due in given if due is not None), default=None)


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
