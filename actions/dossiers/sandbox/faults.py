"""What goes wrong in the sandbox, on demand; and the sessions and tokens it gives out."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from dataclasses import dataclass
from enum import StrEnum

import orjson
from fastapi import Request, Response

FAULT_HEADER = "X-Sandbox-Fault"
SESSIONS_KEPT = 100


class FaultMode(StrEnum):
    SLOW = "slow"
    ERROR = "500"
    MALFORMED = "malformed"
    EXPIRED = "expired"
    WRONG_CHARSET = "wrong_charset"


@dataclass
class Faults:
    """What goes wrong.  `times` None: until changed; otherwise that many calls, then no more.

    A call may also bring its own fault in the header `X-Sandbox-Fault`.  `slow` answers after `slow_s` seconds.
    """

    mode: FaultMode | None = None
    times: int | None = None
    slow_s: float = 10

    def take(self, header: str | None) -> FaultMode | None:
        if header is not None and header in {mode.value for mode in FaultMode}:
            return FaultMode(header)
        if self.mode is None or self.times == 0:
            return None
        if self.times is not None:
            self.times -= 1
        return FaultMode(self.mode)


class Sessions:
    """Sessions or tokens of one door; `password` empty: any opens it."""

    def __init__(self, password: str) -> None:
        self._password = password
        self._open: dict[str, None] = {}

    def issue(self, user: str, password: str) -> str | None:
        """A new one, or None when user or password are refused."""
        if not user or (self._password and not hmac.compare_digest(password.encode(), self._password.encode())):
            return None
        session = secrets.token_urlsafe(24)
        self._open[session] = None
        while len(self._open) > SESSIONS_KEPT:
            del self._open[next(iter(self._open))]
        return session

    def knows(self, session: str) -> bool:
        return session in self._open

    def end(self, session: str) -> None:
        self._open.pop(session, None)


async def fault_of(request: Request) -> FaultMode | None:
    """The fault of this call; a slow one has been waited for."""
    faults: Faults = request.app.state.faults
    mode = faults.take(request.headers.get(FAULT_HEADER))
    if mode is FaultMode.SLOW:
        await asyncio.sleep(faults.slow_s)
    return mode


def spoilt(mode: FaultMode | None) -> Response | None:
    """The answer that needs no look-up: an error, or JSON cut short."""
    if mode is FaultMode.ERROR:
        return Response("internal error", status_code=500, media_type="text/plain")
    if mode is FaultMode.MALFORMED:
        return Response(b'{"error_code": "00", "result": [{"MaHoSo": ', media_type="application/json")
    return None


def answer(content: object, mode: FaultMode | None = None, status: int = 200) -> Response:
    body = orjson.dumps(content)
    if mode is FaultMode.WRONG_CHARSET:
        body = body.decode().encode("cp1258", errors="replace")
        return Response(body, status, media_type="application/json; charset=utf-8")
    return Response(body, status, media_type="application/json")
