"""A browser and a server for the chat page."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from chat_page import AXE_LINES, ChatPage
from fake_assistant import FakeAssistant
from fastapi import FastAPI
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.webdriver import WebDriver
from stack import Stack
from web_server import WebServer

from connectors.web import web_router

SECRET = "a-key-of-these-tests-only-0123456789"
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=vi",
]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if AXE_LINES:
        terminalreporter.section("accessibility of each state (axe, WCAG 2.2 AA)")
        for line in AXE_LINES:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDriver]:
    """Chromium with a profile of its own.  Tests take `driver`, which cleans up between them."""
    options = Options()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or "chromium"
    for flag in [*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('browser')}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver") or "chromedriver"))
    driver.set_page_load_timeout(30)
    yield driver
    driver.quit()


@pytest.fixture
def driver(browser: WebDriver) -> Iterator[WebDriver]:
    browser.set_window_size(1280, 900)
    yield browser
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    browser.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": "*", "storageTypes": "all"})
    browser.get("about:blank")


@pytest.fixture
def phone(driver: WebDriver) -> Callable[[int, int], None]:
    """Makes the window a screen of (width, height) CSS pixels; windows themselves stop at about 500."""

    def resize(width: int, height: int = 740) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": True}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    return resize


@pytest.fixture
def fake_assistant() -> FakeAssistant:
    return FakeAssistant()


@pytest.fixture
def server(fake_assistant: FakeAssistant) -> Iterator[WebServer]:
    def make_app() -> FastAPI:
        app = FastAPI()
        app.include_router(web_router(fake_assistant, SECRET))
        return app

    server = WebServer(make_app)
    server.start()
    yield server
    fake_assistant.gate.set()
    server.stop()


@pytest.fixture
def page(driver: WebDriver, server: WebServer) -> ChatPage:
    return ChatPage(driver, server.url)


@pytest.fixture
def downloads(driver: WebDriver, tmp_path: Path) -> Path:
    driver.execute_cdp_cmd("Page.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    return tmp_path


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole assistant, started once for all tests."""
    stack = Stack(tmp_path_factory.mktemp("stack"), TTHC_QUIET_HOURS="")  # tests run at night too
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()
