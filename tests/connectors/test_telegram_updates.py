"""Updates as the Bot API documents them, and what each means to us."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from telegram import Update

from actions.clock import HANOI
from assistant.turn import Location
from connectors.platform import Event
from connectors.telegram_updates import read_update

BOT: dict[str, Any] = {"id": 8020, "is_bot": True, "first_name": "TTHC", "username": "tthc_bot"}
LAN: dict[str, Any] = {"id": 55, "is_bot": False, "first_name": "Lan", "language_code": "vi"}
PRIVATE: dict[str, Any] = {"id": 55, "type": "private", "first_name": "Lan"}
GROUP: dict[str, Any] = {"id": -100123, "type": "supergroup", "title": "Tổ dân phố"}
CHANNEL: dict[str, Any] = {"id": -100124, "type": "channel", "title": "Tin"}
SENT_AT = 1795399200  # 2026-11-23 02:00 UTC
NOW = dt.datetime(2026, 11, 23, 9, 5, tzinfo=HANOI)
FILE = {"file_id": "AgAD", "file_unique_id": "AQAD"}


def message(chat: dict[str, Any] = PRIVATE, sender: dict[str, Any] = LAN, **content: Any) -> dict[str, Any]:
    return {"message_id": 7, "from": sender, "chat": chat, "date": SENT_AT, **content}


def read(**content: Any) -> Event | None:
    return read_update(Update.de_json({"update_id": NUMBER, **content}), BOT["id"], BOT["username"], NOW)


NUMBER = 9001
AT = dt.datetime(2026, 11, 23, 9, 0, 0, NUMBER, tzinfo=HANOI)  # by the second; the number keeps the order within one


def event(chat: int = 55, **said: Any) -> Event:
    return Event(**{"event_id": str(NUMBER), "user": str(chat), "at": AT, **said})


def pressed(**said: Any) -> Event:
    return event(at=NOW.replace(microsecond=NUMBER), **said)


def group() -> Event:
    return event(-100123, notice="telegram.group", named={"username": BOT["username"]}, greets=False)


def test_text() -> None:
    text = "Làm <b>khai sinh</b> \U0001f476"
    assert read(message=message(text=text)) == event(text=text)


def test_pressed_button() -> None:
    query = {"id": "4382bfdwdsb323b2d9", "from": LAN, "chat_instance": "-3", "data": "p:abc"}
    found = read(callback_query=query | {"message": message(sender=BOT, text="Chọn")})
    assert found == pressed(payload="p:abc", receipt="4382bfdwdsb323b2d9")


def test_button_of_a_message_too_old_to_be_sent_along() -> None:
    query = {"id": "1", "from": LAN, "chat_instance": "-3", "data": "p:abc"}
    found = read(callback_query=query | {"message": {"message_id": 3, "chat": PRIVATE, "date": 0}})
    assert found == pressed(payload="p:abc", receipt="1")


@pytest.mark.parametrize(
    "extra",
    [
        {"inline_message_id": "9", "data": "p"},
        {"message": message(chat=GROUP, sender=BOT, text="Chọn"), "data": "p"},
        {"message": message(sender=BOT, text="Chọn"), "game_short_name": "g"},
    ],
)
def test_buttons_that_are_not_ours_are_only_answered(extra: dict[str, Any]) -> None:
    query = {"id": "1", "from": LAN, "chat_instance": "-3", **extra}
    assert read(callback_query=query) == pressed(receipt="1", act=False)


def test_location_and_venue() -> None:
    here = {"latitude": 21.0285, "longitude": 105.8542}
    there = event(location=Location(lat=21.0285, lon=105.8542))
    assert read(message=message(location=here)) == there
    venue = {"location": here, "title": "Hồ Gươm", "address": "Hà Nội"}
    assert read(message=message(location=here, venue=venue)) == there


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("/start", "xin chào"),
        ("/start khai_sinh", "xin chào"),
        ("/start TB2345AB", "TB2345AB"),
        ("/HUY@tthc_bot", "hủy"),
        ("/cancel", "hủy"),
        ("/trogiup", "trợ giúp"),
        ("\u200b /help", "trợ giúp"),
    ],
)
def test_commands_become_words(typed: str, said: str) -> None:
    assert read(message=message(text=typed)) == event(text=said)


@pytest.mark.parametrize(
    "typed",
    ["/", "/huy_lich", '/huy_lich{"a":"b"}', "/start{}", " /xoa", "\u200b/restart", "\u2063\t/x", "//start", "\u200b"],
)
def test_other_commands_never_reach_the_assistant(typed: str) -> None:
    assert read(message=message(text=typed)) == event(notice="telegram.help")
    assert read(message=message(photo=[FILE | {"width": 1, "height": 1}], caption=typed)) in (
        event(notice="telegram.help"),
        event(notice="channels.no_photo"),
    )


def test_invisible_characters_in_front_are_dropped() -> None:
    assert read(message=message(text="\u200b khai sinh/khai tử")) == event(text="khai sinh/khai tử")


@pytest.mark.parametrize(
    ("content", "notice"),
    [
        ({"photo": [FILE | {"width": 90, "height": 90}]}, "no_photo"),
        ({"video": FILE | {"width": 1, "height": 1, "duration": 3}}, "no_photo"),
        ({"animation": FILE | {"width": 1, "height": 1, "duration": 3}, "document": FILE}, "no_photo"),
        ({"document": FILE | {"file_name": "cccd.pdf"}}, "no_document"),
        ({"voice": FILE | {"duration": 3}}, "no_voice"),
        ({"audio": FILE | {"duration": 3}}, "no_voice"),
        ({"video_note": FILE | {"length": 9, "duration": 3}}, "no_voice"),
        (
            {"sticker": FILE | {"type": "regular", "width": 1, "height": 1, "is_animated": False, "is_video": False}},
            "no_sticker",
        ),
        ({"contact": {"phone_number": "0900000000", "first_name": "A"}}, "no_contact"),
        ({"dice": {"emoji": "\U0001f3b2", "value": 3}}, "no_other"),
    ],
)
def test_what_we_cannot_read_gets_a_sentence(content: dict[str, Any], notice: str) -> None:
    assert read(message=message(**content)) == event(notice=f"channels.{notice}")


def test_the_question_under_a_photo_is_taken() -> None:
    found = read(message=message(photo=[FILE | {"width": 1, "height": 1}], caption="Giấy này làm ở đâu?"))
    assert found == event(notice="channels.no_photo", text="Giấy này làm ở đâu?")


def test_the_own_number_is_taken_and_no_other() -> None:
    own = {"phone_number": "84912345678", "first_name": "Lan", "user_id": 55}
    assert read(message=message(contact=own)) == event(text="84912345678")
    for other in (own | {"user_id": 56}, {"phone_number": "84912345678", "first_name": "Lan"}):
        assert read(message=message(contact=other)) == event(notice="channels.no_contact")


def test_edited() -> None:
    found = read(edited_message=message(text="sửa", edit_date=SENT_AT + 5))
    assert found == event(at=AT + dt.timedelta(seconds=5), notice="channels.edited")


@pytest.mark.parametrize(
    "content",
    [
        {"edited_message": message(chat=GROUP, text="/start", edit_date=SENT_AT + 5)},
        {"edited_message": message(location={"latitude": 1.0, "longitude": 2.0})},
        {"channel_post": {"message_id": 1, "chat": CHANNEL, "date": SENT_AT, "text": "tin"}},
        {"edited_channel_post": {"message_id": 1, "chat": CHANNEL, "date": SENT_AT, "text": "tin"}},
        {"message": message(sender=BOT, text="tiếng vọng")},
        {"message": message(pinned_message=message(text="x"))},
        {"message": message(chat=GROUP, text="nói chuyện với nhau")},
        {"message": message(chat=GROUP, new_chat_title="Tên mới")},
        {"poll": {"id": "1", "question": "?", "options": [], "total_voter_count": 0, "is_closed": True,
                  "is_anonymous": True, "type": "regular", "allows_multiple_answers": False, "allows_revoting": False,
                  "members_only": False}},
        {"a_kind_of_next_year": {"id": 1}},
    ],
)
def test_left_alone(content: dict[str, Any]) -> None:
    assert read(**content) is None


@pytest.mark.parametrize(
    "content",
    [
        {"text": "/start@tthc_bot"},
        {"text": "hỏi @TTHC_bot giấy tờ"},
        {"text": "còn lệ phí?", "reply_to_message": message(chat=GROUP, sender=BOT, text="x")},
    ],
)
def test_groups_are_told_that_we_talk_in_private(content: dict[str, Any]) -> None:
    assert read(message=message(chat=GROUP, **content)) == group()


def membership(chat: dict[str, Any], old: str, new: str) -> Event | None:
    def member(status: str) -> dict[str, Any]:
        return {"user": BOT, "status": status} | ({"until_date": 0} if status == "kicked" else {})

    change = {"chat": chat, "from": LAN, "date": SENT_AT, "old_chat_member": member(old)}
    return read(my_chat_member=change | {"new_chat_member": member(new)})


def test_membership() -> None:
    assert membership(PRIVATE, "member", "kicked") == event(left=True)
    assert membership(PRIVATE, "kicked", "member") == event()
    assert membership(GROUP, "left", "member") == group()
    assert membership(GROUP, "member", "left") is None
    assert membership(CHANNEL, "left", "member") is None
