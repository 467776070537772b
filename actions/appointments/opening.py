"""Opening hours, counters and booking rules, from `data/opening.yml`.  Times of day are Hanoi's."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from knowledge_base.text import fold

_DATA = Path(__file__).parent / "data" / "opening.yml"
_SATURDAY = 5
PRIORITY_SEATS = 1000  # seats of the priority lane begin here, so that more ordinary counters change no number


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


class Lane(StrEnum):
    """Who is called first: people of 75 and over (rule of the Center, 01/10/2025), then everybody else."""

    ORDINARY = "ordinary"
    PRIORITY = "priority"


class OfficeOpening(BaseModel):
    """Hours, counters and fields of one office.  `confirmed`: whether the Center itself gave the hours.

    `fields`: what the office takes bookings for, empty for everything ("phi địa giới").
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    confirmed: bool = False
    weekdays: list[Hours]
    saturday: list[Hours]
    sunday: list[Hours]
    counters: int = Field(ge=0)
    priority_counters: int = Field(default=0, ge=0)
    fields: list[str] = []
    prefix: str = Field(default="A", pattern=r"^[A-Z]{1,2}$")  # of ticket numbers

    def seats(self, lane: Lane) -> tuple[range, ...]:
        """Numbers of the seats of a slot, one an open counter.  The priority lane has its own and then the others."""
        ordinary = range(self.counters)
        if lane is Lane.ORDINARY or not self.priority_counters:
            return (ordinary,)
        return range(PRIORITY_SEATS, PRIORITY_SEATS + self.priority_counters), ordinary

    def takes(self, field: str) -> bool:
        """Whether bookings for procedures of that field are taken; an unknown field ("") is."""
        return not self.fields or not field or fold(field) in {fold(one) for one in self.fields}

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
