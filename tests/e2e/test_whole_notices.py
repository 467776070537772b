"""Notices over Telegram through the real thing: watched, reminded, told, stopped."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections.abc import Iterator

from sqlalchemy.orm import Session
from stack import Stack
from test_conversations import next_open_day
from test_whole_telegram import Citizen, texts

from actions.clock import HANOI, SystemClock
from actions.database import Database
from actions.dossiers.model import statuses
from actions.dossiers.sandbox.data import sample_dossiers
from actions.messages import Reply, TextMessage
from actions.notices.models import NoticeRow
from actions.notices.outbox import Draft, Outbox
from actions.notices.port import Reason
from actions.personal import PersonalKeys
from actions.wording import say
from assistant.settings import Settings


@contextlib.contextmanager
def outbox_of(stack: Stack) -> Iterator[Outbox]:
    settings = Settings(_env_file=None, data_dir=stack.data_dir)
    keys = PersonalKeys(settings.secret("booking_key"), settings.secret("personal_data_key"))
    database = Database(settings.database)
    try:
        yield Outbox(database, SystemClock(), keys)
    finally:
        database.close()


def rows(stack: Stack) -> list[NoticeRow]:
    with outbox_of(stack) as outbox:
        return outbox.list(None, 100)


def test_a_dossier_is_watched_listed_and_let_go(stack: Stack) -> None:
    running = {int(code) for code, info in statuses().items() if not info.ends}
    sample = next(one for one in sample_dossiers(dt.datetime.now(HANOI).date()) if int(one.status) in running)
    code, tail = sample.code, sample.id_tail
    with Citizen(stack.telegram, 8101) as citizen:
        citizen.say(f"hồ sơ {code} đến đâu rồi")
        assert say("notices.button_watch") in str(citizen.say(tail))
        assert "không lưu 4 số" in texts(citizen.press(say("notices.button_watch")))
        assert "đã theo dõi" in texts(citizen.press(say("notices.button_watch_yes")))
        assert code[-4:] in texts(citizen.say("tôi đang theo dõi những hồ sơ nào"))
        assert say("notices.watch_stopped") in texts(citizen.say("ngừng theo dõi"))
        assert say("notices.watch_none") in texts(citizen.say("tôi đang theo dõi những hồ sơ nào"))


def test_a_booking_goes_on_when_reminders_are_spoken_of(stack: Stack) -> None:
    day = next_open_day()
    with Citizen(stack.telegram, 8102) as citizen:
        citizen.say(f"đặt lịch 9 giờ ngày {day:%d/%m} ở chi nhánh số 1")
        heard = texts(citizen.say("đừng nhắc nữa"))
        assert say("notices.nothing_to_stop") in heard
        assert "số điện thoại" in heard, "the form asks again"
        assert say("notices.reminder_consent_chat") in texts(citizen.say("0912 345 671"))
        assert "Số phiếu" in texts(citizen.press(say("booking.button_agree")))
        assert ("reminder", "hours", "queued") in [(row.reason, row.kind, row.state) for row in rows(stack)]
        assert say("notices.reminders_stopped") in texts(citizen.say("đừng nhắc nữa"))
        assert ("reminder", "hours", "queued") not in [(row.reason, row.kind, row.state) for row in rows(stack)]
        assert say("notices.reminder_consent_chat") in texts(citizen.say("nhắc tôi trước giờ hẹn"))


def test_what_is_written_to_the_outbox_arrives(stack: Stack) -> None:
    body = Reply(messages=[TextMessage(text="Cán bộ đã trả lời bạn.")]).model_dump_json()
    who, key, now = "telegram:8103", "case-1", SystemClock().now()

    def work(session: Session) -> None:
        consent = outbox.consent(session, Reason.OFFICER, key, who, "asked")
        until = now + dt.timedelta(hours=1)
        outbox.write(session, Draft(key, Reason.OFFICER, "reply", key, who, consent, now, until, body))

    with Citizen(stack.telegram, 8103) as citizen:
        citizen.say("xin chào")
        before = len(citizen.heard())
        with outbox_of(stack) as outbox:
            outbox.run(work)
        end = time.monotonic() + 20
        while len(citizen.heard()) == before and time.monotonic() < end:
            time.sleep(0.2)
        assert texts(citizen.heard()[before:]) == "Cán bộ đã trả lời bạn."
