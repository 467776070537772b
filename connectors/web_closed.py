"""The web channel switched off: a page that says so with the hotline, a widget that shows nothing, no conversations."""

from __future__ import annotations

from html import escape

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from actions.wording import say, say_error
from connectors.web_files import security_headers
from knowledge_base.errors import ErrorCode, Unavailable

_PAGE = (
    '<!doctype html>\n<html lang="vi"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "<title>{title}</title></head><body><main><h1>{title}</h1><p>{text}</p></main></body></html>"
)


def closed_router() -> APIRouter:
    """The addresses of the web channel, answered 503; the script of the widget is empty: sites show nothing broken."""
    router = APIRouter()
    headers = security_headers(()) | {"Cache-Control": "no-store", "Retry-After": "600"}
    off = Unavailable(ErrorCode.CHANNEL_DOWN, "web: switched off")

    @router.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    async def page() -> Response:
        content = _PAGE.format(title=escape(say("web.closed_title")), text=escape(say("web.closed_text")))
        return HTMLResponse(content, 503, headers)

    @router.get("/widget.js", include_in_schema=False)
    async def widget() -> Response:
        return Response("", media_type="text/javascript; charset=utf-8", headers=headers)

    @router.api_route("/chat/{rest:path}", methods=["GET", "POST"], include_in_schema=False)
    async def chat(_: Request) -> Response:
        return JSONResponse({"type": "error", "code": off.code.value, "text": say_error(off)}, 503, headers)

    return router
