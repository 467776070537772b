"""Every path of the tasks in a browser, on the real assistant: where, status, booking, change, cancel; interrupted too.

One page, several steps each: what a person does in one sitting.
"""

from __future__ import annotations

import datetime as dt
import random
import re

import httpx
import pytest
from chat_page import ChatPage
from selenium.webdriver.remote.webdriver import WebDriver
from stack import Stack, text_of
from test_conversations import next_open_day

from actions.clock import HANOI
from actions.dossiers.model import DossierStatus
from actions.dossiers.sandbox.data import sample_dossiers

LONG_BIEN = {"lat": 21.047, "lon": 105.89}
CLOSE_KM = 5.0
STATUS = "const told = document.querySelector('[role=status]'); return told ? told.innerText : ''"


@pytest.fixture
def page(driver: WebDriver, stack: Stack) -> ChatPage:
    return ChatPage(driver, f"{stack.url}/").open()


def say(page: ChatPage, text: str) -> str:
    return "\n".join(page.ask(text))


def phone() -> str:
    """Of somebody who has not booked yet."""
    return f"09{random.randrange(10**8):08d}"


def a_time(asked: str, but: str = "") -> str:
    return next(time for time in re.findall(r"\b\d\d:\d\d\b", asked) if time != but)


def test_a_shared_place_over_the_api(stack: Stack) -> None:
    asked = stack.chat("api-where", text="chi nhánh gần tôi nhất ở đâu")
    assert asked["messages"][-1]["request"] is True
    near = stack.chat("api-where", location=LONG_BIEN)
    (message,) = near["messages"]
    distances = [place["distance_km"] for place in message["places"]]
    close = [distance for distance in distances if distance <= CLOSE_KM]
    assert close
    assert distances[: len(close)] == sorted(close)
    assert message["text"].startswith("Trong vòng 5 km quanh bạn")
    (button,) = [choice for choice in message["choices"] if "payload" in choice]
    begun = stack.chat("api-where", text="đặt lịch hẹn")
    assert begun["trace"]["behaviour"] == "ask_slot"
    inside = stack.chat("api-where", location=LONG_BIEN)  # a place shared in the middle of a booking
    assert [message["type"] for message in inside["messages"]] == ["location", "choices"]
    day = stack.press("api-where", inside, button["title"])
    assert button["title"] in text_of(day)
    assert "ngày nào" in text_of(day)


def test_a_place_shared_on_the_page_and_a_booking_from_there(page: ChatPage, driver: WebDriver) -> None:
    page.ask("các chi nhánh ở đâu")
    grant = {"origin": page.url.rstrip("/"), "permissions": ["geolocation"]}
    driver.execute_cdp_cmd("Browser.grantPermissions", grant)
    where = {"latitude": LONG_BIEN["lat"], "longitude": LONG_BIEN["lon"], "accuracy": 9}
    driver.execute_cdp_cmd("Emulation.setGeolocationOverride", where)
    with page.next_reply():
        page.click(page.one(".chip.strong"))
    shown = "\n".join(page.replies()[-1])
    told = [float(km.replace(",", ".")) for km in re.findall(r"(\d+,\d) km", shown)]
    assert len(told) >= 2
    assert told[0] <= CLOSE_KM
    assert told == sorted(told)
    assert "đường chim bay" in shown
    assert page.axe_violations() == []


def test_status_interrupted_refused_proven_and_watched(page: ChatPage) -> None:
    samples = sample_dossiers(dt.datetime.now(HANOI).date())
    sample = next(one for one in samples if one.status is DossierStatus.PROCESSING)
    say(page, "tra cứu hồ sơ")
    aside = say(page, "đăng ký tạm trú mất bao lâu")
    assert "1.004194" in aside
    assert "mã hồ sơ" in aside.lower()
    assert "4 số cuối" in say(page, f"à, mã là {sample.code.lower()} nhé")
    absent = say(page, "0000" if sample.id_tail != "0000" else "1111")
    say(page, "tra cứu hồ sơ")
    say(page, "H26.16-261103-7777")
    assert say(page, "0000") == absent  # a wrong proof and no such dossier: the same words
    say(page, "tra cứu hồ sơ")
    say(page, sample.code)
    told = say(page, sample.id_tail)
    assert "Dữ liệu lúc" in told
    assert "theo dõi" in say(page, "báo tôi khi có thay đổi").lower()
    stopped = say(page, "hồ sơ của tôi đến đâu rồi") and say(page, "thôi")
    assert "traceback" not in stopped.lower()


def test_booking_interrupted_corrected_moved_shown_and_cancelled(page: ChatPage, stack: Stack) -> None:
    day = next_open_day()
    say(page, "đặt lịch hẹn cho mẹ tôi 78 tuổi")
    assert "ngày" in say(page, "chi nhánh số 7")
    aside = say(page, "đăng ký tạm trú mất bao lâu")
    assert "1.004194" in aside
    assert "ngày nào" in aside
    assert "không có trong lịch" in say(page, "ngày 30/2")
    asked = say(page, f"ngày {day:%d/%m}")
    assert "điện thoại" in say(page, a_time(asked))
    corrected = say(page, "à không, chi nhánh số 2")
    if "điện thoại" not in corrected:  # the hour may be taken there
        say(page, a_time(corrected))
    confirm = say(page, phone())
    assert "Chi nhánh số 2" in confirm
    assert "Luồng ưu tiên (người từ 75 tuổi)" in confirm
    page.click_choice("Đồng ý, đặt lịch")
    ticket = page.one("[data-type=ticket]").text
    first = a_time(ticket)
    links = [link.get_attribute("href") or "" for link in page.all("[data-type=ticket] a")]
    printed = next(link for link in links if "/ve/" in link and ".ics" not in link)
    asked = say(page, "đổi lịch hẹn")
    assert "Lịch hiện tại" in asked
    say(page, "đăng ký kết hôn cần giấy tờ gì")
    wanted = "10:45" if first != "10:45" else "11:00"
    moved = say(page, f"đổi lịch sang {wanted}")
    assert "Đã đổi lịch hẹn" in moved
    assert wanted in moved
    assert wanted in say(page, "xem lịch hẹn của tôi")
    shown = httpx.get(printed, timeout=30, trust_env=False)
    assert shown.status_code == 200
    assert wanted in shown.text
    say(page, "hủy lịch")
    kept = "\n".join(page.click_choice("Giữ lịch"))
    assert "giữ nguyên" in kept
    say(page, "hủy lịch")
    assert "Đã huỷ" in "\n".join(page.click_choice("Huỷ lịch này"))
    assert "không thấy lịch hẹn" in say(page, "đổi lịch hẹn")
    assert page.axe_violations() == []


def test_the_ticket_s_own_page_moves_and_cancels(page: ChatPage, driver: WebDriver) -> None:
    """In a browser that never saw the conversation, with the secret alone."""
    day = next_open_day()
    say(page, f"đặt lịch hẹn ngày {day:%d/%m} ở chi nhánh số 7")
    say(page, a_time(page.replies()[-1][-1]))
    say(page, phone())
    page.click_choice("Đồng ý, đặt lịch")
    ticket = page.one("[data-type=ticket]")
    secret = next(found for found in re.findall(r"\b[A-Z2-9]{8}\b", ticket.text))
    links = [link.get_attribute("href") or "" for link in page.all("[data-type=ticket] a")]
    driver.delete_all_cookies()
    driver.get(next(link for link in links if "/ve/" in link and ".ics" not in link))
    assert page.axe_violations() == []
    for given, said in (("AAAA2222", "Mã"), (secret, "Đã đổi giờ")):
        page.one("#secret-doi").send_keys(given)
        page.click(page.one("form[action$=doi] button"))
        page.until(lambda said=said: said in driver.execute_script(STATUS))
    page.one("#secret-huy").send_keys(secret)
    page.click(page.one("form[action$=huy] button"))
    page.until(lambda: "Đã huỷ" in driver.execute_script(STATUS))
    assert not page.all("form")
