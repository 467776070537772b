"""The counter page in a browser: the day's work by mouse, by keyboard, by scanner; two officers; a lost connection."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from counter_site import HERE, PASSWORD, CounterPage, CounterSite
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from web_server import WebServer

from actions.appointments.ticket import qr_content
from assistant.staff.officers import Role

TARGETS = """
return [...document.querySelectorAll('button, input:not([type=radio]), select, summary, .lanes label, .segments label')]
  .filter(node => node.offsetParent && getComputedStyle(node).visibility !== 'hidden')
  .map(node => [node, node.getBoundingClientRect()])
  .filter(([, box]) => box.width < 24 || box.height < 24)
  .map(([node]) => node.outerHTML)
"""


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("counter")


@pytest.fixture
def site(tmp_path: Path, shared: Path) -> Iterator[CounterSite]:
    site = CounterSite(tmp_path, shared)
    yield site
    site.close()


@pytest.fixture
def server(site: CounterSite) -> Iterator[WebServer]:
    server = WebServer(site.app)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def counter(driver: WebDriver, server: WebServer) -> Iterator[CounterPage]:
    page = CounterPage(driver, server.url)
    yield page
    driver.delete_all_cookies()


def test_log_in_and_out(counter: CounterPage, site: CounterSite) -> None:
    counter.driver.get(counter.url)
    counter.until(lambda: counter.data("ready") == "true")
    counter.enter("lan", "something else")
    counter.until(lambda: "chưa đúng" in counter.one("#login-message").text)
    assert counter.axe_violations() == []
    counter.enter("lan", PASSWORD)
    counter.until(lambda: counter.data("link") == "live")
    assert counter.driver.execute_script("return document.cookie") == ""
    assert not counter.one("#branch-field").is_displayed()
    counter.driver.refresh()
    counter.until(lambda: counter.data("link") == "live")
    counter.open_menu("logout")
    counter.until(lambda: counter.one("#login").is_displayed())
    counter.driver.refresh()
    counter.until(lambda: counter.one("#login").is_displayed())
    assert counter.all(".visit") == []


def test_an_empty_day_says_so(counter: CounterPage, site: CounterSite) -> None:
    site.clock.moment = site.clock.moment.replace(day=25, hour=8)
    counter.login()
    shown = [node.text for node in counter.all(".empty") if node.is_displayed()]
    assert len(shown) == 5
    counter.press(Keys.F4)
    counter.until(lambda: "không có ai đang chờ" in counter.trouble())
    counter.press(Keys.F8)
    counter.until(lambda: "để hoàn tác" in counter.trouble())
    assert counter.axe_violations() == []


def test_a_scanner_at_work(counter: CounterPage, site: CounterSite) -> None:
    made = site.morning()
    elsewhere = site.book(900, branch="CN02")
    counter.login()
    ticket = made[8]
    counter.scan(qr_content(ticket, "https://tthc.test"))
    counter.until(lambda: f"{ticket.number} đã có mặt" in counter.said())
    assert ticket.number in counter.numbers("ordinary")
    assert counter.one("#scan").get_attribute("value") == ""
    counter.scan(ticket.number)
    counter.until(lambda: "08:52" in counter.trouble())
    counter.scan(qr_content(elsewhere, "https://tthc.test"))  # over the text that was refused
    counter.until(lambda: "Chi nhánh số 2" in counter.trouble())
    counter.scan("https://tthc.test/vé/â")
    counter.until(lambda: "bộ gõ" in counter.trouble())
    # a scanner types wherever the focus happens to be
    counter.button(made[9].number, "expected", "here").send_keys(Keys.NULL)
    counter.driver.execute_script("document.querySelector('#expected .visit button').focus()")
    counter.press(made[9].number + Keys.ENTER)
    counter.until(lambda: f"{made[9].number} đã có mặt" in counter.said())


def test_a_day_by_keyboard_alone(counter: CounterPage, site: CounterSite) -> None:
    site.morning()
    counter.login()
    assert counter.driver.switch_to.active_element.get_attribute("id") == "scan"
    counter.one("#desk").send_keys("5" + Keys.TAB)
    counter.press(Keys.F4)
    counter.until(lambda: "Mời số A-001 đến quầy 5" in counter.said())
    counter.driver.execute_script("document.querySelector('#called .visit [data-act=call]').focus()")
    for calls in (2, 3):
        counter.press(Keys.ENTER)
        counter.until(lambda calls=calls: f"Đã gọi {calls} lần" in counter.said())
    counter.until(lambda: counter.driver.switch_to.active_element.get_attribute("data-act") in ("missed", "served"))
    counter.button("A-001", "called", "missed").send_keys(Keys.ENTER)
    counter.until(lambda: counter.numbers("missed") == ["A-001"])
    counter.press(Keys.F8)
    counter.until(lambda: "A-001" in counter.numbers("called"))
    counter.press(Keys.F9)
    counter.until(lambda: "Đã cấp số A-013" in counter.said())
    assert "A-013" in counter.numbers("ordinary")
    counter.press(Keys.F2)
    assert counter.driver.switch_to.active_element.get_attribute("id") == "scan"


def test_every_button_of_a_row(counter: CounterPage, site: CounterSite) -> None:
    site.morning()
    counter.login()
    counter.button("A-008", "expected", "here_priority").click()
    counter.until(lambda: counter.numbers("priority") == ["A-008"])
    counter.button("A-008", "priority", "lane").click()
    counter.until(lambda: "A-008" in counter.numbers("ordinary"))
    counter.button("A-008", "ordinary", "call").click()
    counter.until(lambda: "A-008" in counter.numbers("called"))
    counter.button("A-008", "called", "served").click()
    counter.until(lambda: "A-008 đã hoàn thành" in counter.said())
    for _ in range(4):
        before = counter.said()
        counter.one("#undo").click()
        counter.until(lambda before=before: counter.said() != before)
    assert "A-008" in counter.numbers("expected")


def test_phones_hide_until_asked_for(counter: CounterPage, site: CounterSite) -> None:
    site.morning()
    counter.login()
    assert "0912304561" not in counter.driver.page_source
    counter.button("A-001", "ordinary", "phone").click()
    counter.until(lambda: "0912304561" in counter.row_text("A-001", "ordinary"))
    assert [act.kind for act in site.staff.counter.acts(HERE, site.clock.now().date())][-1] == "phone_shown"


def test_search(counter: CounterPage, site: CounterSite) -> None:
    site.morning()
    counter.login()
    counter.one("#search").send_keys("4572" + Keys.ENTER)
    counter.until(lambda: counter.numbers("found") == ["A-012"])
    assert counter.axe_violations() == []
    counter.one("#found-close").click()
    counter.until(lambda: not counter.one("#found").is_displayed())
    counter.one("#search").send_keys("99999" + Keys.ENTER)
    counter.until(lambda: "Không tìm thấy" in counter.said())


def test_walk_in_for_an_old_person_with_a_phone(counter: CounterPage, site: CounterSite) -> None:
    site.morning()
    counter.login()
    counter.one("#walk-phone").send_keys("12")
    counter.one("#walk-form button[value=priority]").click()
    counter.until(lambda: "Số điện thoại chưa đúng" in counter.trouble())
    counter.one("#walk-phone").clear()
    counter.one("#walk-phone").send_keys("0987 654 321")
    counter.one("#walk-form button[value=priority]").click()
    counter.until(lambda: counter.numbers("priority") == ["A-013"])
    assert counter.one("#slip").is_displayed()
    assert counter.one("#walk-phone").get_attribute("value") == ""
    keep = "window.print = () => { window.printed = document.getElementById('paper').textContent }"
    counter.driver.execute_script(keep)
    counter.one("#slip").click()
    slip = counter.until(lambda: counter.driver.execute_script("return window.printed"))
    for part in ("A-013", "Cấp lúc 08:52, ngày 25/11/2026", "Ưu tiên 75+"):
        assert part in slip
    assert "0987" not in slip
    counter.one("#undo").click()
    counter.until(lambda: "không còn hiệu lực" in counter.said())
    assert counter.numbers("priority") == []


def test_what_another_officer_does_appears_by_itself(counter: CounterPage, site: CounterSite) -> None:
    site.morning()
    counter.login()
    queue, other = site.staff.counter, site.staff.officers.all()[0].id
    number = queue.call_next(HERE, other, "9").number
    counter.until(lambda: number in counter.numbers("called"))
    site.book(950, 10)
    counter.until(lambda: "A-013" in counter.numbers("expected"))


def test_two_officers_press_the_same_button(counter: CounterPage, site: CounterSite) -> None:
    site.morning()
    counter.login()
    visit = next(one for one in site.staff.counter.day(HERE).visits if one.number == "A-001")
    # pressed in the moment before the page has heard
    site.staff.live.nudge = lambda branch: None  # type: ignore[method-assign]
    counter.driver.execute_script(
        "const button = document.querySelector('#ordinary .visit [data-act=call]');window.late = () => button.click();"
    )
    site.staff.counter.call(HERE, visit.appointment_id, visit.version, "other", "2")
    counter.driver.execute_script("window.late()")
    counter.until(lambda: "cán bộ khác" in counter.trouble())
    counter.until(lambda: "A-001" in counter.numbers("called"))
    assert "Quầy 2" in counter.row_text("A-001", "called")


def test_a_lost_connection_is_told_and_mended(counter: CounterPage, site: CounterSite, server: WebServer) -> None:
    site.morning()
    counter.login()
    server.stop()
    counter.until(lambda: counter.data("link") == "down")
    assert "08:52" in counter.one("#banner").text
    assert "A-001" in counter.numbers("ordinary")
    counter.press(Keys.F9)
    counter.until(lambda: "Chưa gửi được" in counter.trouble())
    assert counter.axe_violations() == []
    server.start()
    counter.until(lambda: counter.data("link") == "live")
    counter.press(Keys.F9)
    counter.until(lambda: "Đã cấp số A-013" in counter.said())


def test_without_websockets_the_page_asks(counter: CounterPage, site: CounterSite, server: WebServer) -> None:
    site.morning()
    server.websockets = False
    counter.driver.get(counter.url)
    counter.until(lambda: counter.data("ready") == "true")
    counter.enter("lan", PASSWORD)
    counter.until(lambda: counter.data("link") == "polling")
    number = site.staff.counter.call_next(HERE, "other").number
    counter.until(lambda: number in counter.numbers("called"))
    assert counter.axe_violations() == []


def test_a_session_that_ended_leads_to_the_log_in(counter: CounterPage, site: CounterSite) -> None:
    site.morning()
    counter.login()
    site.staff.officers.disable("lan")
    counter.press(Keys.F4)
    counter.until(lambda: counter.one("#login").is_displayed())
    assert "Phiên làm việc đã hết" in counter.one("#login-message").text
    assert counter.all(".visit") == []
    site.staff.officers.change("lan", enable=True)
    counter.enter("lan", PASSWORD)
    counter.until(lambda: counter.data("link") == "live")
    counter.until(lambda: "A-001" in counter.numbers("ordinary"))


def test_a_supervisor_reads_the_trail(counter: CounterPage, site: CounterSite, downloads: Path) -> None:
    site.morning()
    counter.login("hung")
    counter.press(Keys.F4)
    counter.until(lambda: "Mời số A-001" in counter.said())
    counter.open_menu("trail-open")
    counter.until(lambda: counter.all("#trail-rows tr"))
    first = counter.all("#trail-rows tr")[0].text
    for part in ("Trịnh Quang Hùng", "Gọi số", "A-001", "Đang chờ → Đang gọi"):
        assert part in first
    assert counter.axe_violations() == []
    counter.one("#trail-export").click()
    counter.until(lambda: list(downloads.glob("*.csv")))
    counter.one("#trail-close").click()
    counter.until(lambda: counter.one("#work").is_displayed())


def test_a_message_is_read_and_answered(counter: CounterPage, site: CounterSite) -> None:
    left = site.leave_message("<b>Hồ sơ</b> chậm trả", "0912345678")
    counter.login("lan")
    counter.open_menu("mail-open")
    counter.until(lambda: counter.all("#mail-rows .visit"))
    counter.click(counter.one("#mail-rows button"))
    counter.until(lambda: counter.all("#mail-rows textarea"))
    shown = counter.one("#mail-rows").text
    assert "<b>Hồ sơ</b> chậm trả" in shown
    assert "0912345678" in shown
    assert counter.axe_violations() == []
    counter.one("#mail-rows textarea").send_keys("Mai có kết quả.")
    counter.click(counter.one("#mail-rows form button"))
    counter.until(lambda: left in counter.one("#mail-message").text)
    assert counter.all("#mail-rows .visit") == []
    (notice,) = site.parts.outbox.claim(5, ["web"])
    assert "Mai có kết quả." in notice.body
    counter.one("#mail-close").click()
    counter.until(lambda: counter.one("#work").is_displayed())


def test_officers_have_no_trail_and_one_branch(counter: CounterPage, site: CounterSite) -> None:
    site.morning()
    counter.login("lan")
    counter.one("#menu-button").click()
    assert not counter.one("#trail-open").is_displayed()
    assert counter.axe_violations() == []
    counter.press(Keys.ESCAPE)
    assert not counter.one("#menu").is_displayed()


def test_a_supervisor_changes_the_branch(counter: CounterPage, site: CounterSite) -> None:
    site.morning()
    site.book(900, branch="CN02")
    counter.login("hung")
    counter.one("#menu-button").click()
    counter.driver.execute_script(
        "const choice = document.getElementById('branch'); choice.value = 'CN02';"
        "choice.dispatchEvent(new Event('change'))"
    )
    counter.until(lambda: counter.numbers("expected") == ["A-001"] and not counter.numbers("ordinary"))
    assert "số 2" in counter.one("#branch-name").text


def test_export_and_print(counter: CounterPage, site: CounterSite, downloads: Path) -> None:
    site.morning()
    counter.login()
    counter.open_menu("export")
    counter.until(lambda: list(downloads.glob("lich-hen-CN01-*.csv")))
    (file,) = downloads.glob("lich-hen-CN01-*.csv")
    rows = list(csv.reader(io.StringIO(file.read_bytes().decode("utf-8-sig"))))
    assert len(rows) == 13
    counter.driver.execute_script(
        "window.print = () => { window.printed = document.getElementById('paper').innerText }"
    )
    counter.open_menu("print")
    paper = counter.until(lambda: counter.driver.execute_script("return window.printed"))
    assert "Danh sách lịch hẹn ngày 25/11/2026" in paper
    assert paper.count("A-0") == 12
    assert "0912304561" not in paper
    kinds = [act.kind for act in site.staff.counter.acts(HERE, site.clock.now().date())]
    assert kinds[-2:] == ["exported", "printed"]


def test_names_are_text_whatever_they_hold(counter: CounterPage, site: CounterSite) -> None:
    site.morning()
    now, site.clock.moment = site.clock.moment, site.clock.moment.replace(day=24)
    site.parts.booking.book(
        branch_id=HERE, starts_at=now.replace(hour=11, minute=0), conversation="web:x", phone="0987654321",
        consent=True, idempotency_key="key-markup", name="<img src=x onerror=alert(1)>",
    )  # fmt: skip
    site.clock.moment = now
    counter.login()
    counter.until(lambda: "<img src=x" in counter.row_text("A-013", "expected"))
    assert counter.all("#expected img") == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_everyone_can_use_it(
    counter: CounterPage, site: CounterSite, phone: Callable[..., None], theme: str, width: int
) -> None:
    if width < 500:
        phone(width)
    site.morning()
    site.staff.officers.change("hung", role=Role.SUPERVISOR)
    counter.driver.get(counter.url)
    counter.until(lambda: counter.data("ready") == "true")
    counter.driver.execute_script("document.documentElement.dataset.theme = arguments[0]", theme)
    assert counter.axe_violations() == []
    counter.enter("hung", PASSWORD)
    counter.until(lambda: counter.data("link") == "live")
    counter.click(counter.one("#served summary"))
    counter.press(Keys.F4)
    counter.until(counter.said)
    assert counter.axe_violations() == []
    assert counter.driver.execute_script(TARGETS) == []
    assert counter.width_overflow() <= 0
    counter.one("#menu-button").click()
    assert counter.axe_violations() == []
    counter.one("#trail-open").click()
    counter.until(lambda: counter.all("#trail-rows tr"))
    assert counter.axe_violations() == []
    assert counter.width_overflow() <= 0


def test_the_console_is_silent_and_nothing_foreign_is_fetched(
    counter: CounterPage, site: CounterSite, driver: WebDriver
) -> None:
    counter.console()
    site.morning()
    counter.login()
    counter.press(Keys.F4)
    counter.until(lambda: "Mời số" in counter.said())
    assert counter.console() == []
    fetched = driver.execute_script("return performance.getEntriesByType('resource').map(entry => entry.name)")
    origin = counter.url.removesuffix("can-bo/")
    assert [name for name in fetched if not name.startswith((origin, "data:"))] == []
