"""Kept lists without a database, for tests."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from actions.cases.lists import AFTER_APPOINTMENT, KEPT, KeptList, new_list_id
from actions.clock import Clock
from knowledge_base.errors import ErrorCode, NotFound


class FakeLists:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[str, KeptList] = {}
        self._appointments: dict[str, str] = {}

    def keep(self, code: str, answers: dict[str, str]) -> KeptList:
        kept = KeptList(new_list_id(), code, dict(answers), self._clock.now() + KEPT)
        self._kept[kept.id] = kept
        return kept

    def get(self, list_id: str) -> KeptList:
        kept = self._kept.get(list_id)
        if kept is None or kept.expires_at <= self._clock.now():
            raise NotFound(ErrorCode.CHECKLIST_UNKNOWN)
        return kept

    def attach(self, list_id: str, appointment_id: str, starts_at: dt.datetime) -> None:
        kept = self.get(list_id)
        self._kept[list_id] = replace(kept, expires_at=max(kept.expires_at, starts_at + AFTER_APPOINTMENT))
        self._appointments[appointment_id] = list_id

    def of_appointment(self, appointment_id: str) -> KeptList | None:
        kept = self._kept.get(self._appointments.get(appointment_id, ""))
        return kept if kept and kept.expires_at > self._clock.now() else None

    def forget_expired(self) -> int:
        over = [list_id for list_id, kept in self._kept.items() if kept.expires_at <= self._clock.now()]
        for list_id in over:
            del self._kept[list_id]
        return len(over)
