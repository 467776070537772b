"""The outbox itself: who may have a row, for how long, and what becomes of it."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from actions.notices.outbox import ATTEMPTS, LEASE
from actions.notices.port import Drop, Reason, State
from tests.actions.notices.bench import CHANNELS, Bench, make_bench


def claim(bench: Bench, limit: int = 100) -> list[str]:
    return [notice.key for notice in bench.outbox.claim(limit, CHANNELS)]


def test_a_notice_is_there_once(bench: Bench) -> None:
    assert bench.write("a") is True
    assert bench.write("a", text="once more") is False
    (notice,) = bench.outbox.claim(10, CHANNELS)
    assert (notice.key, notice.conversation, notice.channel, notice.attempts) == ("a", "zalo:7", "zalo", 1)
    assert "Cán bộ trả lời a" in notice.body


def test_only_what_is_due_oldest_first_and_of_the_channels_asked_for(bench: Bench) -> None:
    bench.write("later", after_s=61)
    bench.write("second", after_s=-1)
    bench.write("first", after_s=-2)
    bench.write("other", "messenger:1")
    assert claim(bench) == ["first", "second"]
    bench.clock.advance(seconds=61)
    assert claim(bench, 1) == ["later"]
    assert [n.key for n in bench.outbox.claim(9, ["messenger"])] == ["other"]


def test_nobody_else_has_it_until_the_lease_is_over(bench: Bench) -> None:
    bench.write("a")
    (first,) = bench.outbox.claim(1, CHANNELS)
    assert claim(bench) == []
    bench.clock.moment += LEASE
    (second,) = bench.outbox.claim(1, CHANNELS)
    assert second.attempts == 2
    assert bench.outbox.sent(first, "free") is False, "the first was away too long"
    assert bench.outbox.failed(first, "late") is None
    assert bench.outbox.sent(second, "free") is True
    (row,) = bench.rows()
    assert (row.state, row.cost, row.body, row.claim, row.lease_until) == (State.SENT, "free", None, None, None)


def test_a_clock_set_back_does_not_hide_a_dead_workers_rows(bench: Bench) -> None:
    bench.write("a", after_s=-7200)
    assert claim(bench) == ["a"]
    bench.clock.advance(hours=-1)
    assert claim(bench) == ["a"]
    bench.clock.advance(days=1)  # and forward
    assert claim(bench) == ["a"]


def test_a_failure_waits_longer_each_time_and_ends(bench: Bench) -> None:
    bench.write("a", useful=dt.timedelta(days=30))
    pauses = []
    for _ in range(ATTEMPTS - 1):
        (notice,) = bench.outbox.claim(1, CHANNELS)
        assert bench.outbox.failed(notice, "channel_down") is State.QUEUED
        (row,) = bench.rows()
        pauses.append((row.next_at - bench.clock.now()).total_seconds())
        assert claim(bench) == []
        bench.clock.moment = row.next_at
    assert 24 <= pauses[0] <= 36
    assert all(later > earlier for earlier, later in itertools.pairwise(pauses))
    (notice,) = bench.outbox.claim(1, CHANNELS)
    assert bench.outbox.failed(notice, "channel_down") is State.DEAD
    assert bench.rows()[0].outcome == "channel_down"
    bench.clock.advance(days=1)
    assert claim(bench) == []
    assert bench.outbox.replay() == 1
    (notice,) = bench.outbox.claim(1, CHANNELS)
    assert notice.attempts == 1
    assert "Cán bộ" in notice.body


def test_what_kills_worker_after_worker_is_given_up(bench: Bench) -> None:
    bench.write("poison", useful=dt.timedelta(days=30))
    for _ in range(ATTEMPTS):
        assert claim(bench) == ["poison"]
        bench.clock.moment += LEASE
    assert claim(bench) == []
    assert bench.outbox.sweep() == (0, 1)
    assert (bench.rows()[0].state, bench.rows()[0].outcome) == (State.DEAD, "worker_lost")


def test_the_citizen_withdraws(bench: Bench) -> None:
    for key, conversation in (("mine", "zalo:1"), ("held", "zalo:1"), ("other", "zalo:2")):
        bench.write(key, conversation)
    (held,) = [n for n in bench.outbox.claim(2, CHANNELS) if n.key == "held"]
    assert bench.outbox.withdraw("zalo:1", [Reason.REMINDER]) == 0
    assert bench.outbox.withdraw("zalo:1", [Reason.OFFICER]) == 2
    assert bench.outbox.still(held) is Drop.GONE, "taken away from the worker"
    assert bench.outbox.sent(held, "free") is False
    assert bench.states() == {"mine": "dropped", "held": "dropped", "other": "queued"}
    assert {row.body for row in bench.rows(State.DROPPED)} == {None}
    assert bench.outbox.withdraw("zalo:1", [Reason.OFFICER]) == 0


def test_kept_for_the_next_contact(bench: Bench) -> None:
    bench.write("a", useful=dt.timedelta(days=1))
    bench.write("b", "zalo:8", useful=dt.timedelta(days=1))
    for notice in bench.outbox.claim(2, CHANNELS):
        assert bench.outbox.keep(notice) is True
    bench.clock.advance(hours=5)
    assert claim(bench) == []
    assert bench.outbox.contact("zalo:7") == 1
    (notice,) = bench.outbox.claim(2, CHANNELS)
    assert (notice.key, notice.attempts, notice.due_at) == ("a", 1, bench.clock.now())
    bench.clock.advance(hours=20)
    assert bench.outbox.sweep() == (1, 0)
    assert bench.states()["b"] == "dropped"


def test_a_blocked_channel(bench: Bench) -> None:
    bench.write("a")
    bench.write("b", after_s=3600)
    bench.write("c", "zalo:8")
    assert bench.outbox.close("zalo:7") == 2
    assert bench.states() == {"a": "dropped", "b": "dropped", "c": "queued"}
    assert {row.outcome for row in bench.rows(State.DROPPED)} == {"blocked"}


def test_operators_see_and_stop(bench: Bench) -> None:
    bench.write("a", after_s=-600)
    bench.write("b", after_s=600)
    assert bench.outbox.counts() == {"queued": 2, "sending": 0, "kept": 0, "sent": 0, "dropped": 0, "dead": 0}
    assert bench.outbox.oldest_due() == bench.clock.now() - dt.timedelta(minutes=10)
    (first, second) = bench.rows()
    assert bench.outbox.stop(first.id) is True
    assert bench.outbox.stop(first.id) is False
    assert bench.outbox.oldest_due() is None
    assert bench.outbox.replay(second.id) == 0, "only dead ones are tried again"


def test_settled_notices_and_the_person_in_their_consents_do_not_stay(bench: Bench) -> None:
    bench.write("old")
    (notice,) = bench.outbox.claim(1, CHANNELS)
    bench.outbox.sent(notice, "free")
    bench.clock.advance(days=20)
    bench.write("open", "zalo:8", useful=dt.timedelta(days=90))
    bench.clock.advance(days=20)
    border = bench.clock.now() - dt.timedelta(days=30)
    assert bench.outbox.forget_before(border) == 1
    assert list(bench.states()) == ["open"]
    with bench.database.begin() as session:
        rows = session.execute(text("SELECT subject, conversation_hash, text_version FROM notice_consents")).all()
    assert {subject: bool(owner) for subject, owner, _ in rows} == {"old": False, "open": True}
    assert {version for *_, version in rows} == {"asked"}, "the proof stays"


def test_nothing_personal_can_be_read_in_the_table(bench: Bench) -> None:
    bench.write("a", "telegram:123456789")
    with bench.database.begin() as session:
        told = " ".join(str(value) for row in session.execute(text("SELECT * FROM notices")) for value in row)
        told += " ".join(str(value) for row in session.execute(text("SELECT * FROM notice_consents")) for value in row)
    assert "telegram" in told
    assert "123456789" not in told
    assert "trả lời" not in told


def test_a_row_no_key_can_read_stops_no_other(bench: Bench) -> None:
    bench.write("lost")
    fresh = make_bench(bench.database, bench.clock, Fernet.generate_key().decode())
    fresh.write("well")
    assert [notice.key for notice in fresh.outbox.claim(5, CHANNELS)] == ["well"]
    assert fresh.states()["lost"] == "dead"


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_due_at_the_second(bench: Bench, seconds: int) -> None:
    bench.write("a", after_s=seconds)
    assert bool(claim(bench)) is (seconds <= 0)
