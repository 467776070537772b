"""The counter page on a real server: real queue and accounts on SQLite, a clock that stands on a busy morning."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from chat_page import ChatPage
from fake_assistant import FakeAssistant
from fastapi import FastAPI
from pydantic import SecretStr
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement

from actions.appointments.calendar import WorkingCalendar
from actions.appointments.counter_port import Lane
from actions.appointments.opening import Opening
from actions.appointments.port import Appointment
from actions.appointments.slots import SlotPlan
from actions.clock import HANOI, FixedClock
from actions.intake.receipts import Kind
from actions.intake.requests import Requests
from assistant import migrate
from assistant.api import errors
from assistant.app import make_parts, make_staff
from assistant.staff import routes
from assistant.staff.officers import Role
from connectors.web import web_router
from tests.assistant.whole_platform import make_settings

HERE, ELSEWHERE = "CN01", "CN02"
PASSWORD = "mot-mat-khau-kha-dai"
NOW = dt.datetime(2026, 11, 25, 8, 52, tzinfo=HANOI)
NAMES = ["Nguyễn Thị Hoa", "Trần Văn Minh", "Lê Thu Hằng", "Phạm Quốc Việt", "Đỗ Thị Mai", "Vũ Đình Khôi", ""]
CODES = ["1.001193", "1.000894", "2.000815", "1.004222", "1.001193", "2.000884", "1.001612"]


class CounterSite:
    """`app()` anew on the same data, as after a restart.  `shared` keeps the search index for all tests."""

    def __init__(self, folder: Path, shared: Path) -> None:
        self.clock = FixedClock(NOW - dt.timedelta(days=1, hours=3))
        address = SecretStr(f"sqlite:///{folder / 'counter.sqlite'}")
        self.parts = make_parts(make_settings(shared, public_url="", database_url=address), self.clock)
        migrate.upgrade(self.parts.settings.database)
        opening = Opening.load()
        self.plan = SlotPlan(self.parts.branches, WorkingCalendar.load(hours=opening), opening)
        self.staff = make_staff(self.parts, self.plan)
        self.lan = self.staff.officers.add("lan", "Nguyễn Ngọc Lan", Role.OFFICER, [HERE], PASSWORD)
        self.staff.officers.add("hung", "Trịnh Quang Hùng", Role.SUPERVISOR, [HERE, ELSEWHERE], PASSWORD)

    def app(self) -> FastAPI:
        self.staff = make_staff(self.parts, self.plan)
        app = FastAPI()
        errors.install(app)
        app.include_router(routes.router(self.staff))
        app.include_router(web_router(FakeAssistant(), "a-key-of-these-tests-only-0123456789"))
        return app

    def book(self, index: int, hour: int = 9, minute: int = 0, branch: str = HERE) -> Appointment:
        now, self.clock.moment = self.clock.moment, NOW - dt.timedelta(days=1)
        try:
            return self.parts.booking.book(
                branch_id=branch,
                starts_at=dt.datetime(2026, 11, 25, hour, minute, tzinfo=HANOI),
                conversation="web:a",
                phone=f"09123{index:05d}",
                consent=True,
                idempotency_key=f"key-{branch}-{index}",
                procedure_code=CODES[index % len(CODES)],
                name=NAMES[index % len(NAMES)],
            )
        finally:
            self.clock.moment = now

    def leave_message(self, text: str, phone: str) -> str:
        """A request for an officer, from the web page; its receipt number."""
        requests = Requests(self.parts.database, self.parts.keys, self.clock)
        return requests.leave(
            Kind.HANDOVER, "web:someone", "web", "1.001193", message=text, phone=phone, consent="v1"
        ).receipt

    def morning(self) -> list[Appointment]:
        """Twelve appointments: some here, one called, one served, the rest still to come."""
        made = [self.book(4561 + index, 8 + index // 4, 15 * (index % 4)) for index in range(12)]
        self.clock.moment = NOW - dt.timedelta(minutes=30)
        counter = self.staff.counter
        for index, one in enumerate(made[:7]):
            self.clock.advance(minutes=3)
            counter.check_in(HERE, one.number, self.lan.id, Lane.PRIORITY if index in (2, 5) else Lane.ORDINARY)
        first = counter.call_next(HERE, self.lan.id, "2")
        counter.served(HERE, first.appointment_id, first.version, self.lan.id)
        counter.call_next(HERE, self.lan.id, "3")
        self.clock.moment = NOW
        return made

    def close(self) -> None:
        self.parts.knowledge.close()
        self.parts.database.close()


class CounterPage(ChatPage):
    """The page as an officer uses it."""

    def __init__(self, driver: WebDriver, url: str) -> None:
        super().__init__(driver, url + "can-bo/")

    def login(self, username: str = "lan", password: str = PASSWORD) -> CounterPage:
        self.driver.get(self.url)
        self.until(lambda: self.data("ready") == "true")
        self.enter(username, password)
        self.until(lambda: self.data("link") == "live")
        return self

    def enter(self, username: str, password: str) -> None:
        for name, text in (("#username", username), ("#password", password)):
            self.one(name).clear()
            self.one(name).send_keys(text)
        self.one("#password").send_keys(Keys.ENTER)

    def scan(self, code: str) -> None:
        """As a scanner does: keys, then Enter."""
        self.one("#scan").send_keys(Keys.CONTROL, "a")
        self.one("#scan").send_keys(code + Keys.ENTER)

    def press(self, key: str) -> None:
        self.driver.switch_to.active_element.send_keys(key)

    def numbers(self, group: str) -> list[str]:
        found: list[str] = self.driver.execute_script(
            "return [...document.querySelectorAll(`#${arguments[0]} .visit`)].map(row => row.dataset.number)", group
        )
        return found

    def row_text(self, number: str, group: str) -> str:
        """What the row says, empty when it is not in that list."""
        found: str = self.driver.execute_script(
            "const row = document.querySelector(`#${arguments[1]} .visit[data-number='${arguments[0]}']`);"
            "return row ? row.innerText : ''",
            number,
            group,
        )
        return found

    def button(self, number: str, group: str, act: str) -> WebElement:
        return self.one(f"#{group} .visit[data-number='{number}'] [data-act={act}]")

    def said(self) -> str:  # type: ignore[override]
        return self.one("#said").text

    def trouble(self) -> str:
        return self.one("#trouble").text

    def open_menu(self, item: str) -> None:
        self.one("#menu-button").click()
        self.one(f"#{item}").click()

    def width_overflow(self) -> int:
        return int(self.driver.execute_script("return document.documentElement.scrollWidth - window.innerWidth"))
