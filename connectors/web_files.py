"""The chat page and its files: read once, sent with headers that let nothing foreign in.

The files live under `/static/chat/<version>/`, where the version is a hash of all of them: modules import each other by
relative path, so one address change renews the whole page, and each file may be kept for a year.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
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
}
_PLACEHOLDER = re.compile(r"\{\{([a-z_.]+)\}\}")


def security_headers(frame_ancestors: Sequence[str]) -> dict[str, str]:
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
    return {
        "Content-Security-Policy": "; ".join(policy),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


class PageFiles:
    """All files of a page in memory (under 200 KB), so that no request ever names a path on disk.

    `address`: where the files are asked for, as seen from the page; the version follows it.
    """

    def __init__(self, text_limit: int = 0, folder: Path = PAGE, address: str = "static/chat") -> None:
        self._files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in _TYPES}
        digest = hashlib.sha256()
        for name, content in self._files.items():
            digest.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
        self.version = digest.hexdigest()[:12]
        self._index = self._fill(text_limit, address)

    def _fill(self, text_limit: int, address: str) -> bytes:
        """index.html with its words (strings.vi.json) and its settings put in, escaped."""
        strings: dict[str, Any] = json.loads(self._files["strings.vi.json"])
        values = {"static": f"{address}/{self.version}", "text_limit": str(text_limit)}

        def value(match: re.Match[str]) -> str:
            name = match[1]
            if name in values:
                return escape(values[name])
            found: Any = strings
            for part in name.split("."):
                found = found[part]
            return escape(str(found))

        return _PLACEHOLDER.sub(value, self._files.pop("index.html").decode()).encode()

    def index(self, request: Request) -> Response:
        return _respond(request, self._index, ".html", "no-cache")

    def file(self, request: Request, name: str, version: str = "") -> Response | None:
        """The file, or None.  Only the current version may be kept for ever: while a new release rolls out, a page of
        the old one can be given newer files, and must ask again next time."""
        content = self._files.get(name)
        if content is None:
            return None
        keep = "public, max-age=31536000, immutable" if version == self.version else "no-cache"
        return _respond(request, content, Path(name).suffix, keep)


def _respond(request: Request, content: bytes, suffix: str, keep: str) -> Response:
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": keep}
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    if etag in known:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=_TYPES[suffix], headers=headers)
