"""The chat page and its files: read once, sent with headers that let nothing foreign in.

The files live under `/static/chat/<version>/`, where the version is a hash of all of them: modules import each other by
relative path, so one address change renews the whole page, and each file may be kept for a year.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

PAGE = Path(__file__).parent / "web_page"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
    ".png": "image/png",
}
_PLACEHOLDER = re.compile(r"\{\{([a-z_.]+)\}\}")
_STRINGS = re.compile(r"strings\.([a-z]{2})\.json")


def security_headers(frame_ancestors: Sequence[str], *, microphone: bool = False) -> dict[str, str]:
    """Headers of every answer of the web channel; `frame_ancestors` are CSP sources that may embed the page."""
    policy = [
        "default-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        f"frame-ancestors {' '.join(frame_ancestors) or chr(39) + 'none' + chr(39)}",
    ]
    heard = "(self)" if microphone else "()"
    return {
        "Content-Security-Policy": "; ".join(policy),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": f"geolocation=(self), camera=(), microphone={heard}, payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


class PageFiles:
    """All files of a page in memory (under 200 KB), so that no request ever names a path on disk.

    `values` fill the placeholders of index.html that are no words; `more` are files that take the place of, or stand
    beside, those of the folder.  `address`: where the files are asked for, as seen from the page; the version follows.
    There is one index.html for each language with a `strings.<language>.json`.
    """

    def __init__(
        self,
        values: Mapping[str, str] | None = None,
        folder: Path = PAGE,
        address: str = "static/chat",
        more: Mapping[str, bytes] | None = None,
    ) -> None:
        found = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in _TYPES}
        contents = found | dict(more or {})
        digest = hashlib.sha256()
        for name, content in contents.items():
            digest.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
        self.version = digest.hexdigest()[:12]
        template = contents.pop("index.html").decode()
        values = {**(values or {}), "static": f"{address}/{self.version}"}
        languages = {match[1]: name for name in contents if (match := _STRINGS.fullmatch(name))}
        self._indexes = {}
        for language, name in languages.items():
            index = fill(template, json.loads(contents[name]), values | {"language": language})
            self._indexes[language] = Stored(index.encode(), ".html")
        self._files = {name: Stored(content, Path(name).suffix) for name, content in contents.items()}

    def index(self, request: Request, language: str = "vi") -> Response:
        return self._indexes.get(language, self._indexes["vi"]).answer(request, "no-cache")

    def file(self, request: Request, name: str, version: str = "") -> Response | None:
        """The file, or None.  Only the current version may be kept for ever: while a new release rolls out, a page of
        the old one can be given newer files, and must ask again next time."""
        stored = self._files.get(name)
        if stored is None:
            return None
        return stored.answer(request, "public, max-age=31536000, immutable" if version == self.version else "no-cache")


def fill(template: str, strings: dict[str, Any], values: Mapping[str, str]) -> str:
    """The template with `{{values}}` and `{{dotted.words}}` put in, escaped."""

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name in values:
            return escape(values[name])
        found: Any = strings
        for part in name.split("."):
            found = found[part]
        return escape(str(found))

    return _PLACEHOLDER.sub(value, template)


class Stored:
    """A file ready to be sent, plain and compressed once for all."""

    def __init__(self, content: bytes, suffix: str) -> None:
        self._content = content
        self._packed = gzip.compress(content, 9, mtime=0)
        self._type = _TYPES[suffix]
        self._tag = hashlib.sha256(content).hexdigest()[:32]

    def answer(self, request: Request, keep: str) -> Response:
        packed = "gzip" in request.headers.get("accept-encoding", "") and len(self._packed) < len(self._content)
        etag = f'"{self._tag}{"-gz" if packed else ""}"'
        headers = {"ETag": etag, "Cache-Control": keep, "Vary": "Accept-Encoding"}
        known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
        if etag in known:
            return Response(status_code=304, headers=headers)
        if packed:
            headers["Content-Encoding"] = "gzip"
        return Response(self._packed if packed else self._content, media_type=self._type, headers=headers)
