"""No call may fill the memory: bodies are read up to a limit."""

from __future__ import annotations

import contextlib

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.api.errors import body_of
from knowledge_base.errors import BadInput, ErrorCode

LIMIT = 1_048_576  # bytes; the longest a program has to say is far below
INTERNAL = "/internal/"  # Rasa sends a whole tracker, behind a secret
INTERNAL_LIMIT = 64 * LIMIT


class _TooLarge(Exception):
    """More came than was announced, or than is taken."""


class BodyLimit:
    """ASGI middleware: HTTP 413 for a body over the limit; no more of it than that is held."""

    def __init__(self, app: ASGIApp, limit: int = LIMIT) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = INTERNAL_LIMIT if scope["path"].startswith(INTERNAL) else self._limit
        announced = dict(scope["headers"]).get(b"content-length", b"")
        if announced.isdigit() and int(announced) > limit:
            await _refusal()(scope, receive, send)
            return
        taken, begun = 0, False

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise _TooLarge
            return message

        async def sent(message: Message) -> None:
            nonlocal begun
            if taken <= limit:  # what was made of a body cut short is no answer
                begun = True
                await send(message)

        with contextlib.suppress(_TooLarge):
            await self._app(scope, counted, sent)
        if taken > limit and not begun:
            await _refusal()(scope, receive, send)


def _refusal() -> JSONResponse:
    return JSONResponse(body_of(BadInput(ErrorCode.BAD_REQUEST)), 413)
