"""Looks, languages and voices of the page: what each citizen may set for themselves, and the brand a Center sets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from chat_page import ChatPage
from fake_assistant import SCRIPT, FakeAssistant
from fastapi import FastAPI
from selenium.webdriver.remote.webdriver import WebDriver
from web_server import WebServer

from connectors.web import WebOptions, web_router
from connectors.web_theme import load_brand

SECRET = "a-key-of-these-tests-only-0123456789"
# a browser that can speak and listen, as far as headless ones go; both say what they were told
VOICES = """
window.spoken = [];
Object.defineProperty(window, 'speechSynthesis', {value: {
  getVoices: () => [{lang: 'en-US', localService: true}, {lang: 'vi-VN', localService: LOCAL}],
  cancel() { window.spoken = []; }, speak(one) { window.spoken.push(one.text); }, addEventListener() {},
}});
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
window.webkitSpeechRecognition = window.SpeechRecognition = class {
  start() { window.listening = this; } stop() { this.onend(); } abort() { this.onend(); }
};
"""
SEAL = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="4" fill="#1b5e20"/></svg>'
GREEN = {"primary": "#1b5e20", "deep": "#0f3d14", "soft": "#e3f2e4"}


@pytest.fixture
def options() -> WebOptions:
    return WebOptions(voice=True)


@pytest.fixture
def server(fake_assistant: FakeAssistant, options: WebOptions) -> Iterator[WebServer]:
    def make_app() -> FastAPI:
        app = FastAPI()
        app.include_router(web_router(fake_assistant, SECRET, options))
        return app

    server = WebServer(make_app)
    server.start()
    yield server
    fake_assistant.gate.set()
    server.stop()


@pytest.fixture
def voices(driver: WebDriver) -> Iterator[None]:
    yield from _inject(driver, VOICES.replace("LOCAL", "true"))


@pytest.fixture
def far_voices(driver: WebDriver) -> Iterator[None]:
    yield from _inject(driver, VOICES.replace("LOCAL", "false"))


def _inject(driver: WebDriver, script: str) -> Iterator[None]:
    made = driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})
    yield
    driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", made)


def menu_items(page: ChatPage) -> list[str]:
    page.one("#menu-button").click()
    shown = [node.text for node in page.all("#menu .menu-item") if node.is_displayed()]
    page.one("#menu-button").click()
    return shown


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_high_contrast(page: ChatPage, driver: WebDriver, theme: str) -> None:
    page.open()
    page.set_theme(theme)
    page.option("#contrast")
    for question in SCRIPT:
        page.ask(question)
    assert page.axe_violations() == []
    page.one("#menu-button").click()
    assert page.axe_violations() == []
    body = driver.execute_script("const s = getComputedStyle(document.body); return [s.color, s.backgroundColor]")
    black_and_white = ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    assert body == (black_and_white if theme == "light" else black_and_white[::-1])
    page.reload()
    assert page.data("contrast") == "more"


def test_a_change_of_look_keeps_the_place_and_room_to_write(
    page: ChatPage, driver: WebDriver, phone: Callable[..., None]
) -> None:
    phone(320, 640)
    page.open()
    for question in ("thẻ", "giấy tờ", "thẻ"):
        page.ask(question)
    shown = (
        "const log = document.getElementById('log'); const top = log.getBoundingClientRect().top;"
        "return [...log.querySelectorAll('.entry')].findIndex(one => one.getBoundingClientRect().bottom > top + 1)"
    )
    before = driver.execute_script(shown)
    assert before > 2
    for switch in ("#large", "#contrast", "#large", "#contrast"):
        page.option(switch)
        assert driver.execute_script(shown) == before
        box = "const box = document.getElementById('question'); return box.scrollHeight - box.clientHeight"
        assert driver.execute_script(box) <= 0  # no bars inside the box


def test_the_system_asks_for_contrast_and_the_citizen_may_not_want_it(page: ChatPage, driver: WebDriver) -> None:
    features = [{"name": "prefers-contrast", "value": "more"}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    page.open()
    assert page.data("contrast") == "more"
    page.option("#contrast")
    page.reload()
    assert page.data("contrast") is None


def test_in_english_and_back(page: ChatPage, driver: WebDriver) -> None:
    page.open()
    page.ask("giấy tờ")
    page.one("#menu-button").click()
    page.one("#language").click()
    page.until(lambda: driver.execute_script("return document.documentElement.lang") == "en")
    page.ready()
    assert page.one("h1").text == "Public service assistant"
    assert "Hanoi Public Administrative Service Center" in page.one("header").text
    assert page.said() == ["giấy tờ"]  # the conversation is the same one
    assert "0 of 3 papers ready" in page.replies()[0][0]
    assert page.one(".entry.assistant:not(.greeting)").get_attribute("lang") == "vi"
    page.driver.get(page.url)  # kept, whatever the address
    page.until(lambda: driver.execute_script("return document.documentElement.lang") == "en")
    page.ready()
    for button in ("#menu-button", "#new", "#confirm-yes"):
        page.one(button).click()
    page.ready()
    assert page.click_choice("Replace a lost ID card") == ["Đã nhận: Cấp lại căn cước bị mất"]
    assert page.said() == ["Cấp lại căn cước bị mất"]  # asked in the assistant's language
    assert page.axe_violations() == []
    page.one("#menu-button").click()
    page.one("#language").click()
    page.until(lambda: driver.execute_script("return document.documentElement.lang") == "vi")
    assert page.ready().one("h1").text == "Trợ lý thủ tục hành chính"


def test_an_unknown_language_is_vietnamese(page: ChatPage) -> None:
    page.url += "?lang=xx"
    page.open()
    assert page.one("html").get_attribute("lang") == "vi"


def test_the_whole_conversation_on_paper(page: ChatPage, driver: WebDriver) -> None:
    page.open()
    page.option("#contrast")
    page.set_theme("dark")
    page.ask("thẻ")
    driver.execute_script("window.print = () => { window.printed = true }")
    page.one("#menu-button").click()
    page.one("#print").click()
    assert driver.execute_script("return window.printed")
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert page.one(".citizen").is_displayed()
    assert page.one(".card:not(.welcome)").is_displayed()
    assert not page.one(".dock").is_displayed()
    assert page.one("body").value_of_css_property("color") == "rgba(0, 0, 0, 1)"


def test_answers_read_aloud(voices: None, page: ChatPage, driver: WebDriver) -> None:
    page.open()
    page.ask("thẻ")
    assert driver.execute_script("return window.spoken") == []  # off until switched on
    page.option("#aloud")
    page.ask("thẻ")
    assert driver.execute_script("return window.spoken") == [
        "Đúng hạn thì không mất lệ phí.",
        "Đăng ký khai sinh: không mất lệ phí nếu đúng hạn.",
    ]
    page.reload()
    assert driver.execute_script("return window.spoken") == []  # what was read is not read again
    page.option("#aloud")
    page.ask("thẻ")
    assert driver.execute_script("return window.spoken") == []


def test_only_voices_of_the_device_read(far_voices: None, page: ChatPage) -> None:
    page.open()
    assert "Đọc to câu trả lời" not in menu_items(page)


def test_a_question_spoken(voices: None, page: ChatPage, driver: WebDriver) -> None:
    page.open()
    assert not page.one("#mic").is_displayed()
    page.option("#voice")
    mic = page.one("#mic")
    mic.click()
    assert mic.get_attribute("aria-pressed") == "true"
    assert mic.accessible_name == "Dừng ghi âm"
    assert driver.execute_script("return window.listening.lang") == "vi-VN"
    assert page.axe_violations() == []
    driver.execute_script(
        "listening.onresult({results: [[{transcript: 'làm giấy khai sinh'}]]}); listening.onend()"
    )
    assert mic.get_attribute("aria-pressed") == "false"
    assert page.one("#question").get_attribute("value") == "làm giấy khai sinh"  # to be read before it is sent
    assert page.said() == []
    mic.click()
    driver.execute_script("listening.onerror({error: 'not-allowed'}); listening.onend()")
    assert "micrô" in page.one("#banner").text


@pytest.mark.parametrize("options", [WebOptions()])
def test_no_microphone_unless_the_operator_allows_it(voices: None, page: ChatPage, server: WebServer) -> None:
    page.open()
    assert "Nhập bằng giọng nói" not in menu_items(page)


def test_a_brand_of_ones_own(fake_assistant: FakeAssistant, driver: WebDriver, tmp_path: Path) -> None:
    (tmp_path / "seal.svg").write_text(SEAL, "utf-8")
    theme = {"logo": "seal.svg", "colours": GREEN, "vi": {"name": "Trợ lý phường", "greeting": "Phường xin chào bạn."}}
    (tmp_path / "theme.json").write_text(json.dumps(theme), "utf-8")
    app = FastAPI()
    app.include_router(web_router(fake_assistant, SECRET, WebOptions(brand=load_brand(tmp_path / "theme.json"))))
    server = WebServer(lambda: app)
    server.start()
    page = ChatPage(driver, server.url).open()
    assert page.one("h1").text == "Trợ lý phường"
    assert "Phường xin chào bạn." in page.one(".greeting").text
    assert page.one(".top").value_of_css_property("background-color") == "rgba(15, 61, 20, 1)"
    mark = page.one(".mark")
    assert str(mark.get_attribute("src")).endswith("/seal.svg")
    page.until(lambda: driver.execute_script("return arguments[0].naturalWidth > 0", mark))
    for question in SCRIPT:
        page.ask(question)
    assert page.axe_violations() == []
    page.set_theme("dark")
    assert page.axe_violations() == []
    server.stop()
