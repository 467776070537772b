"""The main job over Zalo: the stand-in for the account's API, the real channel, the real assistant."""

from __future__ import annotations

import re
import time
from typing import Any

import httpx
from stack import Stack
from test_conversations import next_open_day

from actions.wording import say

Json = dict[str, Any]


class Citizen:
    """One person who writes to the account."""

    def __init__(self, address: str, user: str) -> None:
        self._client = httpx.Client(base_url=f"{address}/citizens/{user}", timeout=10, trust_env=False)

    def __enter__(self) -> Citizen:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def does(self, act: str, **given: Any) -> str:
        """The account's answer to an act, all its messages joined."""
        before = len(self._heard())
        self._client.post(f"/{act}", json=given).raise_for_status()
        end = time.monotonic() + 30
        while time.monotonic() < end:
            if len(self._heard()) > before:
                time.sleep(1)  # a reply may be several messages
                return "\n".join(message["text"] for message in self._heard()[before:])
            time.sleep(0.1)
        raise AssertionError("no answer")

    def presses(self, title: str) -> str:
        for message in reversed(self._heard()):
            for button in message["buttons"]:
                if title in button["title"] and "data" in button:
                    return self.does("press", data=button["data"])
        raise AssertionError(f"no button {title!r}")

    def _heard(self) -> list[Json]:
        return [message for message in self._client.get("/messages").json() if not message["mine"]]


def test_ask_by_number_and_words_over_zalo(stack: Stack) -> None:
    with Citizen(stack.zalo, "4711") as citizen:
        greeting = citizen.does("follow")
        assert "trợ lý tự động, không phải người thật" in greeting
        assert "70.000" in citizen.does("say", text="lam lai can cuoc bi mat het bao nhieu tien")
        assert "7 ngày làm việc" in citizen.does("say", text="thế mất bao lâu?")
        assert "nhãn dán" in citizen.does("sticker")


def test_the_whole_booking_over_zalo(stack: Stack) -> None:
    day = next_open_day()
    with Citizen(stack.zalo, "4713") as citizen:
        asked = citizen.does("say", text=f"đặt lịch 10h ngày {day:%d/%m} chi nhánh số 4")
        assert "Gửi số điện thoại" in asked
        assert "kết thúc bằng 678" in citizen.does("submit", phone="84912345678")
        assert "Số phiếu" in citizen.presses("Đồng ý")
        citizen.does("say", text="hủy lịch")
        assert "Đã huỷ" in citizen.presses("Huỷ lịch này")


class Page:
    """A conversation of the web page."""

    def __init__(self, address: str) -> None:
        self._client = httpx.Client(base_url=address, timeout=30, trust_env=False)
        token = self._client.post("/chat/session").json()["token"]
        self._client.headers["Authorization"] = f"Bearer {token}"

    def __enter__(self) -> Page:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def says(self, text: str) -> str:
        given = {"id": f"m-{time.monotonic_ns():020d}", "text": text}
        messages = self._client.post("/chat/messages", json=given).raise_for_status().json()["messages"]
        return "\n".join(message["text"] for message in messages)

    def told(self) -> list[str]:
        entries = self._client.get("/chat/history").json()["entries"]
        return [entry["messages"][0]["text"] for entry in entries if entry.get("notice")]


def test_notices_of_the_page_go_to_zalo_and_back(stack: Stack) -> None:
    """In the citizen's own words, with and without diacritics; a code in the middle of a booking leaves it alone."""
    with Page(stack.url) as page, Citizen(stack.zalo, "4720") as citizen:
        citizen.does("follow")
        asked = page.says("nhan thong bao qua zalo giup toi")
        (code,) = re.findall("TB[2-9A-Z]{6}", asked)
        citizen.does("say", text=f"đặt lịch 9h ngày {next_open_day():%d/%m} chi nhánh số 2")
        assert citizen.does("say", text=code) == say("notices.paired")
        assert "kết thúc bằng 678" in citizen.does("submit", phone="84912345678"), "the booking goes on"
        end = time.monotonic() + 20
        while say("notices.moved_away", channel="Zalo") not in page.told():
            assert time.monotonic() < end
            time.sleep(0.2)
        assert page.says("nhận lại ở đây") == say("notices.moved_back")
        assert citizen.does("say", text=code) == say("notices.code_unknown")
