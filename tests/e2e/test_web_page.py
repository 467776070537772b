"""What a citizen sees and does: each message type, the buttons, the composer."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from chat_page import ChatPage
from fake_assistant import FakeAssistant
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver


def test_the_page_says_who_is_talking(page: ChatPage) -> None:
    page.open()
    header = page.one("header").text
    assert "Trung tâm Phục vụ hành chính công thành phố Hà Nội" in header
    assert "Trợ lý thủ tục hành chính" in header
    assert "trợ lý tự động" in header
    assert page.one("header a[href='tel:19001009']").is_displayed()
    assert len(page.choices()) == 7


def test_a_question_and_its_answer(page: ChatPage, fake_assistant: FakeAssistant) -> None:
    page.open()
    assert page.ask("làm giấy khai sinh") == ["Đã nhận: làm giấy khai sinh"]
    assert page.said() == ["làm giấy khai sinh"]
    [turn] = fake_assistant.turns
    assert turn.conversation.startswith("web:")
    assert re.fullmatch(r"[0-9a-f]{32}", turn.message_id or "")


def test_a_starter_question_is_asked_by_its_words(page: ChatPage, fake_assistant: FakeAssistant) -> None:
    page.open()
    assert page.click_choice("Tra cứu hồ sơ") == ["Đã nhận: Tra cứu hồ sơ"]
    assert fake_assistant.turns[0].text == "Tra cứu hồ sơ"
    assert page.choices() == []


def test_choices_are_used_once(page: ChatPage, fake_assistant: FakeAssistant) -> None:
    page.open()
    page.ask("chọn")
    assert "secret_intent" not in page.driver.page_source
    assert page.click_choice("Đăng ký khai sinh") == ["Đã nhận: p-birth"]
    assert fake_assistant.turns[-1].payload == "p-birth"
    assert fake_assistant.turns[-1].text is None
    assert page.said()[-1] == "Đăng ký khai sinh"
    used = page.all(".entry:not(.greeting) button.chip[aria-disabled=true]")
    assert len(used) == 3
    page.click(used[1])
    assert len(fake_assistant.turns) == 2
    link = page.one("a.chip")
    assert link.get_attribute("href") == "https://example.org/cong"
    assert "noopener" in (link.get_attribute("rel") or "")


def test_a_card_with_a_folded_section_and_its_source(page: ChatPage) -> None:
    page.open()
    first, shown = page.ask("thẻ")
    assert first == "Đúng hạn thì không mất lệ phí."
    assert "Quá hạn: theo nghị quyết của thành phố." in shown
    assert "Nghị định 123/2015/NĐ-CP" not in shown
    assert "Mã thủ tục 1.001193 · Quyết định 1872/QĐ-BTP · Dữ liệu ngày 18/07/2026" in shown
    page.click(page.one("details summary"))
    page.until(lambda: "Nghị định 123/2015/NĐ-CP" in page.replies()[-1][1])
    assert page.one(".source a").get_attribute("href") == "https://example.org/thu-tuc/1.001193"


def test_ticks_of_a_checklist_stay(page: ChatPage) -> None:
    page.open()
    [shown] = page.ask("giấy tờ")
    assert "1 bản chính · Mẫu: Mẫu số 01" in shown
    assert "Khi ủy quyền cho người khác" in shown
    assert "Đã có 0/3 giấy tờ" in shown
    assert "Trực tiếp: không mất lệ phí" in shown
    assert "Cha hoặc mẹ <b>" in shown
    page.click(page.all(".ticks input")[1])
    assert "Đã có 1/3 giấy tờ" in page.replies()[-1][0]
    page.reload()
    page.until(page.replies)
    assert [box.is_selected() for box in page.all(".ticks input")] == [False, True, False]
    assert "Đã có 1/3 giấy tờ" in page.replies()[-1][0]


def test_a_list_without_papers_counts_none(page: ChatPage) -> None:
    page.open()
    [shown] = page.ask("không giấy tờ")
    assert "Trực tiếp: không mất lệ phí" in shown
    assert "0/0" not in shown
    assert page.all(".checklist progress") == []


def test_printing_a_checklist_prints_it_alone(page: ChatPage, driver: WebDriver) -> None:
    page.open()
    page.ask("thẻ")
    page.ask("giấy tờ")
    driver.execute_script("window.print = () => { window.printed = true }")
    page.click(next(chip for chip in page.all(".tools .chip") if chip.text == "In danh sách"))
    assert driver.execute_script("return window.printed")
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert page.one(".checklist").is_displayed()
    assert all(section.is_displayed() for section in page.all(".checklist .section"))
    assert page.one(".names").is_displayed()  # the letterhead
    assert not any(page.one(part).is_displayed() for part in (".hotline", ".greeting", ".citizen", ".dock", ".tools"))
    driver.execute_script("window.dispatchEvent(new Event('afterprint'))")
    assert page.one(".citizen").is_displayed()


def test_a_ticket(page: ChatPage) -> None:
    page.open()
    shown = page.ask("phiếu")[1]
    facts = ["A-017", "Đã xác nhận", "09:15", "25/11/2026", "Chi nhánh số 1", "258 Võ Chí Công", "K7QP-2M4X"]
    for fact in [*facts, "Giấy chứng sinh (1 bản chính)"]:
        assert fact in shown
    drawn = "return document.querySelector('.qr').naturalWidth > 0"
    page.until(lambda: page.driver.execute_script(drawn))
    assert page.one(".qr").get_attribute("alt") == "Mã QR của phiếu số A-017"
    size = float(page.one(".number").value_of_css_property("font-size").removesuffix("px"))
    assert size >= 40
    assert page.click_choice("Huỷ lịch hẹn") == ["Đã nhận: p-cancel"]


def test_files(page: ChatPage) -> None:
    """A calendar entry is saved under its name, a page for paper is opened; both by keyboard."""
    page.open()
    shown = page.ask("tệp")
    assert "Thêm vào lịch" in shown[1]
    calendar, printed = page.all(".file a")
    assert (calendar.get_attribute("href"), calendar.get_attribute("download")) == (
        "https://example.org/ve/ap-1.ics?key=0123", "lich-hen-A-017.ics",
    )  # fmt: skip
    assert printed.get_attribute("href") == "https://example.org/danh-sach/abc"
    assert printed.get_dom_attribute("download") is None
    assert calendar.accessible_name == "Lưu tệp (Thêm vào lịch, mở trang mới)"
    assert printed.accessible_name.startswith("Mở trang (Bản để in")
    page.driver.execute_script("arguments[0].focus()", calendar)
    assert page.driver.switch_to.active_element == calendar


def test_places(page: ChatPage) -> None:
    page.open()
    [shown] = page.ask("ở đâu")
    assert "cách 1,2 km" in shown
    assert [link.get_attribute("href") for link in page.all(".place a")] == ["https://example.org/map?q=1"]


def test_what_is_said_unasked_tells_its_kind(page: ChatPage) -> None:
    page.open()
    [shown] = page.ask("lời nhắc")
    assert shown.splitlines()[:1] == ["Nhắc lịch hẹn"]
    assert "Nhắc bạn: 09:15 ngày mai." in shown
    assert page.click_choice("Ngừng nhắc") == ["Đã nhận: p-stop"]


def test_sharing_where_one_is(page: ChatPage, driver: WebDriver, fake_assistant: FakeAssistant) -> None:
    page.open()
    page.ask("vị trí")
    grant = {"origin": page.url.rstrip("/"), "permissions": ["geolocation"]}
    driver.execute_cdp_cmd("Browser.grantPermissions", grant)
    driver.execute_cdp_cmd(
        "Emulation.setGeolocationOverride", {"latitude": 21.0711111, "longitude": 105.8, "accuracy": 9}
    )
    with page.next_reply():
        page.click(page.one(".chip.strong"))
    assert page.replies()[-1] == ["Vị trí: 21.0711, 105.8"]
    assert page.said()[-1] == "Đã chia sẻ vị trí"
    assert fake_assistant.turns[-1].text is None


def test_not_sharing_where_one_is(page: ChatPage, driver: WebDriver) -> None:
    page.open()
    page.ask("vị trí")
    refuse = "navigator.geolocation.getCurrentPosition = (found, refused) => refused({code: 1})"
    driver.execute_script(refuse)
    page.click(page.one(".chip.strong"))
    assert "nhập tên phường" in page.one(".problem").text
    assert page.one(".chip.strong").get_attribute("aria-disabled") is None


def test_html_is_text(page: ChatPage, driver: WebDriver) -> None:
    page.open()
    evil = "<img src=x onerror='window.hacked=1'><b>đậm</b>"
    assert page.ask(evil) == [f"Đã nhận: {evil}"]
    assert page.said() == [evil]
    [shown] = page.ask("link xấu")
    assert "<img src=x onerror=alert(1)>" in shown
    assert "<script>window.hacked=1</script>" in shown
    assert driver.execute_script("return window.hacked") is None
    assert page.all("#log img, #log script, #log .entry:not(.greeting) b, #log i") == []
    assert page.all("#log a") == []  # a source that is not https is no link
    page.reload()
    page.until(page.replies)
    assert page.said()[0] == evil
    assert page.all("#log img, #log script") == []


def test_only_https_in_a_text_becomes_a_link(page: ChatPage) -> None:
    page.open()
    page.ask("liên kết")
    assert [link.get_attribute("href") for link in page.all("#log a")] == ["https://example.org/a?b=1"]


def test_the_composer(page: ChatPage) -> None:
    page.open()
    box = page.one("#question")
    low = box.size["height"]
    box.send_keys("a", Keys.SHIFT + Keys.ENTER, Keys.NULL, "b")
    assert box.get_attribute("value") == "a\nb"
    assert box.size["height"] > low
    assert not page.one("#counter").is_displayed()
    page.driver.execute_script(
        "arguments[0].value = 'x'.repeat(900); arguments[0].dispatchEvent(new Event('input'))", box
    )
    assert page.one("#counter").text == "Còn 100 ký tự"
    box.clear()
    box.send_keys("   ", Keys.ENTER)
    assert page.said() == []


def test_enter_that_ends_a_composed_word_sends_nothing(page: ChatPage) -> None:
    page.open()
    page.one("#question").send_keys("tiếng việt")
    page.driver.execute_script(
        "document.getElementById('question').dispatchEvent("
        "new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true}))"
    )
    assert page.said() == []


def test_by_keyboard_alone(page: ChatPage, driver: WebDriver) -> None:
    page.open()

    def press(*keys: str) -> None:
        driver.switch_to.active_element.send_keys(*keys)

    def tab_to(wanted: Callable[[], bool]) -> None:
        for _ in range(30):
            press(Keys.TAB)
            outline = driver.switch_to.active_element.value_of_css_property("outline-style")
            inside = driver.execute_script("return document.activeElement.id === 'question'")
            assert outline != "none" or inside, "focus must be seen"
            if wanted():
                return
        raise AssertionError("not reached by Tab")

    driver.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    assert driver.switch_to.active_element.get_attribute("class") == "skip"
    with page.next_reply():
        tab_to(lambda: driver.switch_to.active_element.text == "Đặt lịch hẹn")
        press(Keys.SPACE)
    assert driver.switch_to.active_element.text.startswith("Đặt lịch hẹn")  # the place is not lost
    tab_to(lambda: driver.switch_to.active_element.get_attribute("id") == "question")
    with page.next_reply():
        press("bằng bàn phím", Keys.ENTER)
    page.one("#menu-button").send_keys(Keys.ENTER)
    assert page.one("#menu").is_displayed()
    press(Keys.ESCAPE)
    assert not page.one("#menu").is_displayed()
    assert driver.switch_to.active_element.get_attribute("id") == "menu-button"


def test_a_new_conversation_forgets_the_old(page: ChatPage, driver: WebDriver, fake_assistant: FakeAssistant) -> None:
    page.open()
    page.ask("giấy tờ")
    page.click(page.all(".ticks input")[0])
    for answer in ("confirm-no", "confirm-yes"):
        assert page.said() == ["giấy tờ"]
        page.one("#menu-button").click()
        page.one("#new").click()
        page.one(f"#{answer}").click()
    assert page.said() == []
    assert driver.execute_script("return localStorage.getItem('tthc.ticks')") is None
    page.ready()
    page.ask("xin chào")
    assert len({turn.conversation for turn in fake_assistant.turns}) == 2


def test_the_transcript(page: ChatPage, downloads: Path) -> None:
    page.open()
    page.ask("giấy tờ")
    page.one("#menu-button").click()
    page.one("#save").click()
    page.until(lambda: [file for file in downloads.glob("tro-chuyen-*.txt") if file.stat().st_size])
    text = next(downloads.glob("*.txt")).read_text(encoding="utf-8-sig")
    assert "Bạn:\ngiấy tờ" in text.replace("\r\n", "\n")
    assert "Giấy tờ cần có: tờ khai; giấy chứng sinh." in text
