"""Conversation tokens and origins."""

from __future__ import annotations

import datetime as dt
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.clock import HANOI, FixedClock
from connectors.web_session import Sessions, bearer, origin_allowed
from knowledge_base.errors import ErrorCode, Misconfigured, Refused

SECRET = "a-key-of-these-tests-only-0123456789"
NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=HANOI)


def test_a_token_comes_back_as_its_conversation() -> None:
    sessions = Sessions(SECRET, FixedClock(NOW))
    session = sessions.issue()
    assert sessions.read(session.token) == session
    assert session.conversation.startswith("web:")
    assert session.conversation.removeprefix("web:") in session.token


def test_conversations_differ() -> None:
    sessions = Sessions(SECRET, FixedClock(NOW))
    assert len({sessions.issue().conversation for _ in range(200)}) == 200


@given(position=st.integers(0, 200), letter=st.sampled_from(string.ascii_letters + string.digits + "-_."))
def test_a_changed_token_is_refused(position: int, letter: str) -> None:
    sessions = Sessions(SECRET, FixedClock(NOW))
    token = sessions.issue().token
    at = position % len(token)
    changed = token[:at] + letter + token[at + 1 :]
    if changed == token:
        return
    with pytest.raises(Refused) as refused:
        sessions.read(changed)
    assert refused.value.code is ErrorCode.SESSION_UNKNOWN


@given(token=st.text(max_size=120))
def test_anything_else_is_refused(token: str) -> None:
    with pytest.raises(Refused):
        Sessions(SECRET, FixedClock(NOW)).read(token)


def test_another_key_refuses() -> None:
    token = Sessions(SECRET, FixedClock(NOW)).issue().token
    with pytest.raises(Refused):
        Sessions(SECRET + "x", FixedClock(NOW)).read(token)


def test_a_token_ends() -> None:
    clock = FixedClock(NOW)
    sessions = Sessions(SECRET, clock, days=30)
    token = sessions.issue().token
    clock.advance(days=30)
    assert sessions.read(token).token == token
    clock.advance(seconds=1)
    with pytest.raises(Refused):
        sessions.read(token)


def test_a_token_of_the_future_is_refused() -> None:
    token = Sessions(SECRET, FixedClock(NOW + dt.timedelta(days=1))).issue().token
    with pytest.raises(Refused):
        Sessions(SECRET, FixedClock(NOW)).read(token)


def test_a_short_key_is_refused_at_start() -> None:
    with pytest.raises(Misconfigured):
        Sessions("short", FixedClock(NOW))


@pytest.mark.parametrize(
    ("header", "token"),
    [("Bearer abc", "abc"), ("bearer  abc ", "abc"), ("Basic abc", ""), ("", ""), (None, ""), ("abc", "")],
)
def test_bearer(header: str | None, token: str) -> None:
    assert bearer(header) == token


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://chat.example:8000", True),
        ("https://chat.example:8000", True),
        ("https://city.example", True),
        ("https://CITY.example:443", True),
        ("http://city.example", False),
        ("https://evil.example", False),
        ("https://chat.example.evil.example:8000", False),
        ("https://chat.example:8000@evil.example", False),
        ("null", False),
        ("", False),
        (None, False),
        ("file://", False),
        ("https://[", False),
    ],
)
def test_origins(origin: str | None, allowed: bool) -> None:
    assert origin_allowed(origin, "chat.example:8000", ["https://city.example/"]) is allowed
