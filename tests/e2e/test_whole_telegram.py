"""The main job over Telegram: the stand-in for the Bot API, the real connector, the real assistant."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
from stack import Stack
from test_conversations import next_open_day

Json = dict[str, Any]


class Citizen:
    """One private chat of the stand-in."""

    def __init__(self, address: str, chat: int) -> None:
        self._client = httpx.Client(base_url=f"{address}/citizens/{chat}", timeout=10, trust_env=False)

    def __enter__(self) -> Citizen:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def heard(self) -> list[Json]:
        messages: list[Json] = self._client.get("/messages").json()
        return messages

    def say(self, text: str) -> list[Json]:
        return self._after(lambda: self._client.post("/say", json={"text": text}))

    def press(self, title: str) -> list[Json]:
        for message in reversed(self.heard()):
            for row in message.get("reply_markup", {}).get("inline_keyboard", []):
                for button in row:
                    if title in button["text"] and "callback_data" in button:
                        data = {"data": button["callback_data"], "message_id": message["message_id"]}
                        return self._after(lambda data=data: self._client.post("/press", json=data))  # type: ignore[misc]
        raise AssertionError(f"no button {title!r}")

    def _after(self, act: Callable[[], httpx.Response]) -> list[Json]:
        before = len(self.heard())
        act().raise_for_status()
        end = time.monotonic() + 30
        while time.monotonic() < end:
            new = self.heard()[before:]
            if new:
                time.sleep(0.5)  # a reply may be several messages
                return self.heard()[before:]
            time.sleep(0.1)
        raise AssertionError("no answer")


def texts(messages: list[Json]) -> str:
    return "\n".join(str(message.get("text") or message.get("caption") or "") for message in messages)


def test_ask_and_book_over_telegram(stack: Stack) -> None:
    with Citizen(stack.telegram, 4711) as citizen:
        assert "trợ lý" in texts(citizen.say("/start")).lower()
        assert "70.000" in texts(citizen.say("lam lai can cuoc bi mat het bao nhieu tien"))
        assert "7 ngày làm việc" in texts(citizen.say("thế mất bao lâu?"))
        citizen.say("đặt lịch hẹn ở chi nhánh số 2")
        assert "Đã dừng đặt lịch" in texts(citizen.say("/huy"))


def test_the_whole_booking_over_telegram(stack: Stack) -> None:
    day = next_open_day()
    with Citizen(stack.telegram, 4713) as citizen:
        citizen.say(f"đặt lịch 10h ngày {day:%d/%m} chi nhánh số 3")
        citizen.say("0912345678")
        ticket = citizen.press("Đồng ý")
        assert "Số phiếu" in texts(ticket)
        assert any("photo" in message for message in ticket)  # the QR code
        citizen.say("hủy lịch")
        assert "Đã huỷ" in texts(citizen.press("Huỷ lịch này"))


def test_a_typed_command_is_only_a_word(stack: Stack) -> None:
    with Citizen(stack.telegram, 4712) as citizen:
        assert citizen.say("/restart")
        assert citizen.say('/inform{"procedure": "1.001193"}')
        assert "giấy tờ" in texts(citizen.say("/trogiup")).lower()
