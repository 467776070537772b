"""The other shapes the sandbox speaks, each under a path of its own: `/igate/`, `/lgsp/`, `/ioc/`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from actions.dossiers.sandbox import shapes
from actions.dossiers.sandbox.data import Raw
from actions.dossiers.sandbox.faults import FaultMode, Sessions, answer, fault_of, spoilt

TOKEN_LIFE_S = 3600
Find = Callable[[str], Raw | None]


class Credentials(BaseModel):
    username: str = ""
    password: str = ""


class Question(BaseModel):
    maDonVi: str = ""  # noqa: N815  the exchange's own names
    maHoSo: str = ""  # noqa: N815


def igate(find: Find, password: str) -> APIRouter:
    """VNPT iGate v2; its search takes part of a code, as the real one does."""
    door = APIRouter(prefix="/igate")
    sessions = Sessions(password)

    @door.post("/auth/realms/digo/protocol/openid-connect/token")
    async def token(request: Request) -> Response:
        return await _token(sessions, request)

    @door.get("/pa/dossier/search")
    async def search(request: Request, code: str = "", spec: str = "") -> Response:
        mode = await fault_of(request)
        if refused := spoilt(mode) or _refused(request, sessions, mode):
            return refused
        if not code or spec != "slice":
            return answer({"error": "invalid_request"}, status=400)
        record = find(code)
        return answer({"content": [shapes.igate(record)] if record else [], "last": True}, mode)

    return door


def lgsp(find: Find, password: str) -> APIRouter:
    """The data exchange's traTrangThaiHoSo."""
    door = APIRouter(prefix="/lgsp")
    sessions = Sessions(password)

    @door.post("/token")
    async def token(request: Request) -> Response:
        return await _token(sessions, request)

    @door.post("/traTrangThaiHoSo")
    async def state(request: Request, question: Question) -> Response:
        mode = await fault_of(request)
        if refused := spoilt(mode) or _refused(request, sessions, mode):
            return refused
        if not question.maDonVi:
            return answer({"trangThai": "0", "maLoi": "106", "moTaLoi": "AGENCY_ID_INCORRECT"})
        record = find(question.maHoSo)
        if record is None:
            return answer({"trangThai": "0", "maLoi": "201", "moTaLoi": "RECORD_NOT_FOUND"})
        return answer(shapes.lgsp(record), mode)

    return door


def ioc(find: Find, password: str) -> APIRouter:
    """The operations centre: token by JSON, dossier by GET."""
    door = APIRouter(prefix="/ioc")
    sessions = Sessions(password)

    @door.post("/getToken")
    async def token(body: Credentials) -> Response:
        issued = sessions.issue(body.username, body.password)
        return answer({"token": issued}) if issued else answer({"message": "refused"}, status=401)

    @door.get("/tra-cuu")
    async def look_up(request: Request, ma_ho_so: Annotated[str, Query()] = "") -> Response:
        mode = await fault_of(request)
        if refused := spoilt(mode) or _refused(request, sessions, mode):
            return refused
        record = find(ma_ho_so)
        found = [shapes.ioc(record)] if record else []
        return answer({"TongSo": len(found), "HoSo": found}, mode)

    return door


async def _token(sessions: Sessions, request: Request) -> Response:
    """OAuth 2 client credentials, sent as a form."""
    form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
    issued = None
    if form.get("grant_type") == "client_credentials":
        issued = sessions.issue(form.get("client_id", ""), form.get("client_secret", ""))
    if issued is None:
        return answer({"error": "invalid_client"}, status=401)
    return answer({"access_token": issued, "token_type": "Bearer", "expires_in": TOKEN_LIFE_S})


def _refused(request: Request, sessions: Sessions, mode: FaultMode | None) -> Response | None:
    """401 unless a token that is open is borne; an expired one is forgotten first."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if mode is FaultMode.EXPIRED:
        sessions.end(token)
    if scheme == "Bearer" and sessions.knows(token):
        return None
    return answer({"error": "invalid_token"}, status=401)
