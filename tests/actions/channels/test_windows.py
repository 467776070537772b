"""When a person may be written to, and whether it costs."""

from __future__ import annotations

import datetime as dt

import pytest

from actions.channels.inbox import Inbox, Received
from actions.channels.outgoing import Delivery, Outgoing
from actions.channels.windows import Window, WindowRule, Windows
from actions.clock import FixedClock
from actions.database import Database
from actions.personal import PersonalKeys

LAN = "zalo:lan"
ZALO = WindowRule(dt.timedelta(hours=48), free_messages=8, paid=dt.timedelta(days=7))
RULES = {"zalo": ZALO, "messenger": WindowRule(dt.timedelta(hours=24), staff=dt.timedelta(days=7))}


@pytest.fixture
def windows(database: Database, clock: FixedClock) -> Windows:
    return Windows(database, clock, RULES)


@pytest.fixture
def inbox(database: Database, keys: PersonalKeys, clock: FixedClock) -> Inbox:
    return Inbox(database, keys, clock)


@pytest.fixture
def outgoing(database: Database, keys: PersonalKeys, clock: FixedClock) -> Outgoing:
    return Outgoing(database, keys, clock)


def act(inbox: Inbox, clock: FixedClock, conversation: str = LAN, **more: bool) -> None:
    channel = conversation.partition(":")[0]
    inbox.take(channel, [Received(f"at {clock.now()} {more}", conversation, clock.now(), **more)])


def send(inbox: Inbox, outgoing: Outgoing, count: int) -> None:
    outgoing.put("zalo", LAN, [str(number) for number in range(count)])
    inbox.lease(LAN, "me", 30)
    while isinstance(delivery := inbox.next(LAN, "me"), Delivery):
        outgoing.sent(delivery)


def test_zalo_by_time(windows: Windows, inbox: Inbox, clock: FixedClock) -> None:
    assert windows.window(LAN) is Window.CLOSED
    act(inbox, clock)
    found = []
    for hours in (0, 47.9, 0.1, 119.9, 0.1):
        clock.advance(hours=hours)
        found.append(windows.window(LAN))
    assert found == [Window.FREE, Window.FREE, Window.PAID, Window.PAID, Window.CLOSED]
    act(inbox, clock)
    assert windows.window(LAN) is Window.FREE


def test_zalo_by_number(windows: Windows, inbox: Inbox, outgoing: Outgoing, clock: FixedClock) -> None:
    act(inbox, clock)
    send(inbox, outgoing, 7)
    assert windows.window(LAN) is Window.FREE
    outgoing.put("zalo", LAN, ["not sent yet"])
    assert windows.window(LAN) is Window.PAID
    clock.advance(minutes=1)
    act(inbox, clock)
    send(inbox, outgoing, 0)
    assert windows.window(LAN) is Window.FREE


def test_who_left_is_out_of_reach_until_they_come_back(windows: Windows, inbox: Inbox, clock: FixedClock) -> None:
    act(inbox, clock)
    act(inbox, clock, left=True)
    assert windows.window(LAN) is Window.CLOSED
    clock.advance(minutes=1)
    act(inbox, clock)
    assert windows.window(LAN) is Window.FREE


def test_what_is_no_act_opens_nothing(windows: Windows, inbox: Inbox, clock: FixedClock) -> None:
    act(inbox, clock, act=False)
    assert windows.window(LAN) is Window.CLOSED


def test_messenger(windows: Windows, inbox: Inbox, clock: FixedClock) -> None:
    lan = "messenger:lan"
    act(inbox, clock, lan)
    clock.advance(hours=23)
    assert windows.window(lan) is Window.FREE
    clock.advance(hours=1)
    assert windows.window(lan) is Window.CLOSED
    assert windows.window(lan, by_staff=True) is Window.FREE
    clock.advance(days=6)
    assert windows.window(lan, by_staff=True) is Window.CLOSED


def test_other_channels_decide_for_themselves(windows: Windows) -> None:
    assert windows.window("web:abc") is Window.CLOSED
