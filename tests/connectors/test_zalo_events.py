"""Events as Zalo documents them, and what each means to us."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

import pytest

from actions.clock import HANOI
from connectors.platform import Event
from connectors.zalo_events import SIGNATURE_HEADER, TIMESTAMP_HEADER, genuine, mac, read

APP = "50554360515256678"
SECRET = "oa-secret"
STAMP = 1717061839659
AT = dt.datetime(2024, 5, 30, 16, 37, 19, 659000, tzinfo=HANOI)
MSG = "e2a641af6661713b2874"


def raw(name: str, **content: Any) -> bytes:
    event = {"event_name": name, "app_id": APP, "sender": {"id": "551"}, "recipient": {"id": "1646"},
             "timestamp": str(STAMP), "user_id_by_app": "3611", **content}  # fmt: skip
    return json.dumps(event).encode()


def message(name: str, **content: Any) -> list[Event]:
    return read(APP, raw(name, message={"msg_id": MSG, **content}))


def event(**said: Any) -> Event:
    return Event(**{"event_id": MSG, "user": "551", "at": AT, **said})


def test_text() -> None:
    assert message("user_send_text", text="Helo") == [event(text="Helo")]


def test_a_pressed_button_comes_as_text() -> None:
    assert message("user_send_text", text="#tthc:Ab_9-xyz") == [event(payload="Ab_9-xyz")]
    for typed in ("#hanoi", "#tthc:", "#tthc:a b", "xin #tthc:abc", "#TTHC:abc"):
        assert message("user_send_text", text=typed) == [event(text=typed)]


def test_location() -> None:
    place = {"type": "location", "payload": {"coordinates": {"latitude": "21.0285", "longitude": "105.8542"}}}
    [found] = message("user_send_location", text="", attachments=[place])
    assert found.location is not None
    assert (found.location.lat, found.location.lon) == (21.0285, 105.8542)


@pytest.mark.parametrize(
    ("name", "notice"),
    [("image", "no_photo"), ("gif", "no_photo"), ("video", "no_photo"), ("file", "no_document"), ("audio", "no_voice"),
     ("sticker", "no_sticker"), ("business_card", "no_contact"), ("of_next_year", "no_other")],
)
def test_what_we_cannot_read(name: str, notice: str) -> None:
    attachments = [{"type": name, "payload": {"url": "https://x"}}]
    assert message(f"user_send_{name}", attachments=attachments) == [event(notice=f"channels.{notice}")]


def test_follow_and_unfollow() -> None:
    [came] = read(APP, raw("follow", follower={"id": "551"}))
    assert came == event(event_id=f"follow:551:{STAMP}", text="xin chào")
    [left] = read(APP, raw("unfollow", follower={"id": "551"}))
    assert left == event(event_id=f"unfollow:551:{STAMP}", left=True)


def test_of_a_form_only_the_phone_is_kept() -> None:
    info = {"name": "Lan", "phone": 84912345678, "address": "1", "city": "Hà Nội", "district": "", "ward": "Ba Đình"}
    [found] = read(APP, raw("user_submit_info", info=info))
    assert found == event(event_id=f"user_submit_info:551:{STAMP}", text="84912345678")
    assert read(APP, raw("user_submit_info", info={"name": "Lan"}))[0].notice == "channels.no_contact"


def test_a_visit_is_noted() -> None:
    [found] = read(APP, raw("user_click_chatnow"))
    assert (found.act, found.asks, found.notice) == (True, False, None)


@pytest.mark.parametrize(
    "name",
    ["oa_send_text", "oa_send_image", "oa_send_list", "user_seen_message", "user_received_message",
     "user_reacted_message", "user_send_group_text", "anonymous_send_text", "something_else"],
)
def test_left_alone(name: str) -> None:
    assert message(name, text="x") == []


def test_another_app_is_left_alone() -> None:
    assert read("1", raw("user_send_text", message={"msg_id": MSG, "text": "x"})) == []


@pytest.mark.parametrize(
    "given",
    [b"", b"{", b"[]", b"5", raw("user_send_text"), raw("follow"), raw("user_send_text", timestamp="soon", message={}),
     raw("user_send_location", message={"msg_id": "1"}), raw("user_send_text", sender={"id": "a b"},
         message={"msg_id": "1", "text": "x"}),
     raw("user_send_location", message={"msg_id": "1", "attachments": [
         {"payload": {"coordinates": {"latitude": "91", "longitude": "0"}}}]})],
)  # fmt: skip
def test_other_shapes_are_refused(given: bytes) -> None:
    with pytest.raises((ValueError, LookupError, TypeError)):
        read(APP, given)


def headers(body: bytes, stamp: object = STAMP, secret: str = SECRET, prefix: str = "mac=") -> dict[str, str]:
    return {SIGNATURE_HEADER: prefix + mac(APP, secret, body, str(stamp).encode()).decode()}


def test_the_signature() -> None:
    body = raw("user_send_text", message={"msg_id": MSG, "text": "Hà Nội"})
    # worked out apart from the code: sha256(app id + body + time stamp + secret)
    by_hand = hashlib.sha256(APP.encode() + body + str(STAMP).encode() + SECRET.encode()).hexdigest()
    assert genuine(APP, SECRET, {SIGNATURE_HEADER: f"mac={by_hand}"}, body)
    assert genuine(APP, SECRET, headers(body, prefix=""), body)
    assert genuine(APP, SECRET, {SIGNATURE_HEADER: f"mac={by_hand.upper()}"}, body)
    assert not genuine("1", SECRET, headers(body), body)
    assert not genuine(APP, SECRET, headers(body, secret="x"), body)
    assert not genuine(APP, SECRET, headers(body), body + b" ")
    assert not genuine(APP, SECRET, headers(body, stamp=1), body)
    assert not genuine(APP, SECRET, {}, body)
    assert not genuine(APP, SECRET, {SIGNATURE_HEADER: "mac=\u00e9"}, body)


def test_the_time_stamp_may_stand_in_a_header() -> None:
    body = b'{"event_name": "x"}'
    given = headers(body, stamp=1795) | {TIMESTAMP_HEADER: "1795"}
    assert genuine(APP, SECRET, given, body)
    assert not genuine(APP, SECRET, given | {TIMESTAMP_HEADER: "1796"}, body)
    # moving the end of the body into the header proves nothing
    assert not genuine(APP, SECRET, headers(body, stamp=1795) | {TIMESTAMP_HEADER: '"x"}1795'}, body[:-4])


def test_a_typed_time_stamp_is_not_taken_for_the_real_one() -> None:
    body = raw("user_send_text", message={"msg_id": MSG, "text": '"timestamp":"111"'})
    assert genuine(APP, SECRET, headers(body), body)
    assert not genuine(APP, SECRET, headers(body, stamp=111), body)
