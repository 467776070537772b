"""What the counter page sends and receives, as JSON.  Times: ISO 8601 with +07:00."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from actions.appointments.counter_port import Act, Lane, Visit, VisitState

Desk = Annotated[str, Field(default="", pattern=r"^[0-9A-Za-z]{0,4}$")]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LoginIn(Model):
    username: str = Field(max_length=64)
    password: str = Field(max_length=256)


class CheckInIn(Model):
    code: str = Field(max_length=600)
    lane: Lane = Lane.ORDINARY


class WalkInIn(Model):
    key: str = Field(min_length=8, max_length=64)
    lane: Lane = Lane.ORDINARY
    phone: str = Field(default="", max_length=40)


class NextIn(Model):
    desk: Desk
    lane: Lane | None = None


class StepIn(Model):
    version: int = Field(ge=0)


class CallIn(StepIn):
    desk: Desk


class LaneIn(StepIn):
    lane: Lane


class SearchIn(Model):
    text: str = Field(min_length=1, max_length=600)


class BranchOut(Model):
    id: str
    name: str
    short_name: str


class MeOut(Model):
    """`csrf` goes back in the header `X-CSRF-Token` with every change."""

    name: str
    role: str
    branches: list[BranchOut]
    csrf: str
    idle_s: int


class VisitOut(Model):
    id: str
    number: str
    starts_at: dt.datetime
    procedure: str
    state: VisitState
    lane: Lane
    calls: int
    desk: str
    walk_in: bool
    arrived_at: dt.datetime | None
    called_at: dt.datetime | None
    done_at: dt.datetime | None
    version: int
    name: str
    phone_end: str

    @classmethod
    def of(cls, visit: Visit, procedure: str) -> VisitOut:
        return cls(
            id=visit.appointment_id,
            number=visit.number,
            starts_at=visit.starts_at,
            procedure=procedure,
            state=visit.state,
            lane=visit.lane,
            calls=visit.calls,
            desk=visit.desk,
            walk_in=visit.walk_in,
            arrived_at=visit.arrived_at,
            called_at=visit.called_at,
            done_at=visit.done_at,
            version=visit.version,
            name=visit.name,
            phone_end=visit.phone_end,
        )


class FoundOut(Model):
    visits: list[VisitOut]


class PhoneOut(Model):
    phone: str


class ActOut(Model):
    id: int
    at: dt.datetime
    officer: str
    act: str
    number: str
    subject: str
    before: dict[str, object]
    after: dict[str, object]
    undoes: int | None

    @classmethod
    def of(cls, act: Act, names: dict[str, str]) -> ActOut:
        return cls(
            id=act.id,
            at=act.at,
            officer=names.get(act.officer_id, act.officer_id),
            act=act.kind,
            number=act.number,
            subject=names.get(act.subject, act.subject if not act.number else ""),
            before=dict(act.before),
            after=dict(act.after),
            undoes=act.undoes,
        )


class ActsOut(Model):
    date: dt.date
    acts: list[ActOut]
