"""The counter page over HTTP: `/can-bo` (the page), `/can-bo/api/…` (JSON), and a WebSocket that tells of changes.

Every route but the log-in wants the session cookie; every change also wants our own page's `Origin` and the session's
`X-CSRF-Token`.  An officer reaches only the branches of their account.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Path, Request, WebSocket
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.websockets import WebSocketDisconnect

from actions.appointments.branches import Branches
from actions.appointments.counter_port import Act, ActKind, CounterPort, Visit
from actions.clock import HANOI, Clock
from actions.intake.replies import Replies
from assistant.staff import messages, shapes
from assistant.staff.days import Days
from assistant.staff.guard import Guard, at_branch, drop_cookies, set_cookie, supervising, token_of
from assistant.staff.live import Live
from assistant.staff.login import Login
from assistant.staff.officers import Officer, Officers
from assistant.staff.sessions import csrf_of
from assistant.staff.tables import acts_csv, day_csv
from knowledge_base.errors import Refused, TthcError

HEARTBEAT_S = 20.0  # also how soon a page of a disabled officer is let go
SESSION_OVER = 4401
_CSV = "text/csv; charset=utf-8"

BranchId = Annotated[str, Path(max_length=16)]
VisitId = Annotated[str, Path(pattern=r"^[a-z2-7]{16}$")]


class StaticPage(Protocol):
    """The page and its files in memory."""

    def index(self, request: Request) -> Response: ...

    def file(self, request: Request, name: str, version: str = "") -> Response | None: ...


@dataclass(frozen=True)
class Staff:
    """What the routes stand on.  `headers` go with every answer."""

    counter: CounterPort
    officers: Officers
    guard: Guard
    login: Login
    live: Live
    branches: Branches
    clock: Clock
    page: StaticPage
    headers: Mapping[str, str]
    title_of: Callable[[str], str]
    replies: Replies


def router(staff: Staff) -> APIRouter:
    routes = APIRouter(include_in_schema=False)
    _page(routes, staff)
    _session(routes, staff)
    _day(routes, staff)
    _steps(routes, staff)
    _trail(routes, staff)
    _live(routes, staff)
    routes.include_router(messages.router(staff.replies, staff.counter, staff.guard, lambda told: _json(staff, told)))
    return routes


def _page(routes: APIRouter, staff: Staff) -> None:
    def sealed(response: Response) -> Response:
        response.headers.update(staff.headers)
        return response

    @routes.get("/can-bo")
    async def without_slash() -> Response:
        return sealed(RedirectResponse("can-bo/", 308))

    @routes.api_route("/can-bo/", methods=["GET", "HEAD"])
    async def page(request: Request) -> Response:
        return sealed(staff.page.index(request))

    @routes.get("/static/can-bo/{version}/{name}")
    async def static(request: Request, version: str, name: str) -> Response:
        return sealed(staff.page.file(request, name, version) or Response(status_code=404))


def _session(routes: APIRouter, staff: Staff) -> None:
    def me(officer: Officer, csrf: str) -> Response:
        known = [staff.branches.get(branch_id) for branch_id in officer.branches]
        out = shapes.MeOut(
            name=officer.name,
            role=officer.role,
            branches=[shapes.BranchOut(id=one.id, name=one.name, short_name=one.short_name) for one in known],
            csrf=csrf,
            idle_s=int(staff.guard.sessions.idle.total_seconds()),
        )
        return _json(staff, out.model_dump(mode="json"))

    @routes.post("/can-bo/api/login")
    async def enter(request: Request, given: shapes.LoginIn) -> Response:
        staff.guard.own_page(request)
        address = request.client.host if request.client else ""
        token, officer = await staff.login.enter(given.username, given.password, address)
        answer = me(officer, csrf_of(token))
        set_cookie(answer, request, token, int(staff.guard.sessions.life.total_seconds()))
        return answer

    @routes.post("/can-bo/api/logout")
    async def leave(request: Request) -> Response:
        session = await asyncio.to_thread(staff.guard.writer, request)
        await staff.login.leave(token_of(request.cookies), session.officer)
        answer = _json(staff, {})
        drop_cookies(answer, request)
        return answer

    @routes.get("/can-bo/api/me")
    def who(request: Request) -> Response:
        """204 for nobody: a page that is opened to log in is no error."""
        try:
            session = staff.guard.reader(request, active=True)
        except Refused:
            return Response(status_code=204, headers={**staff.headers, "Cache-Control": "no-store"})
        return me(session.officer, session.csrf)

    @routes.post("/can-bo/api/alive")
    def alive(request: Request) -> Response:
        """Somebody moves the mouse or types: the idle time begins anew."""
        staff.guard.writer(request)
        return _json(staff, {})


def _day(routes: APIRouter, staff: Staff) -> None:
    days = Days(staff.counter, staff.title_of)

    @routes.get("/can-bo/api/branches/{branch_id}/day")
    def day(request: Request, branch_id: BranchId) -> Response:
        """Today; 304 while nothing changed."""
        branch = at_branch(staff.guard.reader(request).officer, branch_id)
        found = days.read(branch)
        headers = {**staff.headers, "Cache-Control": "no-store", "ETag": f'"{found.revision}"'}
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return Response(found.body(staff.clock.now()), media_type="application/json", headers=headers)

    @routes.post("/can-bo/api/branches/{branch_id}/search")
    def search(request: Request, branch_id: BranchId, given: shapes.SearchIn) -> Response:
        """In the body, not the address: what is typed may be a phone number."""
        by = staff.guard.writer_at(request, branch_id).id
        found = staff.counter.find(branch_id, given.text, by)
        visits = [shapes.VisitOut.of(visit, staff.title_of(visit.procedure_code)) for visit in found]
        return _json(staff, shapes.FoundOut(visits=visits).model_dump(mode="json"))

    @routes.post("/can-bo/api/branches/{branch_id}/visits/{visit_id}/phone")
    def phone(request: Request, branch_id: BranchId, visit_id: VisitId) -> Response:
        by = staff.guard.writer_at(request, branch_id).id
        shown = staff.counter.phone(branch_id, visit_id, by)
        return _json(staff, shapes.PhoneOut(phone=shown).model_dump())

    @routes.post("/can-bo/api/branches/{branch_id}/export")
    def export(request: Request, branch_id: BranchId) -> Response:
        by = staff.guard.writer_at(request, branch_id).id
        staff.counter.note(branch_id, ActKind.EXPORTED, by)
        found = staff.counter.day(branch_id)
        name = f"lich-hen-{branch_id}-{found.date:%Y-%m-%d}.csv"
        return _file(staff, day_csv(found.visits, staff.title_of), name)

    @routes.post("/can-bo/api/branches/{branch_id}/printed")
    def printed(request: Request, branch_id: BranchId) -> Response:
        by = staff.guard.writer_at(request, branch_id).id
        staff.counter.note(branch_id, ActKind.PRINTED, by)
        return _json(staff, {})


def _steps(routes: APIRouter, staff: Staff) -> None:
    def done(branch_id: str, visit: Visit) -> Response:
        staff.live.nudge(branch_id)
        out = shapes.VisitOut.of(visit, staff.title_of(visit.procedure_code))
        return _json(staff, out.model_dump(mode="json"))

    @routes.post("/can-bo/api/branches/{branch_id}/check-in")
    def check_in(request: Request, branch_id: BranchId, given: shapes.CheckInIn) -> Response:
        by = staff.guard.writer_at(request, branch_id).id
        return done(branch_id, staff.counter.check_in(branch_id, given.code, by, given.lane))

    @routes.post("/can-bo/api/branches/{branch_id}/walk-in")
    def walk_in(request: Request, branch_id: BranchId, given: shapes.WalkInIn) -> Response:
        by = staff.guard.writer_at(request, branch_id).id
        return done(branch_id, staff.counter.walk_in(branch_id, by, given.key, given.lane, given.phone))

    @routes.post("/can-bo/api/branches/{branch_id}/next")
    def call_next(request: Request, branch_id: BranchId, given: shapes.NextIn) -> Response:
        by = staff.guard.writer_at(request, branch_id).id
        return done(branch_id, staff.counter.call_next(branch_id, by, given.desk, given.lane))

    @routes.post("/can-bo/api/branches/{branch_id}/undo")
    def undo(request: Request, branch_id: BranchId) -> Response:
        by = staff.guard.writer_at(request, branch_id).id
        return done(branch_id, staff.counter.undo(branch_id, by))

    visit = "/can-bo/api/branches/{branch_id}/visits/{visit_id}"

    @routes.post(visit + "/call")
    def call(request: Request, branch_id: BranchId, visit_id: VisitId, given: shapes.CallIn) -> Response:
        by = staff.guard.writer_at(request, branch_id).id
        return done(branch_id, staff.counter.call(branch_id, visit_id, given.version, by, given.desk))

    @routes.post(visit + "/missed")
    def missed(request: Request, branch_id: BranchId, visit_id: VisitId, given: shapes.StepIn) -> Response:
        by = staff.guard.writer_at(request, branch_id).id
        return done(branch_id, staff.counter.missed(branch_id, visit_id, given.version, by))

    @routes.post(visit + "/served")
    def served(request: Request, branch_id: BranchId, visit_id: VisitId, given: shapes.StepIn) -> Response:
        by = staff.guard.writer_at(request, branch_id).id
        return done(branch_id, staff.counter.served(branch_id, visit_id, given.version, by))

    @routes.post(visit + "/lane")
    def lane(request: Request, branch_id: BranchId, visit_id: VisitId, given: shapes.LaneIn) -> Response:
        by = staff.guard.writer_at(request, branch_id).id
        return done(branch_id, staff.counter.set_lane(branch_id, visit_id, given.version, by, given.lane))


def _trail(routes: APIRouter, staff: Staff) -> None:
    def trail(branch_id: str, day: dt.date) -> tuple[list[Act], dict[str, str]]:
        """The acts of a day, and the names of all who may be in them: an officer may have moved on since."""
        everyone = staff.officers.all()
        here = [one.id for one in everyone if branch_id in one.branches]
        return staff.counter.acts(branch_id, day, here), {one.id: one.name for one in everyone}

    def day_of(date: dt.date | None) -> dt.date:
        return date or staff.clock.now().astimezone(HANOI).date()

    @routes.get("/can-bo/api/branches/{branch_id}/acts")
    def acts(request: Request, branch_id: BranchId, date: dt.date | None = None) -> Response:
        officer = staff.guard.reader(request).officer
        supervising(officer)
        at_branch(officer, branch_id)
        day = day_of(date)
        done, names = trail(branch_id, day)
        found = [shapes.ActOut.of(act, names) for act in done]
        return _json(staff, shapes.ActsOut(date=day, acts=found).model_dump(mode="json"))

    @routes.post("/can-bo/api/branches/{branch_id}/acts/export")
    def export(request: Request, branch_id: BranchId, date: dt.date | None = None) -> Response:
        officer = staff.guard.writer_at(request, branch_id)
        supervising(officer)
        staff.counter.note(branch_id, ActKind.TRAIL_EXPORTED, officer.id)
        day = day_of(date)
        return _file(staff, acts_csv(*trail(branch_id, day)), f"nhat-ky-{branch_id}-{day:%Y-%m-%d}.csv")


def _live(routes: APIRouter, staff: Staff) -> None:
    @routes.websocket("/can-bo/api/branches/{branch_id}/live")
    async def live(websocket: WebSocket, branch_id: BranchId) -> None:
        """Server: {"revision"} at once, at every change, and as a heartbeat; close code 4401 when the session ends."""
        try:
            staff.guard.own_page(websocket)
            session = await asyncio.to_thread(staff.guard.reader, websocket)
            at_branch(session.officer, branch_id)
        except TthcError:
            await websocket.close()  # before accept: the browser sees 403
            return
        await websocket.accept()
        telling = asyncio.create_task(_tell(staff, websocket, branch_id))
        with contextlib.suppress(WebSocketDisconnect):
            while not telling.done():
                await websocket.receive_text()  # the page says nothing; this waits for its end
        telling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await telling


async def _tell(staff: Staff, websocket: WebSocket, branch_id: str) -> None:
    following = staff.live.follow(branch_id, HEARTBEAT_S)
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # gone meanwhile
        async with contextlib.aclosing(following):
            async for revision in following:
                try:
                    session = await asyncio.to_thread(staff.guard.reader, websocket)
                    at_branch(session.officer, branch_id)
                except TthcError:
                    await websocket.close(SESSION_OVER)
                    return
                await websocket.send_json({"revision": revision})


def _json(staff: Staff, content: Any) -> Response:
    return JSONResponse(content, headers={**staff.headers, "Cache-Control": "no-store"})


def _file(staff: Staff, content: bytes, name: str) -> Response:
    headers = {**staff.headers, "Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=_CSV, headers=headers)
