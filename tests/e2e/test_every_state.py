"""Every state of the main job on the real assistant, on the full page and in a page of somebody else.

Each state is driven, judged by axe (told at the end of the test run) and photographed: `TTHC_SCREENSHOTS=1` keeps the
pictures in `docs/images/states/`.
"""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from chat_page import AXE_LINES, ChatPage
from line import Line
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from stack import Stack
from test_conversations import next_open_weekday
from web_server import WebServer
from widget_site import Widget, site

from actions.clock import HANOI
from actions.dossiers.sandbox.data import sample_dossiers
from assistant.settings import ROOT

PICTURES = ROOT / "docs" / "images" / "states"


class Place:
    """The chat on the full page (`page`), or in the widget of another site (`widget`)."""

    def __init__(self, name: str, driver: WebDriver, line: Line, ward: WebServer, pictures: Path) -> None:
        self.name = name
        self.line = line
        self.driver = driver
        self.chat = ChatPage(driver, line.url, patience_s=30)
        self._widget = Widget(driver, self.chat)
        self._ward = ward
        self._pictures = pictures

    def open(self) -> None:
        if self.name == "page":
            self.chat.open()
            return
        self._widget.visit(self._ward.url)
        if not self._widget.is_open():  # else it was open on the page before
            self._widget.open()
        self._widget.until(self._widget.shows_chat)
        with self.inside() as chat:
            chat.ready()

    @contextlib.contextmanager
    def inside(self) -> Iterator[ChatPage]:
        if self.name == "page":
            yield self.chat
        else:
            with self._widget.inside():
                yield self.chat

    def judged(self, state: str) -> None:
        """axe finds nothing, in the chat and around it; a picture."""
        with self.inside() as chat:
            found, rules = chat.axe()
        if self.name == "widget":
            around, more = self.chat.axe()
            found, rules = found + around, rules + more
        AXE_LINES.append(f"axe  {self.name:6}  {state:13}  {len(found)} violations, {rules} rules passed")
        assert found == []
        taken = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "webp", "quality": 72})
        self._pictures.mkdir(parents=True, exist_ok=True)
        (self._pictures / f"{self.name}-{state}.webp").write_bytes(base64.b64decode(taken["data"]))


@pytest.fixture
def line(stack: Stack) -> Iterator[Line]:
    line = Line(stack.ports["platform"])
    line.join()
    yield line
    line.cut()


@pytest.fixture(params=["page", "widget"])
def place(
    request: pytest.FixtureRequest, driver: WebDriver, stack: Stack, line: Line, tmp_path: Path
) -> Iterator[Place]:
    ward = site(line.url, port=stack.ports["site"])
    ward.start()
    driver.set_window_size(1000, 760)
    pictures = PICTURES if os.environ.get("TTHC_SCREENSHOTS") else tmp_path
    place = Place(request.param, driver, line, ward, pictures)
    place.open()
    yield place
    ward.stop()


def test_ask_clarify_and_checklist(place: Place) -> None:
    with place.inside() as chat:
        asked = "\n".join(chat.ask("con tôi mới sinh cần giấy tờ gì"))
        assert "Giấy chứng sinh" in asked
        assert "1.001193" in asked
    place.judged("ask")
    with place.inside() as chat:
        asked = chat.ask("cho em hỏi về hộ chiếu")[-1]
        offered = chat.choices()
        assert len(offered) >= 2
        assert chat.all(".entry.assistant")[-1].find_elements("css selector", "[data-type=choices]")
        assert "?" in asked
    place.judged("clarify")
    with place.inside() as chat:
        assert chat.click_choice(offered[0])
        chat.ask("lập giúp tôi danh sách giấy tờ làm khai sinh cho con")
        chat.click_choice("Cha mẹ đã đăng ký kết hôn")
        for answer in ("ra phường", "1", "đã quá 60 ngày"):
            chat.ask(answer)
        chat.click(chat.all(".ticks input")[0])
        progress = chat.one(".progress").text
        assert "1/" in progress
    place.judged("checklist")
    place.open()  # the conversation and its ticks are there again
    with place.inside() as chat:
        chat.until(lambda: chat.all(".ticks input"))
        assert chat.all(".ticks input")[0].is_selected()
        assert chat.one(".progress").text == progress


def test_status(place: Place) -> None:
    sample = sample_dossiers(dt.datetime.now(HANOI).date())[0]
    with place.inside() as chat:
        chat.ask("tra cứu hồ sơ")
        chat.ask(sample.code)
        assert "Dữ liệu lúc" in "\n".join(chat.ask(sample.id_tail))
    place.judged("status")


def test_book_change_and_cancel(place: Place) -> None:
    day = next_open_weekday()
    with place.inside() as chat:
        chat.ask(f"đặt lịch hẹn 9 giờ ngày {day:%d/%m} ở chi nhánh số 2")
        chat.ask("0912345678" if place.name == "page" else "0987654321")
        chat.click_choice("Đồng ý, đặt lịch")
        assert "09:" in chat.one("[data-type=ticket]").text
        assert chat.one("[data-type=ticket] img").get_attribute("src").startswith("data:image/svg+xml")
    place.judged("book")
    with place.inside() as chat:
        chat.ask("đổi lịch sang 10 giờ")
        for _ in range(4):
            if len(chat.all("[data-type=ticket]")) > 1:
                break
            chat.click_choice(next(title for title in chat.choices() if "ổi" in title or ":" in title))
        assert "10:" in chat.all("[data-type=ticket]")[-1].text
    place.judged("change")
    with place.inside() as chat:
        chat.ask("hủy lịch")
        assert "Đã huỷ" in "\n".join(chat.click_choice("Huỷ lịch này"))
    place.judged("cancel")


def test_offline_and_reconnect(place: Place) -> None:
    with place.inside() as chat:
        chat.ask("làm lại căn cước bị mất hết bao nhiêu tiền")
        place.line.cut()
        chat.until(lambda: chat.data("link") == "down")
        chat.send("thế mất bao lâu?")
        chat.until(lambda: "Chờ kết nối" in chat.all(".citizen")[-1].text)
    place.judged("offline")
    place.line.join()
    with place.inside() as chat:
        chat.until(lambda: len(chat.replies()) == 2)
        assert "7 ngày làm việc" in "\n".join(chat.replies()[1])
        assert len(chat.said()) == 2  # sent again, and once
    place.judged("reconnect")


def test_keyboard_only(place: Place, driver: WebDriver) -> None:
    def press(*keys: str) -> None:
        ActionChains(driver).send_keys(*keys).perform()

    with place.inside() as chat:

        def tab_to(wanted: Callable[[], bool]) -> None:
            for _ in range(60):
                press(Keys.TAB)
                if wanted():
                    return
            raise AssertionError("not reached by Tab")

        chat.one("#question").send_keys("đăng ký biến động đất")
        with chat.next_reply():
            press(Keys.ENTER)
        title = chat.choices()[0]
        press(Keys.SHIFT + Keys.TAB + Keys.NULL)
        for _ in range(60):
            if driver.switch_to.active_element.text == title:
                break
            press(Keys.SHIFT + Keys.TAB + Keys.NULL)
        with chat.next_reply():
            press(Keys.ENTER)
        assert chat.said()[-1] == title
        tab_to(lambda: driver.switch_to.active_element.get_attribute("id") == "question")
    place.judged("keyboard-only")


def test_320_px(place: Place, phone: Callable[..., None]) -> None:
    phone(320, 640)
    place.open()
    with place.inside() as chat:
        chat.ask("con tôi mới sinh cần giấy tờ gì")
        assert chat.width_overflow() <= 0
    place.judged("320-px")
    with place.inside() as chat:
        chat.set_theme("dark")
    place.judged("320-px-dark")
    with place.inside() as chat:
        chat.option("#contrast")
        chat.toggle_large_text()
        assert chat.width_overflow() <= 0
    place.judged("320-px-large-contrast")
