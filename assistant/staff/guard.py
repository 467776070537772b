"""Who asks: cookie, session, branch, and the proof that a change comes from our own page."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from assistant.staff.officers import Officer, Role
from assistant.staff.sessions import StaffSession, StaffSessions, over
from knowledge_base.errors import ErrorCode, Refused

COOKIE = "tthc-staff"
SECURE_COOKIE = "__Host-tthc-staff"  # browsers take this name only over https, for this host and all paths
CSRF_HEADER = "X-CSRF-Token"

OriginCheck = Callable[[str | None, str | None], bool]
"""(Origin, Host) -> whether a page of that origin may send changes."""


@dataclass(frozen=True)
class Guard:
    sessions: StaffSessions
    origin_allowed: OriginCheck

    def own_page(self, connection: HTTPConnection) -> None:
        """Raises: Refused(FORBIDDEN) when the browser names another site, or none."""
        headers = connection.headers
        if not self.origin_allowed(headers.get("origin"), headers.get("host")):
            raise Refused(ErrorCode.FORBIDDEN, "origin")

    def reader(self, connection: HTTPConnection, *, active: bool = False) -> StaffSession:
        """Raises: Refused(LOGIN_OVER), HTTP 401."""
        token = token_of(connection.cookies)
        if not token:
            raise over()
        return self.sessions.read(token, active=active)

    def writer(self, request: Request) -> StaffSession:
        """A session that changes something.  Raises: Refused(FORBIDDEN, LOGIN_OVER)."""
        self.own_page(request)
        session = self.reader(request, active=True)
        given = request.headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(given.encode(), session.csrf.encode()):
            raise Refused(ErrorCode.FORBIDDEN, "csrf")
        return session

    def writer_at(self, request: Request, branch_id: str) -> Officer:
        """An officer who changes something at a branch of theirs.  Raises: as `writer` and `at_branch`."""
        officer = self.writer(request).officer
        at_branch(officer, branch_id)
        return officer


def at_branch(officer: Officer, branch_id: str) -> str:
    """Raises: Refused(FORBIDDEN), also for a branch that does not exist: the caller is not told which."""
    if branch_id not in officer.branches:
        raise Refused(ErrorCode.FORBIDDEN, "branch")
    return branch_id


def supervising(officer: Officer) -> None:
    """Raises: Refused(FORBIDDEN)."""
    if officer.role is not Role.SUPERVISOR:
        raise Refused(ErrorCode.FORBIDDEN, "role")


def token_of(cookies: Mapping[str, str]) -> str:
    return cookies.get(SECURE_COOKIE) or cookies.get(COOKIE) or ""


def set_cookie(response: Response, request: Request, token: str, life_s: int) -> None:
    """HttpOnly, SameSite=Strict; Secure where the page itself came over https."""
    secure = _is_https(request)
    name = SECURE_COOKIE if secure else COOKIE
    response.set_cookie(name, token, max_age=life_s, path="/", secure=secure, httponly=True, samesite="strict")


def drop_cookies(response: Response, request: Request) -> None:
    for name in (SECURE_COOKIE, COOKIE):
        response.delete_cookie(name, path="/", secure=name == SECURE_COOKIE, httponly=True, samesite="strict")


def _is_https(request: Request) -> bool:
    """The page's own origin says so also behind a proxy that ends TLS."""
    return request.url.scheme == "https" or request.headers.get("origin", "").startswith("https://")
