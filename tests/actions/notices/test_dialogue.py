"""Notices in the dialogue: asked for, agreed to, stopped, listed; and the reminders of a booking."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, cast

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import select

from actions.appointments.branches import branches
from actions.appointments.calendar import calendar
from actions.appointments.opening import opening
from actions.appointments.slots import SlotPlan
from actions.cases.desk import CaseDesk
from actions.cases.lists import StoredLists
from actions.cases.load import Interviews
from actions.dossiers.model import DossierStatus
from actions.dossiers.status import DossierStatusService
from actions.dossiers.veil import unveil
from actions.intake.ratings import Ratings
from actions.intake.requests import Requests
from actions.memory import ProcessMemory
from actions.messages import Choice, Command, Reply
from actions.notices.models import ConsentRow
from actions.notices.pairing import PairingDesk
from actions.personal_numbers import PHONE_MARK, conceal
from actions.rasa_actions.booking import ActionAskConfirm, ActionBook, ValidateBookingForm, hold_key
from actions.rasa_actions.channel_choice import named
from actions.rasa_actions.notices import ActionNotices
from actions.rasa_actions.status import ActionStartStatus, ActionStatus
from actions.rasa_actions.talk import ActionTalk
from actions.services import Services
from actions.talk.session import Session
from actions.wording import say
from tests.actions.appointments.conftest import at
from tests.actions.notices.bench import Bench
from tests.actions.notices.test_watch import FACTOR, dossier

CODE = dossier().code


class Talk:
    """One conversation: slots, and which action spoke last, as Rasa keeps them."""

    def __init__(self, services: Services, conversation: str) -> None:
        self.services = services
        self.conversation = conversation
        self.slots: dict[str, Any] = {}
        self.last = ""

    async def do(self, action: type[Any], said: str | Command = "", intent: str = "inform") -> Reply | None:
        entities: dict[str, str] = {}
        if isinstance(said, Command):
            intent, entities, said = said.intent, said.entities, f"/{said.intent}"
        message = {
            "text": said,
            "intent": {"name": intent, "confidence": 0.9},
            "entities": [{"entity": name, "value": value} for name, value in entities.items()],
        }
        events = [{"event": "action", "name": self.last}, {"event": "action", "name": "action_listen"}]
        tracker = Tracker(self.conversation, self.slots, message, events, False, None, {}, "action_listen")
        dispatcher = CollectingDispatcher()
        done = await action(self.services).run(dispatcher, tracker, {})
        self.slots |= {event["name"]: event["value"] for event in done if event["event"] == "slot"}
        self.last = action.title
        if not dispatcher.messages:
            return None
        reply = Reply.model_validate(dispatcher.messages[0]["custom"])
        return await unveil(reply, self.conversation, self.services.memory)  # as the pipeline does

    async def say(self, action: type[Any], said: str | Command = "", intent: str = "inform") -> str:
        reply = await self.do(action, said, intent)
        assert reply is not None
        return reply.plain_text

    async def prove(self) -> Reply | None:
        """As the status form leaves it; whom one talks to was told before."""
        await Session(self.services.memory, self.conversation).first_contact()
        await self.services.memory.put(f"proof:{self.conversation}", {"code": CODE, "factor": FACTOR}, 1800)
        return await self.do(ActionStatus)


def button(reply: Reply | None, title: str) -> Command:
    assert reply is not None
    choices: list[Choice] = [c for message in reply.messages for c in getattr(message, "choices", [])]
    (found,) = [choice for choice in choices if choice.title == title]
    assert found.command is not None
    return found.command


def titles(reply: Reply) -> list[str]:
    return [choice.title for message in reply.messages for choice in getattr(message, "choices", [])]


@pytest.fixture
def services(bench: Bench) -> Services:
    bench.system.dossiers[CODE] = dossier()
    search, memory = cast(Any, lambda: cast(Any, {})), ProcessMemory()
    return Services(
        search=search,
        dossiers=DossierStatusService(bench.system, bench.clock, lambda start, end: (end - start).days),
        booking=bench.bookings,
        branches=branches(),
        clock=bench.clock,
        memory=memory,
        public_url="https://tthc.test",
        plan=SlotPlan(branches(), calendar(), opening()),
        cases=CaseDesk(Interviews({}), StoredLists(bench.database, bench.keys, bench.clock), search),
        requests=Requests(bench.database, bench.keys, bench.clock),
        ratings=Ratings(bench.database, bench.keys, bench.clock),
        reminders=bench.reminders,
        watches=bench.watches,
        pairing=PairingDesk(bench.pairing, memory),
    )


@pytest.fixture
async def talk(services: Services) -> Talk:
    await Session(services.memory, "telegram:5").first_contact()
    return Talk(services, "telegram:5")


def consents(bench: Bench) -> list[tuple[str, bool]]:
    with bench.database.begin() as session:
        rows = session.scalars(select(ConsentRow).order_by(ConsentRow.id))
        return [(row.purpose, row.withdrawn_at is not None) for row in rows]


async def test_from_the_status_to_a_watched_dossier_by_buttons(talk: Talk, bench: Bench) -> None:
    told = await talk.prove()
    asked = await talk.do(ActionNotices, button(told, say("notices.button_watch")))
    assert asked is not None
    assert CODE in asked.plain_text
    assert "không lưu 4 số" in asked.plain_text
    assert consents(bench) == [], "asked, not agreed"
    started = await talk.do(ActionNotices, button(asked, say("notices.button_watch_yes")))
    assert started is not None
    assert started.plain_text == say("notices.watch_started", code=CODE)
    assert consents(bench) == [("dossier", False)]
    assert await talk.say(ActionNotices, "bao toi khi co thay doi", "watch_dossier") != ""
    listed = await talk.do(ActionNotices, "đang theo dõi gì", "show_watched")
    assert listed is not None
    assert "0012" in listed.plain_text
    stop = button(listed, say("notices.button_stop_one", tail="0012"))
    assert await talk.say(ActionNotices, stop) == say("notices.watch_stopped")
    assert consents(bench) == [("dossier", True)]
    assert await talk.say(ActionNotices, "đang theo dõi gì", "show_watched") == say("notices.watch_none")


async def test_agreed_in_words_right_after_the_question_only(talk: Talk, bench: Bench) -> None:
    await talk.prove()
    await talk.say(ActionNotices, "theo dõi giúp tôi", "watch_dossier")
    assert await talk.say(ActionTalk, "cảm ơn", "thank") == say("talk.thank")
    assert await talk.say(ActionTalk, "ok", "affirm") == say("talk.affirm"), "a yes to something else is no consent"
    assert bench.watches.of("telegram:5") == []
    await talk.say(ActionNotices, "theo dõi giúp tôi", "watch_dossier")
    assert await talk.say(ActionTalk, "không", "deny") == say("notices.watch_not_wanted")
    await talk.say(ActionNotices, "theo dõi giúp tôi", "watch_dossier")
    assert await talk.say(ActionTalk, "có", "affirm") == say("notices.watch_started", code=CODE)
    assert len(bench.watches.of("telegram:5")) == 1


async def test_no_watch_without_a_proof(talk: Talk, bench: Bench) -> None:
    assert await talk.say(ActionNotices, "theo dõi giúp tôi", "watch_dossier") == say("notices.watch_needs_proof")
    yes = Command(intent="watch_dossier", entities={"value": "yes"})
    assert await talk.say(ActionNotices, yes) == say("notices.watch_needs_proof")
    assert consents(bench) == []


async def test_an_ended_dossier_is_not_offered(talk: Talk, bench: Bench) -> None:
    bench.system.dossiers[CODE] = dossier(status=DossierStatus.RETURNED)
    told = await talk.prove()
    assert told is not None
    assert say("notices.button_watch") not in titles(told)
    assert await talk.say(ActionNotices, "theo dõi giúp tôi", "watch_dossier") == say("notices.watch_over")


async def test_a_channel_without_notices_offers_none(services: Services) -> None:
    talk = Talk(services, "api:1")
    told = await talk.prove()
    assert told is not None
    assert say("notices.button_watch") not in titles(told)
    assert await talk.say(ActionNotices, "theo dõi", "watch_dossier") == say("notices.not_here")
    assert await talk.say(ActionNotices, "nhắc tôi", "remind_me") == say("notices.not_here")


async def test_details_behind_a_notice_need_the_proof_again(talk: Talk, bench: Bench) -> None:
    await talk.prove()
    await talk.do(ActionNotices, Command(intent="watch_dossier", entities={"value": "yes"}))
    (watched,) = bench.watches.of("telegram:5")
    await talk.services.memory.drop("proof:telegram:5")
    await talk.do(ActionStartStatus, Command(intent="check_status", entities={"watch": watched.id}))
    assert (talk.slots["dossier_code"], talk.slots["dossier_factor"]) == (CODE, None)
    other = Talk(talk.services, "telegram:6")
    await other.do(ActionStartStatus, Command(intent="check_status", entities={"watch": watched.id}))
    assert other.slots["dossier_code"] is None


async def booked(talk: Talk, bench: Bench, pressed: str) -> Reply | None:
    """Through the end of the booking form: asked, confirmed with the button `pressed`, booked."""
    held = bench.bookings.hold(
        branch_id="CN01", starts_at=at(9, day=26), conversation=talk.conversation, idempotency_key=pressed
    )
    kept = {"id": held.id, "secret": held.secret, "what": ""}
    await talk.services.memory.put(hold_key(talk.conversation), kept, 900)
    await conceal("0912345678", talk.conversation, talk.services.memory)
    talk.slots |= {"booking_branch": "CN01", "booking_day": "2026-11-26", "booking_time": "09:00"}
    talk.slots["requested_slot"] = "booking_confirm"
    asked = await talk.do(ActionAskConfirm, PHONE_MARK)
    await talk.do(ValidateBookingForm, button(asked, pressed))
    await talk.do(ActionBook)
    return asked


async def test_a_booking_asks_about_reminders_and_keeps_the_consent(talk: Talk, bench: Bench) -> None:
    asked = await booked(talk, bench, say("booking.button_agree"))
    assert asked is not None
    assert say("notices.reminder_consent_chat") in asked.plain_text
    assert bench.dues() == ["day 25 09:00", "hours 26 07:00"]
    assert consents(bench) == [("reminder", False)]
    stop = Command(intent="stop_notices", entities={"value": "reminders"})
    assert await talk.say(ActionNotices, stop) == say("notices.reminders_stopped")
    assert bench.dues() == []
    assert await talk.say(ActionNotices, "nhắc lại tôi", "remind_me") == say("notices.reminder_consent_chat")
    assert bench.dues() == ["day 25 09:00", "hours 26 07:00"]


async def test_a_booking_without_reminders(talk: Talk, bench: Bench) -> None:
    await booked(talk, bench, say("notices.button_without_reminders"))
    assert (bench.dues(), consents(bench)) == ([], [])
    with bench.database.begin() as session:
        from actions.appointments.models import AppointmentRow

        assert session.scalars(select(AppointmentRow)).one().state == "confirmed"


async def test_where_nobody_can_be_reminded_nobody_is_asked(services: Services, bench: Bench) -> None:
    asked = await booked(Talk(services, "terminal:1"), bench, say("booking.button_agree"))
    assert asked is not None
    assert "nhắc" not in asked.plain_text
    assert bench.dues() == []


async def test_stop_in_words_ends_all_and_says_what(talk: Talk, bench: Bench) -> None:
    assert await talk.say(ActionNotices, "đừng nhắc nữa", "stop_notices") == say("notices.nothing_to_stop")
    assert await talk.say(ActionNotices, "nhắc tôi", "remind_me") == say("notices.no_appointment")
    bench.book(at(9, day=26))
    await talk.prove()
    await talk.do(ActionNotices, Command(intent="watch_dossier", entities={"value": "yes"}))
    assert await talk.say(ActionNotices, "đừng nhắc nữa", "stop_notices") == say("notices.all_stopped")
    assert consents(bench) == [("reminder", True), ("dossier", True)]
    assert bench.watches.of("telegram:5") == []


@dataclass
class Open:
    """A channel that is on, or not."""

    name: str
    reachable: bool = True

    def door(self, code: str) -> str:
        return f"https://t.example/{code}" if self.name == "telegram" else ""


@pytest.mark.parametrize(
    ("said", "channel"),
    [("nhắn qua Zalo cho tôi", "zalo"), ("nhan qua zalo", "zalo"), ("báo vào tele nhé", "telegram"),
     ("nhận bên Facebook", "messenger"), ("gửi fb được không", "messenger"), ("nhận lại qua web", "web"),
     ("nhận lại chỗ cũ", "back"), ("nhận lại ở đây", "here"), ("thôi không nhận qua Zalo nữa, gửi về web", "web"),
     ("em dùng Zalo là chính", "zalo"),
     ("tôi không hay mở trang web, báo qua Zalo giúp", "zalo"), ("nhắn vào Zalo cho bác, bác ít vào web lắm", "zalo"),
     ("đừng gửi Zalo nữa", ""), ("đổi kênh nhận thông báo", "")],
)  # fmt: skip
def test_the_channel_that_words_name(said: str, channel: str) -> None:
    assert named(said) == channel


async def test_the_button_stands_where_notices_are_agreed_to(services: Services, bench: Bench) -> None:
    talk = Talk(services, "web:1")
    elsewhere = say("notices.button_elsewhere")
    services.doors = [Open("zalo", reachable=False)]
    assert (await booked(talk, bench, say("booking.button_agree"))) is not None
    reminded = await talk.do(ActionNotices, "nhắc tôi", "remind_me")
    assert reminded is not None
    assert elsewhere not in titles(reminded), "no channel is on"
    services.doors = [Open("zalo"), Open("telegram")]
    reminded = await talk.do(ActionNotices, "nhắc tôi", "remind_me")
    asked = await talk.do(ActionNotices, button(reminded, elsewhere))
    assert asked is not None
    assert titles(asked) == ["Nhận qua Zalo", "Nhận qua Telegram"]
    told = await talk.do(ActionNotices, button(asked, "Nhận qua Telegram"))
    assert told is not None
    (code,) = re.findall("TB[2-9A-Z]{6}", told.plain_text)
    choices = [choice for message in told.messages for choice in getattr(message, "choices", [])]
    assert [choice.url for choice in choices] == [f"https://t.example/{code}"]
    assert bench.pairing.take("telegram:5", code)
    assert {row.channel for row in bench.rows() if row.reason == "reminder"} == {"telegram"}
    moved = say("notices.reminder_consent_moved", channel="Telegram")
    assert await talk.say(ActionNotices, "nhắc tôi", "remind_me") == moved
    there = Talk(services, "telegram:5")
    await Session(services.memory, "telegram:5").first_contact()
    for said in ("nhận thông báo qua Telegram", "gửi thông báo về đây"):
        assert await there.say(ActionNotices, said, "move_notices") == say("notices.not_moved"), "they come here"
    assert bench.pairing.moved_to("web:1") == "telegram"
    back = say("notices.moved_back_there", channel="trang web")
    assert await there.say(ActionNotices, "nhận lại qua web", "move_notices") == back
    assert {row.channel for row in bench.rows() if row.reason == "reminder"} == {"web"}


async def test_a_booking_and_a_watch_offer_it_too(services: Services, bench: Bench) -> None:
    services.doors = [Open("zalo")]
    talk = Booker(services, "web:1")
    await booked(talk, bench, say("booking.button_agree"))
    assert talk.ticket is not None
    assert say("notices.button_elsewhere") in titles(talk.ticket)
    await talk.prove()
    watched = await talk.do(ActionNotices, Command(intent="watch_dossier", entities={"value": "yes"}))
    assert watched is not None
    assert say("notices.button_elsewhere") in titles(watched)
    services.doors = [Open("web")]
    assert await talk.say(ActionNotices, "đổi kênh", "move_notices") == say("notices.no_other_channel")


class Booker(Talk):
    """Keeps the answer of the booking itself."""

    ticket: Reply | None = None

    async def do(self, action: type[Any], said: str | Command = "", intent: str = "inform") -> Reply | None:
        reply = await super().do(action, said, intent)
        if action is ActionBook:
            self.ticket = reply
        return reply


async def test_stop_said_on_the_other_channel(services: Services, bench: Bench) -> None:
    services.doors = [Open("telegram")]
    bench.book(at(9, day=26), "web:1")
    assert bench.pairing.take("telegram:5", bench.pairing.begin("web:1", "telegram"))
    await Session(services.memory, "telegram:5").first_contact()
    there = Talk(services, "telegram:5")
    assert await there.say(ActionNotices, "dừng thông báo", "stop_notices") == say("notices.reminders_stopped")
    assert bench.pairing.moved_to("web:1") == "", "what is agreed to later goes where it is agreed to"
