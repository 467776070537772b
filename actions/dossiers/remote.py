"""What every adapter over HTTP shares: token, time-out, retries, circuit breaker, and finding the right record.

Every failure comes out as `Unavailable(DOSSIER_SYSTEM_DOWN)`; logs tell its kind and the system, never a code, a name
or a body.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

import httpx
import structlog

from actions.clock import Clock, SystemClock
from actions.dossiers.breaker import CircuitBreaker, CircuitOpen
from actions.dossiers.codes import DossierCode
from actions.dossiers.mapping import MAPPINGS, Mapping
from actions.dossiers.model import Dossier
from actions.dossiers.reading import at
from actions.dossiers.tokens import SharedToken, Token
from actions.dossiers.transport import WAIT_S, Down, JsonCaller, Rejected
from knowledge_base.errors import ErrorCode, Unavailable

TOTAL_FACTOR = 2.5  # the whole look-up, retries included, in time-outs of one call
TOTAL_MAX_S = 12.0  # a turn may take 15 seconds (TTHC_TURN_TIMEOUT_S): the citizen must hear that the system is down

log = structlog.get_logger()


class RemoteSystem(ABC):
    """A dossier system at an address.  Keep one for the process, on one event loop.

    Args:
        base_url: address under which the mapping's paths live.
        user, password: for login, whatever the system calls them.
        agency: our own unit as the system knows it, where calls carry one.
        login_url: whole address of the login where it lives elsewhere.
        timeout_s: longest wait for one call, in seconds.
        transport: another httpx transport, for tests.
        wait_s: pause before the first retry, in seconds.
    """

    name: ClassVar[str]  # as routes, settings and logs know the system
    file: ClassVar[str]  # its mapping, in `mappings/`

    def __init__(
        self,
        base_url: str,
        *,
        user: str,
        password: str,
        agency: str = "",
        login_url: str = "",
        timeout_s: float = 4,
        mapping: Mapping | None = None,
        clock: Clock | None = None,
        breaker: CircuitBreaker | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        wait_s: float = WAIT_S,
    ) -> None:
        self._mapping = mapping or Mapping.load(MAPPINGS / self.file)
        self._user = user
        self._password = password
        self._agency = agency
        self._login_path = login_url or self._mapping.login.path
        self._clock = clock or SystemClock()
        self._breaker = breaker or CircuitBreaker()
        self._total_s = min(timeout_s * TOTAL_FACTOR, max(TOTAL_MAX_S, timeout_s))
        self._caller = JsonCaller(base_url, timeout_s, self._mapping.headers, transport, wait_s)
        self._token = SharedToken(self._log_in, self._clock)

    @classmethod
    def mapping_in(cls, folder: Path | None) -> Mapping:
        """The mapping file of this system in `folder` if it is there, otherwise the project's own."""
        own = MAPPINGS / cls.file
        return Mapping.load(folder / cls.file if folder and (folder / cls.file).exists() else own)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._caller.close()

    async def try_login(self) -> str:
        """Why this system cannot be used now; empty when it lets us in."""
        try:
            async with asyncio.timeout(self._total_s):
                await self._token.get()
        except TimeoutError:
            return "out of time"
        except Down as error:
            return str(error)
        return ""

    def covers(self, code: DossierCode) -> bool:
        """Any code: which system is asked for which is the routes' business."""
        return True

    async def find(self, code: DossierCode) -> Dossier | None:
        """See `port.DossierSystem.find`.  A record that bears another code is passed over, never shown."""
        try:
            with self._breaker.guard((Down, TimeoutError)):
                async with asyncio.timeout(self._total_s):
                    records = await self._records(code)
        except CircuitOpen:
            raise self._unavailable("circuit open") from None
        except TimeoutError:
            raise self._unavailable("out of time") from None
        except Down as error:
            raise self._unavailable(str(error)) from None
        try:
            for record in records:
                if str(code) in self._mapping.codes_of(record):
                    return self._checked(self._mapping.dossier(record, self._clock.now(), str(code)))
        except Unavailable as error:
            log.warning("dossier_record_unreadable", system=self.name, reason=error.detail)
            error.data["partial"] = True  # the system did answer: a try at this code counts
            raise
        return None

    def _checked(self, dossier: Dossier) -> Dossier:
        if not dossier.proof_tails:
            # nobody can prove a right to it: whoever runs the system must be asked to send the owner's numbers
            log.warning("dossier_without_proof", system=self.name)
        return dossier

    def _unavailable(self, reason: str) -> Unavailable:
        log.warning("dossier_system_down", system=self.name, reason=reason, circuit_open=self._breaker.is_open)
        return Unavailable(ErrorCode.DOSSIER_SYSTEM_DOWN, reason)

    async def _records(self, code: DossierCode) -> list[Any]:
        used, fresh = await self._token.get()
        try:
            return await self._look_up(code, used)
        except Rejected:
            if fresh:
                raise
        # what "session over" looks like differs by system: after any refusal of an older token, log in once more
        self._token.drop(used)
        used, _ = await self._token.get()
        return await self._look_up(code, used)

    @abstractmethod
    async def _log_in(self) -> Token:
        """Raises `Down`, `Rejected`."""

    @abstractmethod
    async def _look_up(self, code: DossierCode, token: str) -> list[Any]:
        """The records the system gives for this code, none when it knows none.  Raises `Down`, `Rejected`."""

    def _credentials(self) -> dict[str, str]:
        login = self._mapping.login
        return {**login.fixed, login.user: self._user, login.password: self._password}

    def _question(self, code: DossierCode) -> dict[str, str]:
        call = self._mapping.call
        agency = {call.agency: self._agency} if call.agency else {}
        return {**call.fixed, **agency, call.code: str(code)}

    def _token_in(self, answer: dict[str, Any]) -> Token:
        login = self._mapping.login
        value = at(answer, login.token)
        if not isinstance(value, str) or not value:
            raise Rejected("login gave no token")
        lifetime = at(answer, login.lifetime) if login.lifetime else None
        lives = [float(lifetime)] if isinstance(lifetime, int | float) and lifetime > 0 else []
        return Token(value, min([*lives, *([login.keep_s] if login.keep_s else [])], default=0))

    def _list_in(self, answer: dict[str, Any]) -> list[Any]:
        found = at(answer, self._mapping.call.records)
        if not isinstance(found, list):
            raise Down(f"{self._mapping.call.records} is not a list")
        return found


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
