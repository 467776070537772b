"""The widget in a page of another site: opened, asked, closed, kept; by keyboard, on a phone, without network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from chat_page import ChatPage
from fake_assistant import SCRIPT, FakeAssistant
from fastapi import FastAPI
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from test_web_page_notices import Book
from web_server import WebServer
from widget_site import Widget, site

from actions.clock import SystemClock
from actions.messages import Reply, TextMessage
from connectors.web import WebOptions, web_router
from connectors.web_notices import WebNotices

SECRET = "a-key-of-these-tests-only-0123456789"


class Platform(WebServer):
    """The server of the assistant; `allowed` are the origins that may embed it."""

    def __init__(self, assistant: FakeAssistant) -> None:
        self.allowed: list[str] = []
        self.notices = WebNotices(Book(assistant), SystemClock())

        def make_app() -> FastAPI:
            app = FastAPI()
            options = WebOptions(frame_ancestors=("'self'", *self.allowed))
            app.include_router(web_router(assistant, SECRET, options, notices=self.notices))

            @app.post("/test/notice/{key}")
            async def say(key: str) -> None:
                reply = Reply(messages=[TextMessage(text=f"Nhắc bạn {key}")])
                await self.notices.send(assistant.turns[-1].conversation, reply, key)

            return app

        super().__init__(make_app)


@pytest.fixture
def server(fake_assistant: FakeAssistant) -> Iterator[Platform]:
    server = Platform(fake_assistant)
    yield server
    fake_assistant.gate.set()
    server.stop()


@pytest.fixture
def ward(server: Platform) -> Iterator[WebServer]:
    """A site that may embed the widget."""
    ward = site(server.url)
    server.allowed.append(ward.url.rstrip("/"))
    server.start()
    ward.start()
    yield ward
    ward.stop()


@pytest.fixture
def widget(driver: WebDriver, page: ChatPage) -> Widget:
    return Widget(driver, page)


def press(driver: WebDriver, *keys: str) -> None:
    ActionChains(driver).send_keys(*keys).perform()


def notice(server: WebServer, key: str) -> None:
    httpx.post(f"{server.url}test/notice/{key}", trust_env=False).raise_for_status()


def test_open_ask_choose_close_and_open_again(widget: Widget, ward: WebServer, fake_assistant: FakeAssistant) -> None:
    widget.visit(ward.url)
    assert widget.button.text == "Hỏi thủ tục"
    assert widget.button.accessible_name == "Hỏi thủ tục: Mở Trợ lý thủ tục hành chính"
    assert widget.parts("iframe") == []  # nothing is loaded before it is wanted
    widget.open()
    assert widget.is_open()
    assert widget.part("iframe").get_attribute("title") == "Trợ lý thủ tục hành chính"
    with widget.inside() as chat:
        chat.ready()
        chat.ask("chọn")
        assert chat.click_choice("Đăng ký khai sinh") == ["Đã nhận: p-birth"]
        chat.one("#close").click()
    assert not widget.is_open()
    assert not widget.part("iframe").is_displayed()
    assert widget.focused() == "launch"
    widget.open()
    with widget.inside() as chat:
        assert len(chat.replies()) == 2
    widget.button.click()
    assert not widget.is_open()


def test_other_pages_of_the_site_keep_the_conversation(
    widget: Widget, ward: WebServer, fake_assistant: FakeAssistant
) -> None:
    widget.visit(ward.url).open()
    with widget.inside() as chat:
        chat.ready().ask("một")
    widget.visit(f"{ward.url}other")
    widget.until(widget.shows_chat)  # it was open: it is open here, and takes no focus
    assert widget.focused() == "page"
    with widget.inside() as chat:
        chat.ready()
        assert chat.said() == ["một"]
        chat.ask("hai")
    assert len({turn.conversation for turn in fake_assistant.turns}) == 1
    widget.button.click()
    widget.visit(f"{ward.url}third")
    assert not widget.is_open()


def test_each_site_has_a_conversation_of_its_own(
    widget: Widget, ward: WebServer, server: Platform, fake_assistant: FakeAssistant
) -> None:
    other = site(server.url, "phuong.localhost")
    server.allowed.append("http://*.localhost:" + str(other.port))
    server.stop()
    server.start()
    other.start()
    for url in (ward.url, other.url):
        widget.visit(url).open()
        with widget.inside() as chat:
            chat.ready().ask("một")
    other.stop()
    assert len({turn.conversation for turn in fake_assistant.turns}) == 2


def test_the_transcript(widget: Widget, ward: WebServer, downloads: Path) -> None:
    widget.visit(ward.url).open()
    with widget.inside() as chat:
        chat.ready().ask("giấy tờ")
        chat.one("#menu-button").click()
        chat.one("#save").click()
        chat.until(lambda: [file for file in downloads.glob("tro-chuyen-20??-??-??.txt") if file.stat().st_size])


def test_by_keyboard_alone(widget: Widget, ward: WebServer, driver: WebDriver) -> None:
    widget.visit(ward.url)
    press(driver, Keys.TAB)
    assert widget.focused() == "link"
    press(driver, Keys.TAB)
    assert widget.focused() == "launch"
    press(driver, Keys.ENTER)
    widget.until(widget.shows_chat)
    widget.until(lambda: widget.focused() == "frame")
    with widget.inside() as chat:
        chat.ready()
        chat.until(lambda: driver.execute_script("return document.activeElement.id") == "question")
        with chat.next_reply():
            press(driver, "bằng bàn phím", Keys.ENTER)
        chat.one("#menu-button").send_keys(Keys.ENTER)
        press(driver, Keys.ESCAPE)  # closes the options, not the chat
        assert not chat.one("#menu").is_displayed()
    assert widget.is_open()
    press(driver, Keys.ESCAPE)
    widget.until(lambda: not widget.is_open())
    assert widget.focused() == "launch"
    press(driver, Keys.SPACE)
    widget.until(lambda: widget.focused() == "frame")
    widget.button.click()
    assert widget.focused() == "launch"


def test_from_scripts_of_the_site(widget: Widget, ward: WebServer, driver: WebDriver) -> None:
    widget.visit(ward.url)
    driver.execute_script("document.getElementById('link').focus(); TTHC.open()")
    widget.until(lambda: widget.focused() == "frame")
    driver.execute_script("TTHC.close()")
    assert widget.focused() == "link"  # back where it came from
    assert not widget.is_open()


def test_options(widget: Widget, ward: WebServer, driver: WebDriver) -> None:
    widget.visit(f"{ward.url}?title=Hỏi phường&position=left&open=true&lang=en")
    widget.until(widget.shows_chat)
    assert widget.part("iframe").get_attribute("title") == "Hỏi phường"
    assert widget.button.accessible_name == "Close Hỏi phường"
    assert widget.part(".panel").rect["x"] < 100
    assert widget.focused() == "page"
    with widget.inside() as chat:
        assert chat.one("h1").text == "Public service assistant"


def test_what_is_said_while_it_is_closed_is_counted(widget: Widget, ward: WebServer, server: Platform) -> None:
    widget.visit(ward.url).open()
    with widget.inside() as chat:
        chat.ready().ask("một")
    widget.button.click()
    notice(server, "n1")
    widget.until(lambda: widget.part(".badge").text == "1")
    assert widget.button.accessible_name.endswith(", 1 tin mới")
    assert "1 tin mới" in str(widget.part(".sr").get_attribute("textContent"))
    widget.visit(f"{ward.url}other")  # not read yet: still told on the next page
    widget.until(lambda: widget.part(".badge").text == "1")
    notice(server, "n2")
    widget.until(lambda: widget.part(".badge").text == "2")
    widget.open()
    widget.until(lambda: widget.part(".badge").text == "")
    with widget.inside() as chat:
        assert [reply[0] for reply in chat.replies()[-2:]] == ["Nhắc bạn n1", "Nhắc bạn n2"]
    widget.visit(ward.url)
    widget.until(widget.shows_chat)
    widget.button.click()
    assert widget.part(".badge").text == ""


def test_a_phone(widget: Widget, ward: WebServer, phone: Callable[..., None], driver: WebDriver) -> None:
    phone(320)
    widget.visit(f"{ward.url}?open=true")
    assert not widget.is_open()  # a page must not begin covered
    assert widget.button.size["width"] < 80
    widget.open()
    screen = {"x": 0, "y": 0, "width": 320, "height": 740}
    widget.until(lambda: widget.part("iframe").rect == screen)  # once it has moved in
    with widget.inside() as chat:
        chat.ready()
        for question in SCRIPT:
            chat.ask(question)
        assert chat.width_overflow() <= 0
        chat.one("#close").click()
    assert widget.button.is_displayed()
    assert driver.execute_script("return document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("look", ["light", "dark", "contrast", "contrast dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_every_state_is_clean(
    widget: Widget, ward: WebServer, phone: Callable[..., None], look: str, width: int
) -> None:
    if width < 500:
        phone(width)
    widget.visit(ward.url)
    assert widget.chat.axe_violations() == []
    widget.open()
    with widget.inside() as chat:
        chat.ready()
        chat.set_theme("dark" if "dark" in look else "light")
        if "contrast" in look:
            chat.option("#contrast")
        for question in SCRIPT:
            chat.ask(question)
        assert chat.axe_violations() == []
        chat.one("#menu-button").click()
        assert chat.axe_violations() == []
        chat.one("#menu-button").click()
    assert widget.chat.axe_violations() == []


def test_without_network_and_back(
    widget: Widget, ward: WebServer, server: Platform, fake_assistant: FakeAssistant, driver: WebDriver
) -> None:
    widget.visit(ward.url).open()
    with widget.inside() as chat:
        chat.ready().ask("một")
        server.stop()
        chat.until(lambda: chat.data("link") == "down")
        chat.send("hai")
        chat.until(lambda: "Chờ kết nối" in chat.all(".citizen")[-1].text)
    widget.button.click()
    widget.button.click()
    server.start()
    with widget.inside() as chat:
        chat.until(lambda: len(chat.replies()) == 2)
    assert [turn.text for turn in fake_assistant.turns] == ["một", "hai"]


def test_a_platform_that_does_not_answer(
    widget: Widget, ward: WebServer, server: Platform, driver: WebDriver
) -> None:
    widget.visit(ward.url)
    server.stop()
    driver.execute_script("const real = setTimeout; window.setTimeout = (work, wait) => real(work, wait / 20)")
    widget.button.click()
    widget.until(lambda: "19001009" in widget.part(".waiting").text)
    assert [node.text for node in widget.parts(".ways > *")][:2] == ["Thử lại", "Mở ở trang riêng"]
    assert widget.chat.axe_violations() == []
    server.start()
    widget.parts(".ways > *")[0].click()
    widget.until(widget.shows_chat)
    widget.until(lambda: widget.focused() == "frame")


def test_a_site_that_is_not_named_gets_no_frame(widget: Widget, ward: WebServer, server: Platform) -> None:
    stranger = site(server.url)
    stranger.start()
    driver = widget.driver
    widget.chat.console()
    driver.get(stranger.url)
    widget.until(lambda: any("may show the assistant" in line for line in widget.chat.console()))
    assert driver.find_elements(By.CSS_SELECTOR, "tthc-widget") == []
    assert driver.execute_script("return window.TTHC") is None
    # nor by a frame of its own making: the browser refuses
    driver.execute_script(
        "const frame = document.createElement('iframe'); frame.src = arguments[0]; document.body.append(frame)",
        server.url,
    )
    widget.until(lambda: any("frame-ancestors" in line for line in widget.chat.console()))
    driver.switch_to.frame(driver.find_element(By.TAG_NAME, "iframe"))
    assert driver.find_elements(By.ID, "question") == []
    driver.switch_to.default_content()
    stranger.stop()


def test_messages_of_others_do_nothing(widget: Widget, ward: WebServer, driver: WebDriver) -> None:
    widget.visit(ward.url).open()
    with widget.inside() as chat:
        chat.ready()
    for message in ("{tthc: 'close'}", "{tthc: 'unread', count: 7}", "'close'", "null"):
        driver.execute_script(f"window.postMessage({message}, '*')")  # right words, wrong window
        forged = f"new MessageEvent('message', {{data: {message}, origin: 'https://evil.example'}})"
        driver.execute_script(f"window.dispatchEvent({forged})")
    assert widget.is_open()
    with widget.inside() as chat:
        # right words from the wrong window, and from the wrong origin
        driver.execute_script("window.postMessage({tthc: 'hidden'}, '*')")
        driver.execute_script(
            "for (const data of [{tthc: 'hello', open: false}, {tthc: 'hidden'}]) window.dispatchEvent("
            "new MessageEvent('message', {data, origin: 'https://evil.example', source: window.parent}))"
        )
        chat.ask("một")
    assert widget.part(".badge").text == ""  # not hidden: what came was seen
    with widget.inside() as chat:
        chat.one("#close").click()  # still said to the site, to nobody else
    widget.until(lambda: not widget.is_open())


def test_the_language_changes_inside(widget: Widget, ward: WebServer, driver: WebDriver) -> None:
    widget.visit(ward.url).open()
    with widget.inside() as chat:
        chat.ready().ask("một")
        chat.one("#menu-button").click()
        chat.one("#language").click()
        chat.until(lambda: driver.execute_script("return document.documentElement.lang") == "en")
        chat.ready()
        assert chat.said() == ["một"]
        chat.one("#close").click()
    widget.until(lambda: not widget.is_open())
    assert widget.focused() == "launch"


def test_a_visit_long_ago_loads_nothing(widget: Widget, ward: WebServer, driver: WebDriver) -> None:
    widget.visit(ward.url).open()
    widget.button.click()
    driver.execute_script("localStorage.setItem('tthc.widget', String(Date.now() - 31 * 86400000))")
    widget.visit(ward.url)
    driver.execute_script("return new Promise(done => setTimeout(done, 300))")
    assert widget.parts("iframe") == []


def test_nothing_moves_for_those_who_ask_for_rest(widget: Widget, ward: WebServer, driver: WebDriver) -> None:
    features = [{"name": "prefers-reduced-motion", "value": "reduce"}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    widget.visit(ward.url)
    widget.button.click()
    assert widget.part(".panel").value_of_css_property("transition-property") in ("none", "all")
    assert driver.execute_script("return document.getAnimations().length") == 0


def test_it_is_small_and_calls_nobody_else(widget: Widget, ward: WebServer, server: Platform) -> None:
    sizes = "return performance.getEntriesByType('resource').map(one => [one.name, one.encodedBodySize])"
    driver = widget.driver
    driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    widget.chat.console()
    widget.visit(ward.url).open()
    outside = driver.execute_script(sizes)
    script = _packed(f"{server.url}widget.js")  # the browser hides the sizes of other origins
    with widget.inside() as chat:
        chat.ready().ask("thẻ")
        loaded = driver.execute_script(sizes)
        frame = driver.execute_script("return performance.getEntriesByType('navigation')[0].encodedBodySize")
    assert {name.split("?")[0] for name, _ in outside} <= {f"{server.url}widget.js", server.url, f"{ward.url}site.css"}
    assert [name for name, _ in loaded if not name.startswith(server.url)] == []
    total = script + frame + sum(size for _, size in loaded)
    assert 20_000 < total <= 60 * 1024
    assert widget.chat.console() == []


def _packed(url: str) -> int:
    answer = httpx.get(url, headers={"Accept-Encoding": "gzip"}, trust_env=False)
    assert answer.headers["content-encoding"] == "gzip"
    return int(answer.headers["content-length"])
