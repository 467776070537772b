"""What a browser gets before anyone has said a word: the page, its files, and the widget that shows it elsewhere.

`GET /` (`?lang=en` in English), `/static/chat/…`, and `/widget.js`, which other sites load by one script line.  Whether
a site may show the page is said twice, from one list: to the browser (`frame-ancestors`), which enforces it, and to
both ends of the widget, which listen to nobody else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from connectors.web_files import PAGE, PageFiles, Stored, security_headers
from connectors.web_theme import Brand
from knowledge_base.errors import ErrorCode, Misconfigured

WIDGET = Path(__file__).parent / "web_widget" / "widget.js"
LANGUAGES = ("vi", "en")
_SOURCE = re.compile(r"(?P<scheme>https?)://(?P<any>\*\.)?(?P<host>[a-z0-9.-]*[a-z0-9])(:(?P<port>\d{1,5}))?")


def page_routes(
    brand: Brand, frame_ancestors: Sequence[str], text_limit: int, *, voice: bool
) -> tuple[APIRouter, dict[str, str]]:
    """The routes, and the headers that every answer of the channel carries.

    Raises:
        Misconfigured: one of `frame_ancestors` is neither `'self'` nor an origin (`https://host`, `https://*.host`).
    """
    parents = parent_pattern(frame_ancestors)
    headers = security_headers(frame_ancestors, microphone=voice)
    tables = {language: _table(brand, language) for language in LANGUAGES}
    values = {
        "text_limit": str(text_limit),
        "parents": parents,
        "voice": str(voice).lower(),
        "logo": brand.theme.logo,
        "colour": brand.theme.colours.deep,
    }
    more = {f"strings.{language}.json": _json(table) for language, table in tables.items()}
    more |= {"theme.css": brand.css().encode(), "theme.json": brand.theme.model_dump_json().encode()}
    files = PageFiles(values, more=more | {brand.theme.logo: brand.logo})
    widget = Stored(_widget(brand, parents, tables), ".js")
    router = APIRouter()

    @router.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    async def page(request: Request) -> Response:
        return _sealed(files.index(request, request.query_params.get("lang", "")), headers)

    @router.get("/static/chat/{name}", include_in_schema=False)
    @router.get("/static/chat/{version}/{name}", include_in_schema=False)
    async def static(request: Request, name: str, version: str = "") -> Response:
        return _sealed(files.file(request, name, version) or Response(status_code=404), headers)

    @router.get("/widget.js", include_in_schema=False)
    async def widget_script(request: Request) -> Response:
        return _sealed(widget.answer(request, "no-cache"), headers)

    return router, headers


def parent_pattern(frame_ancestors: Sequence[str]) -> str:
    """A regular expression, for Python and JavaScript alike, of the origins in a list of CSP sources; `'self'` is left
    out, each end knows its own origin."""
    patterns = []
    for source in frame_ancestors:
        if source == "'self'":
            continue
        parts = _SOURCE.fullmatch(source.lower())
        if parts is None:
            raise Misconfigured(ErrorCode.MISCONFIGURED, f"TTHC_FRAME_ANCESTORS: {source} is not an origin")
        scheme = "https" if parts["scheme"] == "https" else "https?"  # as CSP matches: http allows https too
        port = "" if parts["port"] in (None, "80", "443") else f":{parts['port']}"
        under = r"([a-z0-9-]+\.)+" if parts["any"] else ""
        patterns.append(f"{scheme}://{under}{parts['host'].replace('.', chr(92) + '.')}{port}")
    return f"^({'|'.join(patterns)})$" if patterns else "^(?!)$"


def _table(brand: Brand, language: str) -> dict[str, Any]:
    return brand.strings(language, json.loads((PAGE / f"strings.{language}.json").read_bytes()))


def _widget(brand: Brand, parents: str, tables: dict[str, dict[str, Any]]) -> bytes:
    colours = brand.theme.colours
    config = {
        "parents": parents,
        "colours": {"primary": colours.primary, "deep": colours.deep},
        "words": {name: table["widget"] | {"name": table["header"]["name"]} for name, table in tables.items()},
    }
    return WIDGET.read_bytes().replace(b'"{{config}}"', _json(config))


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _sealed(response: Response, headers: dict[str, str]) -> Response:
    response.headers.update(headers)
    return response
