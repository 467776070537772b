"""Another channel for notices: a code from here, sent to us from there; on both databases."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading

import pytest
from sqlalchemy import text

from actions.appointments.letters import ReminderLetters
from actions.memory import ProcessMemory
from actions.messages import Reply
from actions.notices.pairing import TRIES, PairingDesk, asked_code
from actions.personal import ALPHABET
from actions.wording import say
from knowledge_base.errors import ErrorCode, Refused
from tests.actions.appointments.conftest import at
from tests.actions.notices.bench import Bench, Recorder
from tests.actions.notices.test_watch import dossier, look, put, watch

WEB, ZALO = "web:abc", "zalo:7"


def pair(bench: Bench, source: str = WEB, to: str = ZALO) -> None:
    assert bench.pairing.take(to, bench.pairing.begin(source, to.partition(":")[0]))


async def told(bench: Bench) -> dict[str, list[str]]:
    """What goes out now, by conversation."""
    channels = {name: Recorder() for name in ("web", "zalo", "telegram")}
    while await bench.postman(**channels).round():
        pass
    found: dict[str, list[str]] = {}
    for channel in channels.values():
        for conversation, _, said in channel.sent:
            found.setdefault(conversation, []).append(said)
    return found


def moved(channel: str) -> str:
    return say("notices.moved_away", channel=channel)


@pytest.mark.parametrize(
    ("said", "code"),
    [("TB2345AB", "TB2345AB"), (" tb2345ab. ", "TB2345AB"), ("mã: TB 2345AB", "TB2345AB"), ("TB-2345AB", "TB2345AB"),
     ("“TB2345AB”", "TB2345AB"), ("TB2345A", ""), ("TB2345ABC", ""), ("TB2345A0", ""), ("2345AB", ""), ("", ""),
     ("mã TB2345AB là gì", ""), ("thông báo", "")],
)
def test_a_code_stands_alone(said: str, code: str) -> None:
    assert asked_code(said) == code


def test_codes_are_short_random_and_kept_as_hashes(bench: Bench) -> None:
    codes = {bench.pairing.begin(f"web:{number}", "zalo") for number in range(50)}
    assert len(codes) == 50
    assert all(len(code) == 8 and set(code[2:]) <= set(ALPHABET) and asked_code(code) == code for code in codes)
    with bench.database.begin() as session:
        kept = " ".join(str(value) for row in session.execute(text("SELECT * FROM notice_pairings")) for value in row)
    assert not any(code in kept or code[2:] in kept for code in codes)
    assert "web:1" not in kept


async def test_what_waits_and_what_comes_moves(bench: Bench) -> None:
    bench.book(at(10, 30, day=26), WEB)
    pair(bench)
    bench.book(at(14, 0, day=26), WEB, index=2)
    assert {row.channel for row in bench.rows() if row.reason == "reminder"} == {"zalo"}
    assert await told(bench) == {WEB: [moved("Zalo")]}, "the page is told, and nothing else is said"
    bench.clock.moment = at(14, 0, day=25)
    said = await told(bench)
    assert set(said) == {ZALO}
    assert sorted("10:30" in one for one in said[ZALO]) == [False, True]


async def test_a_watched_dossier_is_told_there(bench: Bench) -> None:
    await watch(bench, dossier(), WEB)
    pair(bench)
    put(bench, dossier(due_at=at(17, day=30)))
    await look(bench, minutes=31)
    said = await told(bench)
    assert said[WEB] == [moved("Zalo")]
    assert "30/11/2026" in said[ZALO][0]
    assert [one.code for one in bench.watches.of(ZALO)] == [one.code for one in bench.watches.of(WEB)] != []
    (one,) = bench.watches.of(ZALO)
    assert bench.watches.code_of(ZALO, one.id) == one.code
    assert bench.watches.code_of("zalo:8", one.id) is None


async def test_what_was_kept_for_the_next_contact_goes_out_there(bench: Bench) -> None:
    bench.write("n-1", "zalo:7")
    (notice,) = bench.outbox.claim(1, ["zalo"])
    assert bench.outbox.keep(notice)
    pair(bench, "zalo:7", "telegram:5")
    assert (await told(bench))["telegram:5"] == ["Cán bộ trả lời n-1"]


def test_a_worker_that_holds_it_must_let_go(bench: Bench) -> None:
    bench.write("n-1", WEB)
    (held,) = bench.outbox.claim(1, ["web"])
    pair(bench)
    assert bench.outbox.still(held) is not None
    assert not bench.outbox.sent(held, "free")
    assert [one.conversation for one in bench.outbox.claim(5, ["zalo"])] == [ZALO]


async def test_a_reminder_elsewhere_offers_no_change_and_no_letter(bench: Bench) -> None:
    """The new channel holds no right to the appointment; and a template message needs a consent of its own."""
    bench.book(at(10, 30, day=26), WEB)
    pair(bench)
    bench.clock.moment = at(10, 30, day=25)
    (notice,) = [one for one in bench.outbox.claim(5, ["zalo"]) if one.kind == "day"]
    reply = bench.reminders.compose(notice)
    assert reply is not None
    titles = [choice.title for choice in getattr(reply.messages[0], "choices", [])]
    assert titles == [say("notices.button_stop_reminders")]
    assert ReminderLetters(bench.outbox, bench.reminders, bench.keys).letter(notice) is None


def test_stop_said_there_stops_it_here(bench: Bench) -> None:
    bench.book(at(10, 30, day=26), WEB)
    pair(bench)
    assert bench.reminders.stop(ZALO) == 1
    assert {state for key, state in bench.states().items() if key.startswith("reminder")} == {"dropped"}
    assert bench.reminders.again(ZALO) == 1, "asked for again there"
    assert bench.reminders.stop(WEB) == 1, "and stopped here"


async def test_back_again_from_either_side(bench: Bench) -> None:
    bench.book(at(10, 30, day=26), WEB)
    pair(bench)
    assert bench.pairing.end(WEB) == (True, [])
    assert {row.channel for row in bench.rows() if row.reason == "reminder"} == {"web"}
    assert bench.pairing.end(WEB) == (False, [])
    pair(bench)
    assert bench.pairing.end(ZALO) == (False, ["web"])
    assert bench.pairing.moved_to(WEB) == ""
    said = await told(bench)
    assert said == {WEB: [say("notices.moved_back_told")]}, "what was to be said of the moves between is not said"
    bench.clock.moment = at(10, 30, day=25)
    assert set(await told(bench)) == {WEB}


def test_another_channel_takes_the_place_of_the_first(bench: Bench) -> None:
    bench.book(at(10, 30, day=26), WEB)
    pair(bench)
    pair(bench, to="telegram:5")
    assert {row.channel for row in bench.rows() if row.reason == "reminder"} == {"telegram"}
    assert bench.reminders.stop(ZALO) == 0, "no word there counts any more"
    assert bench.pairing.moved_to(WEB) == "telegram"


def test_the_wording_agreed_to_names_the_channel(bench: Bench) -> None:
    before = bench.reminders.consent_text(WEB)
    pair(bench)
    assert "Zalo" in bench.reminders.consent_text(WEB)
    assert "Zalo" in bench.watches.consent_text(WEB, "H26.1")
    bench.pairing.end(WEB)
    assert bench.reminders.consent_text(WEB) == before


def test_a_code_works_once_in_its_time_on_its_channel(bench: Bench) -> None:
    old = bench.pairing.begin(WEB, "zalo")
    code = bench.pairing.begin(WEB, "zalo")
    assert not bench.pairing.take(ZALO, old), "a new one ends the one before"
    assert not bench.pairing.take("telegram:5", code), "another channel's"
    assert bench.pairing.take(ZALO, code)
    assert not bench.pairing.take("zalo:8", code), "used"
    late = bench.pairing.begin(WEB, "zalo")
    bench.clock.moment += dt.timedelta(minutes=15)
    assert not bench.pairing.take("zalo:8", late)
    assert bench.pairing.moved_to(WEB) == "zalo"


def test_two_who_send_it_at_once_do_not_both_have_it(bench: Bench) -> None:
    code, won, ready = bench.pairing.begin(WEB, "zalo"), list[str](), threading.Barrier(6)

    def send(user: str) -> None:
        ready.wait()
        if bench.pairing.take(user, code):
            won.append(user)

    threads = [threading.Thread(target=send, args=(f"zalo:{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


async def test_every_wrong_code_has_one_answer_and_tries_end(bench: Bench) -> None:
    desk = PairingDesk(bench.pairing, ProcessMemory())
    code = await desk.begin(WEB, "zalo")
    answers = [await desk.heard(ZALO, f"TB2222{end}") for end in ("22", "33", "44", "55")]
    answers.append(await desk.heard("telegram:5", code))
    assert {said(answer) for answer in answers} == {say("notices.code_unknown")}
    assert said(await desk.heard(ZALO, code)) == say("notices.paired"), f"the {TRIES}th try may be right"
    again = await desk.begin(WEB, "zalo")
    assert said(await desk.heard(ZALO, again)) == say("notices.code_unknown"), "one too many"
    for _ in range(3):
        await desk.begin(WEB, "zalo")
    with pytest.raises(Refused) as refused:
        await desk.begin(WEB, "zalo")
    assert refused.value.code is ErrorCode.RATE_LIMITED


def said(reply: Reply) -> str:
    return reply.plain_text


async def test_the_choice_is_told_at_night_too(bench: Bench) -> None:
    bench.clock.moment = at(23, 0)
    pair(bench)
    assert await told(bench) == {WEB: [moved("Zalo")]}


def test_what_is_over_is_forgotten(bench: Bench) -> None:
    bench.book(at(10, 30, day=26), WEB)
    pair(bench)
    bench.pairing.begin("web:b", "zalo")
    bench.clock.moment += dt.timedelta(days=30)
    moment = bench.clock.now() - dt.timedelta(days=1)
    assert bench.pairing.forget_before(moment) == 1, "the code; the route is in use"
    bench.reminders.stop(WEB)
    bench.outbox.sweep()
    bench.clock.moment += dt.timedelta(days=30)
    bench.outbox.forget_before(bench.clock.now())
    assert bench.pairing.forget_before(bench.clock.now()) == 1
    assert bench.pairing.moved_to(WEB) == ""


async def test_begun_in_threads_as_the_platform_does(bench: Bench) -> None:
    desk = PairingDesk(bench.pairing, ProcessMemory())
    codes = await asyncio.gather(*(desk.begin(f"web:{number}", "zalo") for number in range(5)))
    assert len(set(codes)) == 5
