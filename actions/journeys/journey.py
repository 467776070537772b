"""Journeys: the procedures that an event of life brings, in order, from `data/*.yml`."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

_DATA = Path(__file__).parent / "data"


class Deadline(BaseModel):
    """By when, in plain words, and the line of the procedure's record that says so."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    say: str = Field(min_length=1)
    line: str = Field(min_length=1)


class Step(BaseModel):
    """One thing to do.  Without `code` no procedure of the catalogue covers it: a person has to be asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    title: str = Field(min_length=1, max_length=60)
    code: str = Field(default="", pattern=r"^(?:\d\.\d{6})?$")
    when: str = ""
    by_when: Deadline | None = None
    after: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _rests_on_a_record(self) -> Step:
        if self.by_when and not self.code:
            raise ValueError(f"{self.title}: a time limit rests on a record, so it wants a code")
        return self


class Journey(BaseModel):
    """One event with its steps in order.  `heard`: patterns over text without diacritics by which it is known."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str = Field(pattern=r"^[a-z]+$")
    title: str = Field(min_length=1, max_length=40)
    heard: list[str] = Field(min_length=1)
    itself: str | None = None  # the step that reports the event: who tells the event and asks of papers means it
    steps: list[Step] = Field(min_length=2)

    @model_validator(mode="after")
    def _order_holds(self) -> Journey:
        if self.itself and self.itself not in {step.code for step in self.steps}:
            raise ValueError(f"{self.id}: {self.itself} is none of its steps")
        seen: set[str] = set()
        for step in self.steps:
            if not set(step.after) <= seen:
                raise ValueError(f"{self.id}: {step.title} comes after a step that is not before it")
            if step.code in seen:
                raise ValueError(f"{self.id}: {step.code} is there twice")
            if step.code:
                seen.add(step.code)
        for pattern in self.heard:
            re.compile(pattern)
        return self


class Journeys:
    """All journeys, in the order of their files."""

    def __init__(self, journeys: list[Journey]) -> None:
        self._by_id = {journey.id: journey for journey in journeys}
        if len(self._by_id) != len(journeys):
            raise ValueError("two journeys have one id")

    @classmethod
    def load(cls, folder: Path = _DATA) -> Journeys:
        paths = sorted(folder.glob("*.yml"))
        return cls([Journey.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))) for path in paths])

    def all(self) -> list[Journey]:
        return list(self._by_id.values())

    def get(self, journey_id: str | None) -> Journey | None:
        return self._by_id.get(journey_id or "")

    def with_procedure(self, code: str) -> list[Journey]:
        """The journeys that `code` is a step of."""
        return [journey for journey in self._by_id.values() if any(step.code == code for step in journey.steps)]


@cache
def journeys() -> Journeys:
    """The project's own, read once."""
    return Journeys.load()


def openable(journey: Journey, known: Callable[[str], bool]) -> list[Step]:
    """The steps whose procedure is in the catalogue in use, in order; these are the numbered ones."""
    return [step for step in journey.steps if step.code and known(step.code)]


def next_step(journey: Journey, code: str, known: Callable[[str], bool]) -> Step | None:
    """The step behind the one of procedure `code`; None after the last, or when `code` is none of its steps."""
    steps = openable(journey, known)
    places = [place for place, step in enumerate(steps) if step.code == code]
    return steps[places[0] + 1] if places and places[0] + 1 < len(steps) else None
