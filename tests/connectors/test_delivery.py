"""The pace of messages, and what each failure leads to."""

from __future__ import annotations

import asyncio
import time

import pytest

from connectors.delivery import Pace
from connectors.messenger import failure as messenger_failure
from connectors.zalo import failure as zalo_failure
from knowledge_base.errors import BadInput, ErrorCode, Misconfigured, TthcError, Unavailable


async def took(pace: Pace, *people: str) -> float:
    begun = time.monotonic()
    await asyncio.gather(*(pace.wait(person) for person in people))
    return time.monotonic() - begun


async def test_messages_of_a_channel_keep_apart() -> None:
    assert 0.09 <= await took(Pace(per_second=50, per_person_s=0), *"abcdef") < 1


async def test_messages_to_one_person_keep_apart_and_hold_nobody_else() -> None:
    pace = Pace(per_second=1000, per_person_s=0.1)
    assert await took(pace, "a", "b", "c") < 0.09
    assert 0.15 <= await took(pace, "a", "a") < 1


async def test_a_platform_that_asks_for_a_pause_gets_it() -> None:
    pace = Pace(per_second=1000, per_person_s=0)
    pace.hold(0.2)
    assert 0.15 <= await took(pace, "a") < 1


@pytest.mark.parametrize(
    ("status", "said", "code"),
    [
        (200, {"error": -32}, ErrorCode.RATE_LIMITED),
        (429, {}, ErrorCode.RATE_LIMITED),
        (200, {"error": -217}, ErrorCode.RECIPIENT_GONE),
        (200, {"error": -230}, ErrorCode.WINDOW_CLOSED),
        (200, {"error": -224}, ErrorCode.FORBIDDEN),
        (200, {"error": -201}, ErrorCode.BAD_REQUEST),
        (200, {"error": -200}, ErrorCode.CHANNEL_DOWN),
        (200, {}, ErrorCode.CHANNEL_DOWN),
        (502, {"error": 0}, ErrorCode.CHANNEL_DOWN),
    ],
)
def test_errors_of_zalo(status: int, said: dict[str, int], code: ErrorCode) -> None:
    assert zalo_failure(status, said).code is code


@pytest.mark.parametrize(
    ("status", "said", "kind", "code"),
    [
        (400, {"code": 190}, Misconfigured, ErrorCode.CHANNEL_DOWN),
        (400, {"code": 613}, TthcError, ErrorCode.RATE_LIMITED),
        (403, {"code": 10, "error_subcode": 2018278}, TthcError, ErrorCode.WINDOW_CLOSED),
        (400, {"code": 551, "error_subcode": 1545041}, TthcError, ErrorCode.RECIPIENT_GONE),
        (400, {"code": 100, "error_subcode": 2018001}, TthcError, ErrorCode.RECIPIENT_GONE),
        (403, {"code": 200}, TthcError, ErrorCode.FORBIDDEN),
        (400, {"code": 100}, BadInput, ErrorCode.BAD_REQUEST),
        (500, {"code": 2}, Unavailable, ErrorCode.CHANNEL_DOWN),
        (503, {}, Unavailable, ErrorCode.CHANNEL_DOWN),
    ],
)
def test_errors_of_messenger(status: int, said: dict[str, int], kind: type[TthcError], code: ErrorCode) -> None:
    found = messenger_failure(status, said)
    assert isinstance(found, kind)
    assert found.code is code
