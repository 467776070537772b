"""What is said unasked on the chat page: at once when it is open, at the next contact when it was not, and once."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from chat_page import ChatPage
from fake_assistant import FakeAssistant
from fastapi import FastAPI
from selenium.webdriver.remote.webdriver import WebDriver
from web_server import WebServer

from actions.clock import SystemClock
from actions.messages import Choice, ChoicesMessage, Reply
from assistant.turn import HistoryEntry
from connectors.web import web_router
from connectors.web_notices import WebNotices

SECRET = "a-key-of-these-tests-only-0123456789"


class Book:
    """Notices beside the scripted history."""

    def __init__(self, assistant: FakeAssistant) -> None:
        self.entries: list[tuple[str, HistoryEntry]] = []
        self.assistant = assistant
        self.scripted = assistant.history
        assistant.history = self.history  # type: ignore[method-assign]

    async def keep_notice(self, conversation: str, entry: HistoryEntry) -> bool:
        known = any(kept.notice == entry.notice for _, kept in self.entries)
        self.entries += [] if known else [(conversation, entry)]
        return not known

    async def notices_since(self, conversations: list[str], moment: object) -> list[tuple[str, HistoryEntry]]:
        return [(one, entry) for one, entry in self.entries if one in conversations and entry.at > moment]  # type: ignore[operator]

    async def history(self, conversation: str, limit: int = 50) -> list[HistoryEntry]:
        mine = [entry for one, entry in self.entries if one == conversation]
        return sorted([*await self.scripted(conversation, limit), *mine], key=lambda entry: entry.at)


@pytest.fixture
def server(fake_assistant: FakeAssistant) -> Iterator[WebServer]:
    notices = WebNotices(Book(fake_assistant), SystemClock())

    def make_app() -> FastAPI:
        app = FastAPI()
        app.include_router(web_router(fake_assistant, SECRET, notices=notices))

        @app.post("/test/notice/{key}")
        async def say(key: str) -> None:
            choice = Choice(title="Ngừng nhắc", payload="p-stop")
            reply = Reply(messages=[ChoicesMessage(text=f"Nhắc bạn {key}", choices=[choice])])
            await notices.send(fake_assistant.turns[-1].conversation, reply, key)

        return app

    server = WebServer(make_app)
    server.start()
    yield server
    fake_assistant.gate.set()
    server.stop()


def say(server: WebServer, key: str) -> None:
    httpx.post(f"{server.url}test/notice/{key}", trust_env=False).raise_for_status()


def heard(page: ChatPage) -> list[str]:
    """The first line of each reply."""
    return [reply[0].splitlines()[0] for reply in page.replies()]


def test_an_open_page_shows_it_at_once_and_once(page: ChatPage, server: WebServer) -> None:
    page.open()
    page.ask("một")
    say(server, "lần-1")
    page.until(lambda: heard(page)[-1] == "Nhắc bạn lần-1")
    assert "Ngừng nhắc" in page.choices()
    assert page.one("#log").get_attribute("aria-live") == "polite", "a screen reader reads it out"
    say(server, "lần-1")
    say(server, "lần-2")
    page.until(lambda: heard(page)[-1] == "Nhắc bạn lần-2")
    assert len(page.replies()) == 3
    assert page.axe_violations() == []


def test_a_page_opened_again_shows_what_was_said(page: ChatPage, server: WebServer, driver: WebDriver) -> None:
    page.open()
    page.ask("một")
    driver.get("about:blank")
    say(server, "lần-1")
    page.open()
    page.until(lambda: len(page.replies()) == 2)
    assert heard(page)[-1] == "Nhắc bạn lần-1"
    page.ask("hai")
    assert len(page.replies()) == 3


def test_without_a_socket_it_comes_with_the_next_answer(page: ChatPage, server: WebServer) -> None:
    server.websockets = False
    page.open("http")
    page.ask("một")
    say(server, "lần-1")
    page.send("hai")
    page.until(lambda: "Nhắc bạn lần-1" in heard(page))
    assert len(page.replies()) == 3


def test_after_a_broken_connection_it_is_caught_up(page: ChatPage, server: WebServer) -> None:
    page.open()
    page.ask("một")
    server.stop()
    page.until(lambda: page.data("link") == "down")
    server.websockets = False  # up again, and no socket yet
    server.start()
    say(server, "lần-1")
    server.websockets = True
    page.until(lambda: page.data("link") == "live")
    page.until(lambda: heard(page)[-1] == "Nhắc bạn lần-1")
