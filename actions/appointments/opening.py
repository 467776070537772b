"""Opening hours, counters and booking rules, from `data/opening.yml`.  Times of day are Hanoi's."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

_DATA = Path(__file__).parent / "data" / "opening.yml"
_SATURDAY = 5


class Interval(BaseModel):
    """A half-open stretch of one day: `start` included, `end` not."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    start: dt.time
    end: dt.time

    @model_validator(mode="after")
    def _ordered(self) -> Interval:
        if self.start >= self.end:
            raise ValueError("an interval ends after it starts")
        return self


def _interval(value: object) -> object:
    if isinstance(value, str):
        start, _, end = value.partition("-")
        return {"start": start.strip(), "end": end.strip()}
    return value


Hours = Annotated[Interval, BeforeValidator(_interval)]


class OfficeOpening(BaseModel):
    """Hours of one office.  `confirmed`: whether the Center itself gave them."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    confirmed: bool = False
    weekdays: list[Hours]
    saturday: list[Hours]
    sunday: list[Hours]
    counters: int = Field(ge=0)
    prefix: str = Field(default="A", pattern=r"^[A-Z]{1,2}$")  # of ticket numbers

    def hours(self, weekday: int, made_up: bool = False) -> list[Interval]:
        """Hours of a weekday (Monday 0).  A Saturday worked in exchange (`made_up`) has a weekday's hours."""
        if weekday < _SATURDAY or made_up:
            return self.weekdays
        return self.saturday if weekday == _SATURDAY else self.sunday


class BookingRules(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    window: Hours
    slot_minutes: int = Field(ge=5, le=240)
    days_ahead: int = Field(ge=0)
    lead_minutes: int = Field(ge=0)
    per_person_per_day: int = Field(ge=1)
    per_field_per_day: int = Field(ge=1)
    hold_minutes: int = Field(ge=1)
    withhold_minutes: int = Field(ge=0)
    secret_tries: int = Field(ge=1)
    secret_pause_minutes: int = Field(ge=1)
    personal_data_days: int = Field(ge=0)


class Opening:
    """All offices' hours and the booking rules."""

    def __init__(self, default: dict[str, object], offices: dict[str, dict[str, object]], rules: BookingRules) -> None:
        self.rules = rules
        self._default = OfficeOpening.model_validate(default)
        self._offices = {key: OfficeOpening.model_validate({**default, **value}) for key, value in offices.items()}
        self._with_counters = {key for key, value in offices.items() if value.get("counters")}

    @classmethod
    def load(cls, path: Path = _DATA) -> Opening:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        return cls(raw["default"], raw["offices"] or {}, BookingRules.model_validate(raw["booking"]))

    def of(self, office_id: str) -> OfficeOpening:
        return self._offices.get(office_id, self._default)

    def has_own_counters(self, office_id: str) -> bool:
        """Whether the file itself gives this office counters (a point books only then)."""
        return office_id in self._with_counters


@cache
def opening() -> Opening:
    """The project's own file, read once."""
    return Opening.load()
