"""Everyone can use it: axe on every state, narrow windows, targets, no noise in the console."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from chat_page import ChatPage
from fake_assistant import SCRIPT, FakeAssistant
from selenium.webdriver.remote.webdriver import WebDriver
from web_server import WebServer

SMALL_TARGETS = """
return [...document.querySelectorAll('button, a.chip, a.hotline, summary, textarea, .ticks label, .menu label')]
  .filter(node => node.offsetParent && getComputedStyle(node).visibility !== 'hidden')
  .map(node => [node, node.getBoundingClientRect()])
  .filter(([, box]) => box.width < 24 || box.height < 24)
  .map(([node]) => node.outerHTML)
"""


def show_everything(page: ChatPage) -> None:
    for question in SCRIPT:
        page.ask(question)
    page.click(page.one("details summary"))
    page.click(page.all(".ticks input")[0])


@pytest.mark.parametrize("look", ["light", "dark", "light large", "dark large"])
@pytest.mark.parametrize("width", [1280, 320])
def test_every_state_is_clean(page: ChatPage, phone: Callable[..., None], look: str, width: int) -> None:
    if width < 500:
        phone(width)
    page.open()
    page.set_theme(look.split()[0])
    if "large" in look:
        page.toggle_large_text()
    assert page.axe_violations() == []
    show_everything(page)
    assert page.axe_violations() == []
    assert page.driver.execute_script(SMALL_TARGETS) == []
    page.one("#menu-button").click()
    assert page.axe_violations() == []
    page.one("#new").click()
    assert page.axe_violations() == []
    page.one("#confirm-no").click()
    assert page.width_overflow() <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_system_chooses_the_theme(page: ChatPage, driver: WebDriver, scheme: str) -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    page.open()
    assert page.axe_violations() == []
    dark = driver.execute_script("return getComputedStyle(document.body).backgroundColor") == "rgb(11, 21, 36)"
    assert dark is (scheme == "dark")


def test_states_in_between_are_clean(page: ChatPage, server: WebServer, fake_assistant: FakeAssistant) -> None:
    page.open()
    page.ask("chọn")
    fake_assistant.gate.clear()
    page.send("chờ")
    page.until(lambda: page.one("#typing").text)
    assert page.axe_violations() == []
    fake_assistant.gate.set()
    page.until(lambda: len(page.replies()) == 2)
    server.stop()
    page.send("không tới")
    page.until(lambda: page.one("#banner").is_displayed())
    assert page.axe_violations() == []
    server.start()
    page.until(lambda: len(page.replies()) == 3)


@pytest.mark.parametrize("large", [False, True])
def test_no_sideways_scrolling_at_320_px(page: ChatPage, phone: Callable[..., None], large: bool) -> None:
    phone(320)
    page.open()
    if large:
        page.toggle_large_text()
    show_everything(page)
    page.ask("w" * 300)
    assert page.width_overflow() <= 0
    assert page.driver.execute_script("return window.scrollY") == 0


def test_at_400_percent_zoom_there_is_room_to_read_and_write(page: ChatPage, phone: Callable[..., None]) -> None:
    phone(320, 256)  # 1280 x 1024 at 400 %
    page.open()
    page.ask("thẻ")
    assert page.one("#log").size["height"] >= 100
    assert page.one("#question").is_displayed()
    assert page.axe_violations() == []


def test_choices_of_look_are_kept(page: ChatPage, driver: WebDriver) -> None:
    page.open()
    before = driver.execute_script("return parseFloat(getComputedStyle(document.documentElement).fontSize)")
    assert before == 18
    page.set_theme("dark")
    page.toggle_large_text()
    page.reload()
    assert page.data("theme") == "dark"
    assert driver.execute_script("return parseFloat(getComputedStyle(document.documentElement).fontSize)") > 22
    page.set_theme("auto")
    assert page.data("theme") is None


def test_nothing_moves_for_those_who_ask_for_rest(
    page: ChatPage, driver: WebDriver, fake_assistant: FakeAssistant
) -> None:
    features = [{"name": "prefers-reduced-motion", "value": "reduce"}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    page.open()
    fake_assistant.gate.clear()
    page.send("chờ")
    page.until(lambda: page.one("#typing").text)
    assert driver.execute_script("return document.getAnimations().length") == 0


def test_the_console_is_silent_and_nothing_foreign_is_fetched(page: ChatPage, driver: WebDriver) -> None:
    page.console()  # what earlier pages said
    page.open()
    show_everything(page)
    assert page.console() == []
    fetched = driver.execute_script("return performance.getEntriesByType('resource').map(entry => entry.name)")
    assert [name for name in fetched if not name.startswith((page.url, "data:"))] == []
