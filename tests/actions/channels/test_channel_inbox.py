"""The durable inbox and what is owed: once, in order, in one pair of hands."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from actions.channels.inbox import KEPT, TRIES, Inbox, Received, Waiting
from actions.channels.models import InboxRow
from actions.channels.outgoing import Delivery, Outgoing
from actions.clock import FixedClock
from actions.database import Database
from actions.personal import PersonalKeys
from knowledge_base.errors import ErrorCode, Unavailable

LAN = "zalo:lan"


@pytest.fixture
def inbox(database: Database, keys: PersonalKeys, clock: FixedClock) -> Inbox:
    return Inbox(database, keys, clock, per_person=3, total=6)


@pytest.fixture
def outgoing(database: Database, keys: PersonalKeys, clock: FixedClock) -> Outgoing:
    return Outgoing(database, keys, clock)


def event(clock: FixedClock, name: str, conversation: str = LAN, seconds: float = 0) -> Received:
    return Received(name, conversation, clock.now() + dt.timedelta(seconds=seconds), body=f"body of {name}")


def bodies(inbox: Inbox, conversation: str = LAN, owner: str = "me") -> list[str]:
    """Works through a conversation."""
    found = []
    assert inbox.lease(conversation, owner, 30)
    while isinstance(todo := inbox.next(conversation, owner), Waiting):
        found.append(todo.body)
        assert inbox.finish(todo, owner, [])
    inbox.release(owner, conversation)
    return found


def test_an_event_is_taken_once(inbox: Inbox, clock: FixedClock) -> None:
    assert inbox.take("zalo", [event(clock, "a"), event(clock, "a"), event(clock, "b")]) == 2
    assert inbox.take("zalo", [event(clock, "a")]) == 0
    assert inbox.take("messenger", [event(clock, "a", "messenger:lan")]) == 1  # ids are a channel's own
    assert bodies(inbox) == ["body of a", "body of b"]
    assert inbox.take("zalo", [event(clock, "b")]) == 0
    assert bodies(inbox) == []


def test_many_at_once_take_it_once(database: Database, keys: PersonalKeys, clock: FixedClock) -> None:
    start = threading.Barrier(6)

    def take(_: int) -> int:
        start.wait()
        return Inbox(database, keys, clock).take("zalo", [event(clock, "a")])

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(take, range(6))) == 1


def test_late_events_are_put_in_their_place(inbox: Inbox, clock: FixedClock) -> None:
    inbox.take("zalo", [event(clock, "second", seconds=2)])
    inbox.take("zalo", [event(clock, "first", seconds=1)])
    assert bodies(inbox) == ["body of first", "body of second"]


def test_an_event_older_than_our_memory_is_not_taken(inbox: Inbox, clock: FixedClock) -> None:
    old = event(clock, "a", seconds=-KEPT.total_seconds() - 1)
    assert inbox.take("zalo", [old]) == 0
    assert inbox.take("zalo", [event(clock, "b")]) == 1
    assert bodies(inbox) == ["body of b"]
    clock.advance(days=9)
    assert inbox.forget() == 1
    assert inbox.take("zalo", [old]) == 0


def test_who_only_left_is_forgotten_too(inbox: Inbox, clock: FixedClock) -> None:
    inbox.take("zalo", [Received("gone", LAN, clock.now(), act=False, left=True)])
    clock.advance(days=364)
    inbox.forget()
    assert inbox.lease(LAN, "me", 1)
    clock.advance(days=2)
    inbox.forget()
    assert not inbox.lease(LAN, "me", 1)


def test_one_who_writes_too_fast_and_too_much_in_all(inbox: Inbox, clock: FixedClock) -> None:
    assert inbox.take("zalo", [event(clock, str(number)) for number in range(5)]) == 3
    assert inbox.take("zalo", [event(clock, f"b{number}", "zalo:binh") for number in range(3)]) == 3
    with pytest.raises(Unavailable) as caught:
        inbox.take("zalo", [event(clock, "c", "zalo:chi")])
    assert caught.value.code is ErrorCode.CHANNEL_DOWN
    assert len(bodies(inbox)) == 3
    assert inbox.take("zalo", [event(clock, "c", "zalo:chi")]) == 1


def test_nothing_of_a_body_is_kept_in_the_clear_or_after(inbox: Inbox, database: Database, clock: FixedClock) -> None:
    def kept() -> list[str]:
        with database.begin() as session:
            return list(session.scalars(select(InboxRow.body)))

    inbox.take("zalo", [event(clock, "a")])
    assert "body" not in kept()[0]
    bodies(inbox)
    assert kept() == [""]


def test_a_conversation_is_in_one_pair_of_hands(inbox: Inbox, clock: FixedClock) -> None:
    inbox.take("zalo", [event(clock, "a"), event(clock, "b", "zalo:binh")])
    assert sorted(inbox.ready("zalo", 10)) == ["zalo:binh", LAN]
    assert inbox.lease(LAN, "me", 30)
    assert inbox.ready("zalo", 10) == ["zalo:binh"]
    assert not inbox.lease(LAN, "other", 30)
    assert inbox.next(LAN, "other") is None
    todo = inbox.next(LAN, "me")
    assert isinstance(todo, Waiting)
    clock.advance(seconds=20)
    inbox.renew("me", 30)
    clock.advance(seconds=20)
    assert not inbox.lease(LAN, "other", 30)
    clock.advance(seconds=11)  # this process stood still, or is dead
    assert inbox.ready("zalo", 10)[0] in (LAN, "zalo:binh")
    assert inbox.lease(LAN, "other", 30)
    assert not inbox.finish(todo, "me", ["late"])
    again = inbox.next(LAN, "other")
    assert isinstance(again, Waiting)
    assert again.id == todo.id
    assert inbox.finish(again, "other", ["part"])
    assert not inbox.finish(again, "other", ["twice"])
    delivery = inbox.next(LAN, "other")
    assert isinstance(delivery, Delivery)
    assert delivery.body == "part"


def test_only_one_of_many_gets_the_lease(inbox: Inbox, clock: FixedClock) -> None:
    inbox.take("zalo", [event(clock, "a")])
    start = threading.Barrier(6)

    def claim(number: int) -> bool:
        start.wait()
        return inbox.lease(LAN, f"process {number}", 30)

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(claim, range(6))) == 1


def test_what_is_owed_comes_before_the_next_event(inbox: Inbox, outgoing: Outgoing, clock: FixedClock) -> None:
    inbox.take("zalo", [event(clock, "a"), event(clock, "b")])
    inbox.lease(LAN, "me", 300)
    todo = inbox.next(LAN, "me")
    assert isinstance(todo, Waiting)
    assert inbox.finish(todo, "me", ["one", "two"], offered="[1]")
    sent = []
    for _ in range(2):
        delivery = inbox.next(LAN, "me")
        assert isinstance(delivery, Delivery)
        sent.append(delivery.body)
        outgoing.sent(delivery)
    assert sent == ["one", "two"]
    todo = inbox.next(LAN, "me")
    assert isinstance(todo, Waiting)
    assert (todo.body, todo.offered) == ("body of b", "[1]")


def test_a_failed_message_holds_its_conversation_back(inbox: Inbox, outgoing: Outgoing, clock: FixedClock) -> None:
    inbox.take("zalo", [event(clock, "a"), event(clock, "b")])
    inbox.lease(LAN, "me", 300)
    todo = inbox.next(LAN, "me")
    assert isinstance(todo, Waiting)
    inbox.finish(todo, "me", ["one"])
    delivery = inbox.next(LAN, "me")
    assert isinstance(delivery, Delivery)
    outgoing.postpone(delivery, dt.timedelta(seconds=10), "channel_down")
    assert inbox.next(LAN, "me") is None
    inbox.release("me")
    assert inbox.ready("zalo", 10) == []
    clock.advance(seconds=11)
    assert inbox.ready("zalo", 10) == [LAN]
    inbox.lease(LAN, "me", 300)
    delivery = inbox.next(LAN, "me")
    assert isinstance(delivery, Delivery)
    assert delivery.attempts == 1
    outgoing.bury(delivery, "gone")
    assert isinstance(inbox.next(LAN, "me"), Waiting)
    assert [letter.id for letter in outgoing.dead()] == [delivery.id]
    assert outgoing.replay(ids=[delivery.id]) == 1
    again = inbox.next(LAN, "me")
    assert isinstance(again, Delivery)
    assert (again.body, again.attempts) == ("one", 0)


def test_an_event_that_kills_its_process_is_given_up(inbox: Inbox, clock: FixedClock) -> None:
    inbox.take("zalo", [event(clock, "a")])
    worn = []
    for _ in range(TRIES + 1):
        inbox.lease(LAN, "me", 30)
        todo = inbox.next(LAN, "me")
        assert isinstance(todo, Waiting)
        worn.append(todo.worn)
    assert worn == [False] * TRIES + [True]
    assert inbox.finish(todo, "me", [], failed=True)
    assert inbox.next(LAN, "me") is None


def test_the_first_of_a_person(inbox: Inbox, clock: FixedClock) -> None:
    firsts = []
    for pause in (0, 1, 29, 31):
        clock.advance(days=pause)
        inbox.take("zalo", [event(clock, f"after {pause}")])
        inbox.lease(LAN, "me", 30)
        todo = inbox.next(LAN, "me")
        assert isinstance(todo, Waiting)
        firsts.append(todo.first)
        inbox.finish(todo, "me", [])
    assert firsts == [True, False, False, True]
