"""The web channel: the chat page, its conversation tokens, and turns over a WebSocket or plain HTTP.

WebSocket `/chat/ws`, JSON text frames:

    client   {"token"} first; then {"id", "text" | "payload" | "location": {"lat", "lon"}}; {"type": "ping"}
    server   {"type": "ready", "heartbeat_s"}, {"type": "typing", "id"}, {"type": "pong"},
             {"type": "reply", "id", "at", "messages", "repeat"?}, {"type": "error", "id"?, "code", "text"},
             {"type": "notice", "id", "at", "messages"}: said unasked; the same `id` is shown once

`id` is the client's own name of the message and the key by which repeats are known: a page that lost the connection
sends the same id again.  While the turn still runs here the second sender gets its answer too; after that `repeat` says
that the message was taken before, and the page reads its answer from the history.
Close codes: 4401 unknown session, 4408 silent too long, 1003 not text, 1009 frame too large.

HTTP: `POST /chat/session` -> {"token"}; with `Authorization: Bearer <token>`, `GET /chat/history` -> {"entries"},
`GET /chat/notices?after=MOMENT` -> {"notices"}: the notice frames after it, and `POST /chat/messages` -> a reply or an
error frame as above (401, 403, 413, 422, 429, 503).
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import structlog
from fastapi import APIRouter, WebSocket
from pydantic import ValidationError
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocketDisconnect

from actions.clock import Clock, SystemClock
from actions.messages import Reply
from assistant.addresses import Addresses
from assistant.turn import Assistant, Turn
from connectors.bodies import read_body
from connectors.web_frames import Incoming, error_frame, outgoing
from connectors.web_notices import WebNotices
from connectors.web_pages import page_routes
from connectors.web_session import CHANNEL, Sessions, bearer, origin_allowed
from connectors.web_theme import Brand, load_brand
from knowledge_base.errors import BadInput, ErrorCode, Refused, TthcError

log = structlog.get_logger()

PING = '{"type":"ping"}'  # as the page writes it, to the letter
_STATUS = {ErrorCode.SESSION_UNKNOWN: 401, ErrorCode.RATE_LIMITED: 429}


@dataclass(frozen=True)
class WebOptions:
    """`frame_ancestors` are CSP sources (`'self'`, `https://…`); limits are per conversation or per frame."""

    allowed_origins: tuple[str, ...] = ()
    frame_ancestors: tuple[str, ...] = ("'self'",)
    text_limit: int = 1000  # characters
    frame_limit: int = 16_384  # bytes
    queue_limit: int = 8  # messages that may wait behind the one being answered
    socket_limit: int = 4_000  # open sockets of this process; beyond it pages use plain HTTP
    history_limit: int = 50  # entries
    session_days: int = 30
    hello_s: float = 10  # a new socket must name its conversation within
    heartbeat_s: float = 25  # how often the page pings; browsers slow hidden pages to once a minute
    brand: Brand | None = None  # None: the Center's
    voice: bool = False  # citizens may switch the browser's speech recognition on


def web_router(
    assistant: Assistant,
    secret: str,
    options: WebOptions | None = None,
    clock: Clock | None = None,
    notices: WebNotices | None = None,
) -> APIRouter:
    """The routes of the web channel.  `secret` signs conversation tokens: the same on all machines.

    `notices`: where open pages are known, so that notices reach them; without it there are none.

    Raises:
        Misconfigured: the secret is too short, or a frame ancestor is no origin.
    """
    options = options or WebOptions()
    chat = _Chat(assistant, secret, options, clock or SystemClock(), notices)
    router, headers = page_routes(
        options.brand or load_brand(), options.frame_ancestors, options.text_limit, voice=options.voice
    )

    def answer(content: dict[str, Any], status: int = 200) -> Response:
        return JSONResponse(content, status, headers | {"Cache-Control": "no-store"})

    def refuse(error: TthcError, status: int | None = None) -> Response:
        log.info("web_refused", code=error.code.value, detail=error.detail)
        return answer(error_frame(error), status or _STATUS.get(error.code, error.http_status))

    @router.post("/chat/session")
    async def open_session(request: Request) -> Response:
        try:
            chat.check_origin(request.headers.get("origin"), request.headers.get("host"), required=False)
        except TthcError as error:
            return refuse(error)
        return answer({"token": chat.sessions.issue().token, "heartbeat_s": options.heartbeat_s})

    @router.get("/chat/history")
    async def history(request: Request) -> Response:
        try:
            session = chat.sessions.read(bearer(request.headers.get("authorization")))
            return answer({"entries": await chat.history(session.conversation)})
        except TthcError as error:
            return refuse(error)

    @router.get("/chat/notices")
    async def missed(request: Request) -> Response:
        try:
            session = chat.sessions.read(bearer(request.headers.get("authorization")))
            return answer({"notices": await chat.missed(session.conversation, request.query_params.get("after", ""))})
        except TthcError as error:
            return refuse(error)

    @router.post("/chat/messages")
    async def take_message(request: Request) -> Response:
        try:
            chat.check_origin(request.headers.get("origin"), request.headers.get("host"), required=False)
            session = chat.sessions.read(bearer(request.headers.get("authorization")))
            body = await read_body(request, options.frame_limit)
            if body is None:
                return refuse(chat.too_large(), 413)
            return answer(await chat.take(session.conversation, chat.parse(body), _host(request)))
        except TthcError as error:
            return refuse(error)
        except ClientDisconnect:
            return Response(status_code=400)

    @router.websocket("/chat/ws")
    async def socket(websocket: WebSocket) -> None:
        try:
            chat.check_origin(websocket.headers.get("origin"), websocket.headers.get("host"), required=True)
            if chat.sockets >= options.socket_limit:
                raise Refused(ErrorCode.RATE_LIMITED, "no more sockets")
        except TthcError as error:
            log.info("web_refused", code=error.code.value, detail=error.detail)
            await websocket.close()  # before accept: the browser sees 403
            return
        chat.sockets += 1
        try:
            await _Socket(websocket, chat).run()
        finally:
            chat.sockets -= 1

    return router


class _Chat:
    """What both transports share."""

    def __init__(
        self, assistant: Assistant, secret: str, options: WebOptions, clock: Clock, notices: WebNotices | None
    ) -> None:
        self.assistant = assistant
        self.notices = notices
        self.options = options
        self.clock = clock
        self.sessions = Sessions(secret, clock, options.session_days)
        self.addresses = Addresses(secret)
        self.sockets = 0
        self._running: dict[tuple[str, str], asyncio.Task[Reply | None]] = {}

    def check_origin(self, origin: str | None, host: str | None, *, required: bool) -> None:
        """Browsers name the origin on every socket and every POST; programs without one may use plain HTTP only."""
        if origin is None and not required:
            return
        if not origin_allowed(origin, host, self.options.allowed_origins):
            raise Refused(ErrorCode.FORBIDDEN, "origin")

    def too_large(self) -> BadInput:
        return BadInput(ErrorCode.TEXT_TOO_LONG, "frame", limit=self.options.text_limit)

    def parse(self, frame: bytes | str) -> Incoming:
        """A client frame.

        Raises:
            BadInput: not the JSON we know, empty text, or text over the limit.
        """
        try:
            incoming = Incoming.model_validate_json(frame)
        except ValidationError:
            # what was wrong stays out of the log: it would quote the citizen
            raise BadInput(ErrorCode.BAD_REQUEST, "frame") from None
        if incoming.text is not None:
            if not incoming.text.strip():
                raise BadInput(ErrorCode.TEXT_EMPTY, id=incoming.id)
            if len(incoming.text) > self.options.text_limit:
                raise BadInput(ErrorCode.TEXT_TOO_LONG, id=incoming.id, limit=self.options.text_limit)
        return incoming

    async def take(self, conversation: str, incoming: Incoming, host: str | None) -> dict[str, Any]:
        """The reply frame of one message that came from the address `host`.

        Raises:
            TthcError: and nothing else; a fault nobody foresaw is logged and becomes `internal`.
        """
        turn = Turn(
            conversation=conversation,
            channel=CHANNEL,
            text=incoming.text,
            payload=incoming.payload,
            location=incoming.location,
            message_id=incoming.id,
            at=self.clock.now(),
            address=self.addresses.hash(host),
        )
        try:
            reply = await self._handle(turn, incoming.id)
        except TthcError as error:
            error.data.setdefault("id", incoming.id)
            raise
        except Exception as error:
            log.exception("web_turn_failed")
            raise TthcError(ErrorCode.INTERNAL, type(error).__name__, id=incoming.id) from error
        frame: dict[str, Any] = {"type": "reply", "id": incoming.id, "at": self.clock.now().isoformat()}
        if reply is None:
            return frame | {"messages": [], "repeat": True}
        return frame | {"messages": [outgoing(message) for message in reply.messages]}

    async def _handle(self, turn: Turn, message_id: str) -> Reply | None:
        """The turn, run to its end whoever stops waiting for it; a repeat of a running one waits for the same."""
        key = (turn.conversation, message_id)
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.ensure_future(self.assistant.handle(turn))
            task.add_done_callback(lambda _: self._running.pop(key, None))
        return await asyncio.shield(task)

    async def history(self, conversation: str) -> list[dict[str, Any]]:
        try:
            entries = await self.assistant.history(conversation, self.options.history_limit)
        except TthcError:
            raise
        except Exception as error:
            log.exception("web_history_failed")
            raise TthcError(ErrorCode.INTERNAL, type(error).__name__) from error
        return [
            {
                "who": entry.who,
                "at": entry.at.isoformat(),
                "text": entry.text,
                "messages": [outgoing(message) for message in entry.messages],
            }
            | ({"notice": entry.notice} if entry.notice else {})
            for entry in entries
        ]

    async def missed(self, conversation: str, after: str) -> list[dict[str, Any]]:
        """The notices after a moment (ISO 8601 with its zone).

        Raises:
            BadInput: `bad_request`, no such moment.
            TthcError: as `take`.
        """
        try:
            moment = dt.datetime.fromisoformat(after)
        except ValueError:
            raise BadInput(ErrorCode.BAD_REQUEST, "after") from None
        if moment.tzinfo is None:
            raise BadInput(ErrorCode.BAD_REQUEST, "after without zone")
        if self.notices is None:
            return []
        try:
            return await self.notices.since(conversation, moment)
        except Exception as error:
            log.exception("web_notices_failed")
            raise TthcError(ErrorCode.INTERNAL, type(error).__name__) from error


class _Socket:
    """One open socket: a reader that never waits for answers, and one worker that answers in order."""

    def __init__(self, websocket: WebSocket, chat: _Chat) -> None:
        self._websocket = websocket
        self._chat = chat
        self._queue: asyncio.Queue[Incoming | None] = asyncio.Queue(chat.options.queue_limit)
        self._conversation = ""

    async def run(self) -> None:
        await self._websocket.accept()
        with contextlib.suppress(_Closed):
            await self._hello()
            with self._joined():
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._work())
                    with contextlib.suppress(_Closed):
                        await self._read_all()
                    # a turn that has begun is finished, for the history; the page sends the waiting ones again
                    while not self._queue.empty():
                        self._queue.get_nowait()
                    self._queue.put_nowait(None)

    @contextlib.contextmanager
    def _joined(self) -> Iterator[None]:
        """Known as open, so that notices come here."""
        notices = self._chat.notices
        if notices is None:
            yield
            return
        notices.joins(self._conversation, self._send)
        try:
            yield
        finally:
            notices.leaves(self._conversation, self._send)

    async def _hello(self) -> None:
        frame = await self._read(self._chat.options.hello_s)
        try:
            token = json.loads(frame).get("token")
            self._conversation = self._chat.sessions.read(str(token)).conversation
        except (ValueError, AttributeError, Refused):
            await self._fail(Refused(ErrorCode.SESSION_UNKNOWN, "socket"), 4401)
        await self._send({"type": "ready", "heartbeat_s": self._chat.options.heartbeat_s})

    async def _read_all(self) -> None:
        while True:
            frame = await self._read(self._chat.options.heartbeat_s * 6)
            if frame == PING:
                await self._send({"type": "pong"})
                continue
            try:
                incoming = self._chat.parse(frame)
                try:
                    self._queue.put_nowait(incoming)
                except asyncio.QueueFull:
                    raise Refused(ErrorCode.RATE_LIMITED, "queue", id=incoming.id) from None
            except TthcError as error:
                await self._send(error_frame(error))

    async def _work(self) -> None:
        while (incoming := await self._queue.get()) is not None:
            await self._send({"type": "typing", "id": incoming.id})
            try:
                await self._send(await self._chat.take(self._conversation, incoming, _host(self._websocket)))
            except TthcError as error:
                await self._send(error_frame(error))

    async def _read(self, patience_s: float) -> str:
        try:
            async with asyncio.timeout(patience_s):
                event = await self._websocket.receive()
        except TimeoutError:
            await self._close(4408)
        if event["type"] == "websocket.disconnect":
            raise _Closed
        text = event.get("text")
        if not isinstance(text, str):
            await self._close(1003)
        if len(text.encode()) > self._chat.options.frame_limit:
            await self._fail(self._chat.too_large(), 1009)
        return text

    async def _send(self, frame: dict[str, Any]) -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # gone meanwhile: the reader will notice
            await self._websocket.send_text(json.dumps(frame, ensure_ascii=False))

    async def _fail(self, error: TthcError, code: int) -> NoReturn:
        log.info("web_refused", code=error.code.value, detail=error.detail)
        await self._send(error_frame(error))
        await self._close(code)

    async def _close(self, code: int) -> NoReturn:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            await self._websocket.close(code)
        raise _Closed


class _Closed(Exception):
    """The socket is over; ends the reader."""


def _host(connection: HTTPConnection) -> str | None:
    return connection.client.host if connection.client else None
