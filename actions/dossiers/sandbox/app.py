"""A server that speaks the national portal's look-up, over invented dossiers.  For development and tests only."""

from __future__ import annotations

import asyncio
import datetime as dt
import hmac
import secrets
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from actions.clock import HANOI
from actions.dossiers.sandbox.data import DEFAULT_SEED, Raw, make_dossiers, sample_dossiers
from actions.dossiers.sandbox.page import samples_page

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


class LoginBody(BaseModel):
    username: str = ""
    password: str = ""


class CallBody(BaseModel):
    session: str = ""
    madonvi: str = ""
    service: str = ""
    mahoso: str = ""


def create_app(
    today: dt.date | None = None,
    seed: int = DEFAULT_SEED,
    faults: Faults | None = None,
    password: str = "",
) -> FastAPI:
    """
    Args:
        today: the day to which dossiers are relative; None: the present day in Hanoi, followed past midnight.
        seed: of the invented dossiers.
        faults: what goes wrong; kept as `app.state.faults`, may be changed while running.
        password: that logins must give; empty: any.
    """
    app = FastAPI(title="Dossier sandbox", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.faults = faults or Faults()
    sessions: dict[str, None] = {}

    def day() -> dt.date:
        return today or dt.datetime.now(HANOI).date()

    @lru_cache(maxsize=2)
    def dossiers(on: dt.date) -> dict[str, Raw]:
        return make_dossiers(on, seed)

    async def fault(request: Request) -> FaultMode | None:
        mode: FaultMode | None = app.state.faults.take(request.headers.get(FAULT_HEADER))
        if mode is FaultMode.SLOW:
            await asyncio.sleep(app.state.faults.slow_s)
        return mode

    @app.post("/mapi/login")
    async def login(body: LoginBody) -> Response:
        if not body.username or (password and not hmac.compare_digest(body.password.encode(), password.encode())):
            return _json({"error_code": "01", "message": "login refused"})
        session = secrets.token_urlsafe(24)
        sessions[session] = None
        while len(sessions) > SESSIONS_KEPT:
            del sessions[next(iter(sessions))]
        return _json({"error_code": "0", "session": session})

    @app.post("/mapi/g")
    async def call(body: CallBody, request: Request) -> Response:
        mode = await fault(request)
        if mode is FaultMode.ERROR:
            return Response("internal error", status_code=500, media_type="text/plain")
        if mode is FaultMode.MALFORMED:
            return Response(b'{"error_code": "00", "result": [{"MaHoSo": ', media_type="application/json")
        if mode is FaultMode.EXPIRED:
            sessions.pop(body.session, None)
        if body.session not in sessions:
            return _json({"error_code": "02", "message": "session expired"})
        if not body.madonvi:
            return _json({"error_code": "106", "message": "madonvi missing"})
        if body.service != "TraCuuHoSo":
            return _json({"error_code": "03", "message": "no such service"})
        record = dossiers(day()).get(body.mahoso)
        answer = {"error_code": "00", "result": [record] if record else []}
        if mode is FaultMode.WRONG_CHARSET:
            garbled = orjson.dumps(answer).decode().encode("cp1258", errors="replace")
            return Response(garbled, media_type="application/json; charset=utf-8")
        return _json(answer)

    @app.get("/danh-sach-thu", response_class=HTMLResponse)
    async def samples() -> str:
        return samples_page(sample_dossiers(day()), day())

    @app.get("/health")
    async def health() -> dict[str, object]:
        return {"ok": True, "dossiers": len(dossiers(day()))}

    return app


def _json(answer: object) -> Response:
    return Response(orjson.dumps(answer), media_type="application/json")
