"""What happens to messages when connections break."""

from __future__ import annotations

from chat_page import ChatPage
from fake_assistant import FakeAssistant
from selenium.webdriver.remote.webdriver import WebDriver
from web_server import WebServer

from actions.wording import say_error
from connectors.web_session import Sessions
from knowledge_base.errors import ErrorCode, Unavailable


def test_history_after_a_reload(page: ChatPage, fake_assistant: FakeAssistant) -> None:
    page.open()
    page.ask("chọn")
    page.click_choice("Đăng ký khai sinh")
    page.ask("thẻ")
    page.reload()
    page.until(lambda: len(page.replies()) == 3)
    assert page.said() == ["chọn", "p-birth", "thẻ"]
    assert page.choices() == ["Cần giấy tờ gì?", "Nộp ở đâu?"]  # only the last answer may still be used
    page.ask("tiếp")
    assert len({turn.conversation for turn in fake_assistant.turns}) == 1


def test_a_message_written_while_the_server_is_away_arrives_once(
    page: ChatPage, server: WebServer, fake_assistant: FakeAssistant
) -> None:
    page.open()
    page.ask("một")
    server.stop()
    page.until(lambda: page.data("link") == "down")
    page.send("hai")
    page.until(lambda: "Chờ kết nối" in page.all(".citizen")[-1].text)
    page.until(lambda: page.one("#banner").is_displayed())
    server.start()
    page.until(lambda: len(page.replies()) == 2)
    assert page.replies()[-1] == ["Đã nhận: hai"]
    assert [turn.text for turn in fake_assistant.turns] == ["một", "hai"]
    assert len({turn.conversation for turn in fake_assistant.turns}) == 1
    assert "Chờ kết nối" not in page.all(".citizen")[-1].text
    page.ready("live")


def test_a_connection_lost_while_the_answer_is_made(
    page: ChatPage, driver: WebDriver, fake_assistant: FakeAssistant
) -> None:
    driver.execute_cdp_cmd("Page.enable", {})
    keep = (
        "window.sockets = []; const Real = WebSocket; window.WebSocket = class extends Real {"
        "constructor(...all) { super(...all); window.sockets.push(this); } }"
    )
    added = driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": keep})
    try:
        page.open()
        fake_assistant.gate.clear()
        page.send("thẻ")
        page.until(lambda: "đang trả lời" in page.one("#typing").text)
        driver.execute_script("window.sockets[0].close()")
        page.until(lambda: driver.execute_script("return window.sockets.length") > 1)
        page.ready("live")
        fake_assistant.gate.set()
        page.until(lambda: len(page.replies()) == 1)
    finally:
        driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)
    assert page.replies()[0][0] == "Đúng hạn thì không mất lệ phí."
    assert page.said() == ["thẻ"]
    assert len(fake_assistant.turns) == 1
    page.until(lambda: page.one("#typing").text == "")


def test_an_answer_lost_on_its_way_is_read_from_the_history(
    page: ChatPage, driver: WebDriver, server: WebServer, fake_assistant: FakeAssistant
) -> None:
    server.websockets = False
    page.open(link="http")
    page.ask("một")
    driver.execute_script(
        "const real = window.fetch; window.fetch = async (...all) => { const answer = await real(...all);"
        "if (String(all[0]).endsWith('chat/messages') && !window.lost) { window.lost = true; throw new TypeError(); }"
        "return answer; }"
    )
    page.send("thẻ")
    page.until(lambda: len(page.replies()) == 2)
    assert page.replies()[1][0] == "Đúng hạn thì không mất lệ phí."
    assert page.said() == ["một", "thẻ"]
    assert [turn.text for turn in fake_assistant.turns] == ["một", "thẻ"]


def test_a_message_that_fails_twice_waits_for_a_person(
    page: ChatPage, driver: WebDriver, fake_assistant: FakeAssistant
) -> None:
    page.open()
    driver.execute_script(
        "const send = WebSocket.prototype.send; window.broken = true; WebSocket.prototype.send = function (frame) {"
        "if (window.broken && frame.includes('text')) this.close(); else send.call(this, frame); }"
    )
    page.send("hai lần")
    retry = page.until(lambda: page.all(".link-button"))[0]
    assert "Chưa gửi được" in page.all(".citizen")[-1].text
    assert page.axe_violations() == []
    driver.execute_script("window.broken = false")
    with page.next_reply():
        page.click(retry)
    assert page.replies() == [["Đã nhận: hai lần"]]
    assert "Chưa gửi được" not in page.all(".citizen")[-1].text
    assert len(fake_assistant.turns) == 1


def test_without_websockets_the_page_uses_http(
    page: ChatPage, server: WebServer, fake_assistant: FakeAssistant
) -> None:
    server.websockets = False
    page.open(link="http")
    assert page.ask("qua HTTP") == ["Đã nhận: qua HTTP"]
    page.ask("chọn")
    assert page.click_choice("Đăng ký khai sinh") == ["Đã nhận: p-birth"]
    assert not page.one("#banner").is_displayed()
    assert len(fake_assistant.turns) == 3


def test_a_browser_without_websockets(page: ChatPage, driver: WebDriver) -> None:
    source = {"source": "window.WebSocket = class { constructor() { throw new Error('blocked'); } }"}
    added = driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", source)
    try:
        page.open(link="http")
        assert page.ask("vẫn được") == ["Đã nhận: vẫn được"]
    finally:
        driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


def test_a_device_without_network_says_so(page: ChatPage, driver: WebDriver) -> None:
    page.open()
    offline = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    driver.execute_cdp_cmd("Network.enable", {})
    driver.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
    try:
        page.until(lambda: "mất mạng" in page.one("#banner").text)
    finally:
        driver.execute_cdp_cmd("Network.emulateNetworkConditions", offline | {"offline": False})
    page.until(lambda: "mất mạng" not in page.one("#banner").text)
    page.ready("live")
    assert page.ask("có mạng rồi") == ["Đã nhận: có mạng rồi"]


def test_an_unknown_token_begins_anew(page: ChatPage, driver: WebDriver, fake_assistant: FakeAssistant) -> None:
    page.open()
    driver.execute_script("localStorage.setItem('tthc.token', 'forged')")
    page.reload()
    assert "hết hạn" in page.one(".entry.system").text
    assert page.ask("lại từ đầu") == ["Đã nhận: lại từ đầu"]
    assert len(fake_assistant.turns) == 1


def test_a_fault_of_the_assistant_is_a_sentence(page: ChatPage, fake_assistant: FakeAssistant) -> None:
    page.open()
    fake_assistant.fault = Unavailable(ErrorCode.RATE_LIMITED)
    assert page.ask("nhanh") == [say_error(fake_assistant.fault)]
    fake_assistant.fault = None
    assert page.ask("chậm") == ["Đã nhận: chậm"]


def test_a_session_key_that_changed_under_an_open_page(
    page: ChatPage, driver: WebDriver, server: WebServer, fake_assistant: FakeAssistant
) -> None:
    """A page whose token ends while it is open goes on in a new conversation, and its message is not lost."""
    server.websockets = False
    page.open(link="http")
    page.ask("một")
    first_read = Sessions.read

    try:
        old = driver.execute_script("return localStorage.getItem('tthc.token')")

        def read(self: Sessions, token: str):  # type: ignore[no-untyped-def]
            return first_read(self, "ended" if token == old else token)

        Sessions.read = read  # type: ignore[method-assign]
        page.send("hai")
        page.until(lambda: [turn.text for turn in fake_assistant.turns] == ["một", "hai"])
        page.until(lambda: page.replies() == [["Đã nhận: hai"]])
    finally:
        Sessions.read = first_read  # type: ignore[method-assign]
    assert "hết hạn" in page.one(".entry.system").text
    assert len({turn.conversation for turn in fake_assistant.turns}) == 2
