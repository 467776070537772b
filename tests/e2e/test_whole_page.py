"""The main job in a browser, on the real assistant: ask, read a dossier, book, cancel; accessible in each state."""

from __future__ import annotations

import datetime as dt

import pytest
from chat_page import ChatPage
from selenium.webdriver.remote.webdriver import WebDriver
from stack import Stack
from test_conversations import next_open_day

from actions.clock import HANOI
from actions.dossiers.sandbox.data import sample_dossiers


@pytest.fixture
def page(driver: WebDriver, stack: Stack) -> ChatPage:
    return ChatPage(driver, f"{stack.url}/").open()


def test_ask_follow_up_and_reload(page: ChatPage) -> None:
    asked = "\n".join(page.ask("con tôi mới sinh cần giấy tờ gì"))
    assert "Giấy chứng sinh" in asked
    assert "1.001193" in asked
    lost = "\n".join(page.ask("lam lai can cuoc bi mat het bao nhieu tien"))
    assert "70.000" in lost
    assert "7 ngày làm việc" in "\n".join(page.ask("thế mất bao lâu?"))
    assert page.axe_violations() == []
    before = page.replies()
    page.reload()
    page.until(lambda: len(page.replies()) == len(before))


def test_status_with_proof(page: ChatPage) -> None:
    sample = sample_dossiers(dt.datetime.now(HANOI).date())[0]
    page.ask("tra cứu hồ sơ")
    page.ask(sample.code)
    shown = "\n".join(page.ask(sample.id_tail))
    assert "Dữ liệu lúc" in shown
    assert page.axe_violations() == []


def test_book_see_the_ticket_and_cancel(page: ChatPage) -> None:
    day = next_open_day()
    page.ask(f"đặt lịch hẹn 9 giờ ngày {day:%d/%m} ở chi nhánh số 1")
    page.ask("0912345678")
    page.click_choice("Đồng ý, đặt lịch")
    ticket = page.one("[data-type=ticket]")
    assert "09:00" in ticket.text
    assert page.one("[data-type=ticket] img").get_attribute("src").startswith("data:image/svg+xml")
    assert page.axe_violations() == []
    page.ask("hủy lịch")
    assert "Đã huỷ" in "\n".join(page.click_choice("Huỷ lịch này"))


def test_text_is_never_markup(page: ChatPage, driver: WebDriver) -> None:
    page.ask("<img src=x onerror=window.hacked=1><b>đậm</b>")
    assert driver.execute_script("return window.hacked") is None
    assert page.said()[-1] == "<img src=x onerror=window.hacked=1><b>đậm</b>"
