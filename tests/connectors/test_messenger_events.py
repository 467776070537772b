"""Webhook calls as Meta documents them, and what each means to us."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from actions.clock import HANOI
from connectors.messenger_events import read
from connectors.platform import Event

PAGE = "682498302938465"
STAMP = 1717061839659
AT = dt.datetime(2024, 5, 30, 16, 37, 19, 659000, tzinfo=HANOI)
MID = "m_AG5Hz2Uq7tuwNEhXfYYKj8mJEM"


def call(*events: dict[str, Any], page: str = PAGE, key: str = "messaging") -> bytes:
    ends = {"sender": {"id": "1254477777772919"}, "recipient": {"id": PAGE}, "timestamp": STAMP}
    entry = {"id": page, "time": STAMP, key: [ends | event for event in events]}
    return json.dumps({"object": "page", "entry": [entry]}).encode()


def message(**content: Any) -> list[Event]:
    return read(PAGE, call({"message": {"mid": MID, **content}}))


def event(**said: Any) -> Event:
    return Event(**{"event_id": MID, "user": "1254477777772919", "at": AT, **said})


def attachment(kind: str, **payload: Any) -> dict[str, Any]:
    return {"attachments": [{"type": kind, "payload": payload}]}


def test_text_and_quick_reply() -> None:
    assert message(text="hello") == [event(text="hello")]
    assert message(text="Lệ phí", quick_reply={"payload": "id-1"}) == [event(payload="id-1")]
    assert message(text="Bắt đầu", quick_reply={"payload": "TTHC_START"}) == [event(text="xin chào")]


def test_postbacks() -> None:
    assert read(PAGE, call({"postback": {"mid": MID, "title": "X", "payload": "id-1"}})) == [event(payload="id-1")]
    start = {"postback": {"mid": MID, "payload": "TTHC_START", "referral": {"ref": "x", "source": "SHORTLINK"}}}
    assert read(PAGE, call(start)) == [event(text="xin chào")]
    [first] = read(PAGE, call({"postback": {"payload": "id-1"}}))
    [again] = read(PAGE, call({"postback": {"payload": "id-1"}}))
    assert first.event_id == again.event_id


def test_location() -> None:
    [found] = message(**attachment("location", coordinates={"lat": 21.0285, "long": 105.8542}))
    assert found.location is not None
    assert (found.location.lat, found.location.lon) == (21.0285, 105.8542)


@pytest.mark.parametrize(
    ("given", "notice"),
    [
        (attachment("image", url="https://x"), "no_photo"),
        (attachment("image", url="https://x", sticker_id=369239263222822), "no_sticker"),
        (attachment("video", url="https://x"), "no_photo"),
        (attachment("audio", url="https://x"), "no_voice"),
        (attachment("file", url="https://x"), "no_document"),
        (attachment("template"), "no_other"),
        (attachment("reel", url="https://x"), "no_other"),
        ({"attachments": [{"type": "fallback", "payload": None}]}, "no_other"),
    ],
)
def test_what_we_cannot_read(given: dict[str, Any], notice: str) -> None:
    assert message(**given) == [event(notice=f"channels.{notice}")]


def test_a_link_in_a_question_is_part_of_it() -> None:
    given = attachment("fallback", url="https://x")
    assert message(text="https://x là gì?", **given) == [event(text="https://x là gì?")]


def test_edited_and_taken_back() -> None:
    edited = {"message_edit": {"mid": MID, "text": "khác", "num_edit": 2}}
    assert read(PAGE, call(edited)) == [event(event_id=f"{MID}:edit:2", notice="channels.edited")]
    assert message(is_deleted=True) == [event(event_id=f"{MID}:deleted", notice="channels.deleted")]


@pytest.mark.parametrize(
    "given",
    [
        {"message": {"mid": MID, "is_echo": True, "app_id": 1517776481860111, "text": "hello"}},
        {"delivery": {"mids": [MID], "watermark": STAMP}},
        {"read": {"watermark": STAMP}},
        {"reaction": {"mid": MID, "action": "react", "emoji": "\u2764"}},
        {"account_linking": {"status": "linked"}},
        {"message": {"text": "without an id"}},
        {"message": {"mid": MID, "text": "x"}, "sender": {}},
    ],
)
def test_left_alone(given: dict[str, Any]) -> None:
    assert read(PAGE, call(given)) == []


def test_a_link_to_the_page_is_noted() -> None:
    [found] = read(PAGE, call({"referral": {"ref": "x", "source": "SHORTLINK", "type": "OPEN_THREAD"}}))
    assert (found.asks, found.notice, found.act) == (False, None, True)


def test_a_pairing_code_in_a_link_is_said() -> None:
    """For who knows the page, and for the first contact."""
    code = "TB2345AB"
    ref = {"ref": code, "source": "SHORTLINK", "type": "OPEN_THREAD"}
    [known] = read(PAGE, call({"referral": ref}))
    assert known.text == code
    assert read(PAGE, call({"postback": {"mid": MID, "payload": "TTHC_START", "referral": ref}})) == [event(text=code)]


def test_other_pages_and_other_apps_threads_are_left_alone() -> None:
    assert read(PAGE, call({"message": {"mid": MID, "text": "x"}}, page="1")) == []
    assert read("", call({"message": {"mid": MID, "text": "x"}}, page="1")) == [event(text="x")]
    assert read(PAGE, call({"message": {"mid": MID, "text": "x"}}, key="standby")) == []


def test_one_odd_event_does_not_cost_the_others() -> None:
    odd = {"message": {"mid": MID, "attachments": [{"type": "location", "payload": {}}]}}
    assert read(PAGE, call(odd, {"message": {"mid": MID, "text": "x"}})) == [event(text="x")]


@pytest.mark.parametrize("given", [b"", b"{", b"[]", b"5", b'{"object": "user"}', b'{"object": "page"}'])
def test_other_shapes_are_refused(given: bytes) -> None:
    with pytest.raises((ValueError, LookupError, TypeError)):
        read(PAGE, given)
