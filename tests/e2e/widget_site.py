"""A site of somebody else that embeds the widget, with a content policy that allows our origin and nothing inline."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape

from chat_page import ChatPage
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from web_server import WebServer

PAGE = """<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>Phường {path}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/site.css">
<script src="{home}widget.js" defer{options}></script></head>
<body><main><h1>Trang của phường</h1><p>Tin tức và thông báo.</p>
<a href="/other" id="link">Trang khác</a></main></body></html>"""
# what a careless site may have: none of it may reach the widget
CSS = "* { letter-spacing: 3px } button, iframe, p { display: none; color: red } a { color: #00308f }"


def site(home: str, host: str = "localhost", port: int | None = None) -> WebServer:
    """Serves any path; the query becomes options: `/?title=Hỏi` is `data-title="Hỏi"`."""

    async def page(request: Request) -> Response:
        options = "".join(f' data-{name}="{escape(value)}"' for name, value in request.query_params.items())
        policy = f"default-src 'none'; style-src 'self'; script-src {home}; frame-src {home}"
        text = PAGE.format(path=request.url.path, home=home, options=options)
        return HTMLResponse(text, headers={"Content-Security-Policy": policy})

    async def css(_: Request) -> Response:
        return Response(CSS, media_type="text/css")

    app = Starlette(routes=[Route("/site.css", css), Route("/{path:path}", page)])
    server = WebServer(lambda: app, port)
    server.url = f"http://{host}:{server.port}/"
    return server


class Widget:
    """The widget as a person uses it."""

    def __init__(self, driver: WebDriver, chat: ChatPage) -> None:
        self.driver = driver
        self.chat = chat
        self.until: Callable[[Callable[[], object]], object] = chat.until

    def visit(self, url: str) -> Widget:
        self.driver.get(url)
        self.until(lambda: self.driver.find_elements(By.CSS_SELECTOR, "tthc-widget"))
        return self

    def part(self, selector: str) -> WebElement:
        host = self.driver.find_element(By.CSS_SELECTOR, "tthc-widget")
        return host.shadow_root.find_element(By.CSS_SELECTOR, selector)

    @property
    def button(self) -> WebElement:
        return self.part(".launch")

    def parts(self, selector: str) -> list[WebElement]:
        host = self.driver.find_element(By.CSS_SELECTOR, "tthc-widget")
        return host.shadow_root.find_elements(By.CSS_SELECTOR, selector)

    def is_open(self) -> bool:
        return self.button.get_attribute("aria-expanded") == "true"

    def shows_chat(self) -> bool:
        return bool(self.parts(".ready iframe")) and self.part("iframe").is_displayed()

    def open(self) -> Widget:
        self.button.click()
        self.until(self.shows_chat)
        return self

    @contextmanager
    def inside(self) -> Iterator[ChatPage]:
        self.driver.switch_to.frame(self.part("iframe"))
        try:
            yield self.chat
        finally:
            self.driver.switch_to.default_content()

    def focused(self) -> str:
        """`page`, or the class of what has the focus in the widget, `frame` for the chat."""
        found: str = self.driver.execute_script(
            "const host = document.activeElement;"
            "if (host.localName !== 'tthc-widget') return host.id || 'page';"
            "const node = host.shadowRoot.activeElement;"
            "return node.localName === 'iframe' ? 'frame' : node.className"
        )
        return found
