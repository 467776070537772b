"""What is said at "gặp cán bộ" with hours confirmed, not confirmed, and with the database gone."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from rasa_sdk import Tracker

from actions.appointments.calendar import WorkingCalendar
from actions.appointments.opening import Opening, opening
from actions.clock import HANOI, FixedClock
from actions.memory import ProcessMemory
from actions.rasa_actions.base import Heard
from actions.rasa_actions.people import handoff_reply
from knowledge_base.errors import ErrorCode, Unavailable

HOTLINE = {"confirmed": True, "weekdays": ["07:30-18:00"]}


class Gone:
    """A database that is down."""

    def ask(self, *_: str) -> None:
        raise Unavailable(ErrorCode.DATABASE_DOWN, "OperationalError")


def services(hour: int, confirmed: bool) -> Any:
    default = {"weekdays": ["08:00-17:00"], "saturday": [], "sunday": [], "counters": 1}
    hours = Opening(default, {"hotline": HOTLINE} if confirmed else {}, opening().rules)
    plan = SimpleNamespace(opening=hours, calendar=WorkingCalendar.load(hours=hours))
    clock = FixedClock(dt.datetime(2026, 11, 25, hour, tzinfo=HANOI))
    search = SimpleNamespace(get=lambda code: None)
    return SimpleNamespace(
        clock=clock, plan=plan, memory=ProcessMemory(), requests=Gone(), search=lambda: search
    )  # fmt: skip


@pytest.mark.parametrize(
    ("hour", "confirmed", "said", "unsaid"),
    [
        (9, True, "đang trong giờ làm việc (07:30–18:00)", "ngoài giờ"),
        (20, True, "ngoài giờ làm việc (ngày thường 07:30–18:00)", "đang trong giờ"),
        (9, False, "không khẳng định lúc này có người trực", "08:00"),
    ],
)
async def test_hours_are_told_as_far_as_they_are_known(hour: int, confirmed: bool, said: str, unsaid: str) -> None:
    tracker = Tracker("web:a", {}, {}, [], False, None, {}, "action_listen")
    heard = Heard("web:a", "gặp cán bộ", "talk_to_human", 0.9)
    reply = await handoff_reply(services(hour, confirmed), heard, tracker, "asked")
    [message] = reply.messages
    assert said in message.text
    assert unsaid not in message.text
    assert "19001009" in message.text
    titles = [choice.title for choice in getattr(message, "choices", [])]
    assert titles == ["Để lại lời nhắn", "Nhờ gọi lại", "Đặt lịch hẹn"]
