"""Logging in: tries are limited for each account and each address before a password is looked at."""

from __future__ import annotations

import asyncio
import datetime as dt

import structlog

from actions.appointments.counter_port import ActKind, CounterPort
from actions.clock import Clock
from actions.dossiers.limiter import AttemptLimiter, Limit, MemoryAttemptLimiter, SharedAttemptLimiter, Ticket
from actions.personal import PersonalKeys
from assistant.staff.officers import Officer, Officers
from assistant.staff.sessions import StaffSessions
from knowledge_base.errors import ErrorCode, Refused

log = structlog.get_logger()

WINDOW = dt.timedelta(minutes=15)
LIMITS = {"account": Limit(8, WINDOW), "address": Limit(30, WINDOW)}  # a branch may share one address
_HASHES_AT_ONCE = 2  # each takes 32 MB and a processor


def open_login_limiter(redis_url: str, clock: Clock) -> AttemptLimiter:
    """In Redis where there is one."""
    if not redis_url:
        return MemoryAttemptLimiter(clock, LIMITS)
    return SharedAttemptLimiter(redis_url, clock, LIMITS, "tthc:staff-tries:")


class Login:
    def __init__(
        self,
        officers: Officers,
        sessions: StaffSessions,
        trail: CounterPort,
        limiter: AttemptLimiter,
        keys: PersonalKeys,
    ) -> None:
        self._officers = officers
        self._sessions = sessions
        self._trail = trail
        self._limiter = limiter
        self._keys = keys
        self._hashing = asyncio.Semaphore(_HASHES_AT_ONCE)

    async def enter(self, username: str, password: str, address: str) -> tuple[str, Officer]:
        """A session's token and its officer.

        Raises: Refused(LOGIN_WRONG), the same for a wrong name, a wrong password and a disabled officer;
            Refused(LOGIN_PAUSED, `minutes`), HTTP 429.
        """
        # an address goes first: it must not be able to use up the tries of many accounts
        place = await self._take("address", address)
        account = await self._take("account", username.strip().lower())
        async with self._hashing:
            officer, right = await asyncio.to_thread(self._officers.known_by, username, password)
        if officer is None or not right:
            log.warning("staff_login_failed", known=officer is not None)
            if officer is not None:
                await asyncio.to_thread(self._trail.note, "", ActKind.LOGIN_FAILED, officer.id)
            raise Refused(ErrorCode.LOGIN_WRONG)
        await self._limiter.give_back(account)
        await self._limiter.give_back(place)
        token = await asyncio.to_thread(self._sessions.open, officer.id)
        await asyncio.to_thread(self._trail.note, "", ActKind.LOGIN, officer.id)
        return token, officer

    async def leave(self, token: str, officer: Officer) -> None:
        await asyncio.to_thread(self._sessions.close, token)
        await asyncio.to_thread(self._trail.note, "", ActKind.LOGOUT, officer.id)

    async def close(self) -> None:
        await self._limiter.close()

    async def _take(self, kind: str, said: str) -> Ticket:
        try:
            return await self._limiter.take([f"{kind}:{self._keys.hash('staff-login', kind, said)}"])
        except Refused as error:
            log.warning("staff_login_paused", kind=kind)
            paused = Refused(ErrorCode.LOGIN_PAUSED, minutes=error.data["minutes"])
            paused.http_status = 429
            raise paused from None
