"""A server that speaks the look-ups of four kinds of systems over the same invented dossiers.

For development and tests only.  `/mapi/` is the national portal's shape; the others are in `doors.py`.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from actions.clock import HANOI
from actions.dossiers.sandbox import doors
from actions.dossiers.sandbox.data import DEFAULT_SEED, Raw, make_dossiers, sample_dossiers
from actions.dossiers.sandbox.faults import FAULT_HEADER, FaultMode, Faults, Sessions, answer, fault_of, spoilt
from actions.dossiers.sandbox.page import samples_page

__all__ = ["FAULT_HEADER", "FaultMode", "Faults", "create_app"]


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
    sessions = Sessions(password)

    def day() -> dt.date:
        return today or dt.datetime.now(HANOI).date()

    @lru_cache(maxsize=2)
    def dossiers(on: dt.date) -> dict[str, Raw]:
        return make_dossiers(on, seed)

    def find(code: str) -> Raw | None:
        return dossiers(day()).get(code)

    @app.post("/mapi/login")
    async def login(body: LoginBody) -> Response:
        session = sessions.issue(body.username, body.password)
        if session is None:
            return answer({"error_code": "01", "message": "login refused"})
        return answer({"error_code": "0", "session": session})

    @app.post("/mapi/g")
    async def call(body: CallBody, request: Request) -> Response:
        mode = await fault_of(request)
        if spoiled := spoilt(mode):
            return spoiled
        if mode is FaultMode.EXPIRED:
            sessions.end(body.session)
        if not sessions.knows(body.session):
            return answer({"error_code": "02", "message": "session expired"})
        if not body.madonvi:
            return answer({"error_code": "106", "message": "madonvi missing"})
        if body.service != "TraCuuHoSo":
            return answer({"error_code": "03", "message": "no such service"})
        record = find(body.mahoso)
        return answer({"error_code": "00", "result": [record] if record else []}, mode)

    for door in (doors.igate, doors.lgsp, doors.ioc):
        app.include_router(door(find, password))

    @app.get("/danh-sach-thu", response_class=HTMLResponse)
    async def samples() -> str:
        return samples_page(sample_dossiers(day()), day())

    @app.get("/health")
    async def health() -> dict[str, object]:
        return {"ok": True, "dossiers": len(dossiers(day()))}

    return app
