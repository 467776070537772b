"""Logging in: tries are limited for each account and each address before a password is looked at."""

from __future__ import annotations

import asyncio
import datetime as dt

import structlog

from actions.appointments.counter_port import ActKind, CounterPort
from actions.appointments.personal import PersonalKeys
from actions.clock import Clock
from actions.dossiers.limiter import AttemptLimiter, MemoryAttemptLimiter, SharedAttemptLimiter, Ticket
from assistant.staff.officers import Officer, Officers
from assistant.staff.sessions import StaffSessions
from knowledge_base.errors import ErrorCode, Refused

log = structlog.get_logger()

ACCOUNT_TRIES = 8
ADDRESS_TRIES = 30  # a branch may share one address
WINDOW = dt.timedelta(minutes=15)
_HASHES_AT_ONCE = 2  # each takes 32 MB and a processor


def open_limiters(redis_url: str, clock: Clock) -> tuple[AttemptLimiter, AttemptLimiter]:
    """For accounts and for addresses; in Redis where there is one."""
    if not redis_url:
        return MemoryAttemptLimiter(clock, ACCOUNT_TRIES, WINDOW), MemoryAttemptLimiter(clock, ADDRESS_TRIES, WINDOW)
    prefix = "tthc:staff-tries:"
    return (
        SharedAttemptLimiter(redis_url, clock, ACCOUNT_TRIES, WINDOW, prefix + "account:"),
        SharedAttemptLimiter(redis_url, clock, ADDRESS_TRIES, WINDOW, prefix + "address:"),
    )


class Login:
    def __init__(
        self,
        officers: Officers,
        sessions: StaffSessions,
        trail: CounterPort,
        limiters: tuple[AttemptLimiter, AttemptLimiter],
        keys: PersonalKeys,
    ) -> None:
        self._officers = officers
        self._sessions = sessions
        self._trail = trail
        self._accounts, self._addresses = limiters
        self._keys = keys
        self._hashing = asyncio.Semaphore(_HASHES_AT_ONCE)

    async def enter(self, username: str, password: str, address: str) -> tuple[str, Officer]:
        """A session's token and its officer.

        Raises: Refused(LOGIN_WRONG), the same for a wrong name, a wrong password and a disabled officer;
            Refused(LOGIN_PAUSED, `minutes`), HTTP 429.
        """
        # an address goes first: it must not be able to use up the tries of many accounts
        place = await self._take(self._addresses, "address", address)
        account = await self._take(self._accounts, "account", username.strip().lower())
        async with self._hashing:
            officer, right = await asyncio.to_thread(self._officers.known_by, username, password)
        if officer is None or not right:
            log.warning("staff_login_failed", known=officer is not None)
            if officer is not None:
                await asyncio.to_thread(self._trail.note, "", ActKind.LOGIN_FAILED, officer.id)
            raise Refused(ErrorCode.LOGIN_WRONG)
        await self._accounts.give_back(account)
        await self._addresses.give_back(place)
        token = await asyncio.to_thread(self._sessions.open, officer.id)
        await asyncio.to_thread(self._trail.note, "", ActKind.LOGIN, officer.id)
        return token, officer

    async def leave(self, token: str, officer: Officer) -> None:
        await asyncio.to_thread(self._sessions.close, token)
        await asyncio.to_thread(self._trail.note, "", ActKind.LOGOUT, officer.id)

    async def close(self) -> None:
        await self._accounts.close()
        await self._addresses.close()

    async def _take(self, limiter: AttemptLimiter, kind: str, said: str) -> Ticket:
        try:
            return await limiter.take([self._keys.hash("staff-login", kind, said)])
        except Refused as error:
            log.warning("staff_login_paused", kind=kind)
            paused = Refused(ErrorCode.LOGIN_PAUSED, minutes=error.data["minutes"])
            paused.http_status = 429
            raise paused from None
