"""Plain pages of the platform (a ticket, a list for paper, the catalogue's state): no script, nothing foreign.

The one style of a page is named by its SHA-256 in the Content-Security-Policy, so nothing else inline has any effect.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape

from fastapi.responses import HTMLResponse

PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
_PAGE = (
    '<!doctype html>\n<html lang="vi"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "<title>{title}</title><style>{style}</style></head><body><main><h1>{title}</h1>{body}</main></body></html>"
)


class PlainPage:
    """A kind of page with a style of its own.

    `private`: kept by no browser, found by no search engine.  `forms`: it may send forms, to this site alone.
    """

    def __init__(self, style: str, *, private: bool, forms: bool = False) -> None:
        self._style = style
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        policy = [
            "default-src 'none'",
            f"style-src 'sha256-{digest}'",
            "base-uri 'none'",
            f"form-action '{'self' if forms else 'none'}'",
            "frame-ancestors 'none'",
        ]
        self._headers = {"Content-Security-Policy": "; ".join(policy), "X-Content-Type-Options": "nosniff"}
        if private:
            self._headers |= PRIVATE

    def answer(self, title: str, body: str, status: int = 200) -> HTMLResponse:
        """`title` is text, `body` is markup: whoever makes it has escaped what is in it."""
        content = _PAGE.format(title=escape(title), style=self._style, body=body)
        return HTMLResponse(content, status_code=status, headers=self._headers)
