"""The chat page as a person uses it; works against any server that serves the page."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

AXE_LINES: list[str] = []  # one a state judged, told at the end of the run


class ChatPage:
    def __init__(self, driver: WebDriver, url: str, patience_s: float = 20) -> None:
        self.driver = driver
        self.url = url
        self._patience_s = patience_s

    # --- opening

    def open(self, link: str | None = "live") -> ChatPage:
        """Opens the page and waits until it talks to the assistant (`link` "live" or "http"; None: do not wait)."""
        self.driver.get(self.url)
        return self.ready(link)

    def reload(self, link: str | None = "live") -> ChatPage:
        self.driver.refresh()
        return self.ready(link)

    def ready(self, link: str | None = "live") -> ChatPage:
        self.until(lambda: self.data("ready") == "true")
        if link:
            self.until(lambda: self.data("link") == link)
        return self

    # --- talking

    def ask(self, text: str) -> list[str]:
        """Sends a message and waits for its answer: the texts of the messages of the new reply."""
        with self.next_reply():
            self.send(text)
        return self.replies()[-1]

    def send(self, text: str) -> None:
        box = self.one("#question")
        box.send_keys(text.replace("\n", Keys.SHIFT + Keys.ENTER + Keys.NULL))
        box.send_keys(Keys.ENTER)

    @contextlib.contextmanager
    def next_reply(self) -> Iterator[None]:
        before = len(self.replies())
        yield
        self.until(lambda: len(self.replies()) > before)

    def replies(self) -> list[list[str]]:
        """Each reply as the visible texts of its messages; the greeting is not one."""
        found: list[list[str]] = self.driver.execute_script(
            "return [...document.querySelectorAll('.entry.assistant:not(.greeting)')]"
            ".map(entry => [...entry.querySelectorAll(':scope > [data-type]')].map(node => node.innerText))"
        )
        return found

    def said(self) -> list[str]:
        """What the citizen said."""
        return [node.text for node in self.all(".entry.citizen .bubble")]

    def choices(self) -> list[str]:
        """Titles of the buttons that can be pressed now."""
        return [node.text for node in self._open_choices()]

    def click_choice(self, title: str) -> list[str]:
        """Presses the newest open button of that title and waits for the answer."""
        button = next(node for node in reversed(self._open_choices()) if node.text == title)
        with self.next_reply():
            self.click(button)
        return self.replies()[-1]

    def _open_choices(self) -> list[WebElement]:
        return self.all(".chips[role=group] button.chip:not([aria-disabled=true])")

    # --- looking

    def one(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def click(self, element: WebElement) -> None:
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def data(self, name: str) -> str | None:
        value: str | None = self.driver.execute_script("return document.documentElement.dataset[arguments[0]]", name)
        return value

    def until(self, condition: Callable[[], Any]) -> Any:
        return WebDriverWait(self.driver, self._patience_s, poll_frequency=0.05).until(lambda _: condition())

    def set_theme(self, name: str) -> None:
        """`auto`, `light` or `dark`, through the options."""
        self.option(f"#menu input[value={name}]")

    def toggle_large_text(self) -> None:
        self.option("#large")

    def option(self, selector: str) -> None:
        self.one("#menu-button").click()
        self.one(selector).click()
        self.one("#menu-button").click()

    def width_overflow(self) -> int:
        """How many CSS pixels the page is wider than its window, the log included."""
        return int(
            self.driver.execute_script(
                "const log = document.getElementById('log');"
                "const page = document.documentElement.scrollWidth - window.innerWidth;"
                "return Math.max(page, log.scrollWidth - log.clientWidth)"
            )
        )

    def console(self) -> list[str]:
        """What the browser's console said since the last call."""
        answer = self.driver.execute("getLog", {"type": "browser"})
        return [line["message"] for line in answer["value"] if line["level"] != "DEBUG"]

    def axe_violations(self) -> list[str]:
        """What axe finds against WCAG 2.2 A and AA and its own best practice: one line a fault, empty when clean."""
        return self.axe()[0]

    def axe(self) -> tuple[list[str], int]:
        """The faults as above, and how many rules found none."""
        from axe_core_python.selenium import Axe  # here, so that the page can be driven without it

        axe = Axe()
        # transitions half done have the wrong colours
        self.until(
            lambda: self.driver.execute_script(
                "return document.getAnimations().every(a => !(a instanceof CSSTransition))"
            )
        )
        result = axe.run(self.driver, options={"runOnly": {"type": "tag", "values": WCAG}})
        faults = [
            f"{fault['id']}: {node['html'][:160]} {[check['message'] for check in node['any']]}"
            for fault in result["violations"]
            for node in fault["nodes"]
        ]
        return faults, len(result["passes"])
