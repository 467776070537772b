"""Adapter for systems that speak the national portal's `TraCuuHoSo` (see `mappings/national_portal.yml`).

POST JSON.  Login with user and password gives a session; each call carries session, madonvi and service.  Every
failure comes out as `Unavailable(DOSSIER_SYSTEM_DOWN)`; logs tell its kind, never a code, a name or a body.
"""

from __future__ import annotations

import asyncio
import json
from types import TracebackType
from typing import Any

import httpx
import structlog
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from actions.clock import Clock, SystemClock
from actions.dossiers.breaker import CircuitBreaker, CircuitOpen
from actions.dossiers.codes import DossierCode
from actions.dossiers.mapping import Mapping
from actions.dossiers.model import Dossier
from knowledge_base.errors import ErrorCode, Unavailable

ATTEMPTS = 3
WAIT_S = 0.2  # before the second attempt; doubles, with jitter
WAIT_MAX_S = 1.0
TOTAL_FACTOR = 2.5  # the whole look-up, retries included, in time-outs of one call
ANSWER_LIMIT = 1_000_000  # bytes

log = structlog.get_logger()


class _Down(Exception):
    """No usable answer: the transport failed, or the body is not what was agreed."""


class _Passing(_Down):
    """May go well next time: connection, time-out, 5xx."""


class _Rejected(_Down):
    """A proper answer with an error code that is not success: perhaps the session is over."""


class NationalPortal:
    """A dossier system behind the portal's shape.  Keep one for the process, on one event loop.

    Args:
        base_url: address under which the mapping's paths live.
        user, password: for login.
        agency: `madonvi` sent with each call.
        timeout_s: longest wait for one call, in seconds.
        transport: another httpx transport, for tests.
        wait_s: pause before the first retry, in seconds.
    """

    def __init__(
        self,
        base_url: str,
        *,
        user: str,
        password: str,
        agency: str,
        timeout_s: float = 4,
        mapping: Mapping | None = None,
        clock: Clock | None = None,
        breaker: CircuitBreaker | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        wait_s: float = WAIT_S,
    ) -> None:
        self._mapping = mapping or Mapping.load()
        self._user = user
        self._password = password
        self._agency = agency
        self._clock = clock or SystemClock()
        self._breaker = breaker or CircuitBreaker()
        self._total_s = timeout_s * TOTAL_FACTOR
        self._wait_s = wait_s
        self._client = httpx.AsyncClient(
            base_url=base_url.rstrip("/") + "/",
            timeout=timeout_s,
            transport=transport,
            headers={"Accept": "application/json", **self._mapping.headers},
        )
        self._session: str | None = None
        self._login_lock = asyncio.Lock()

    async def __aenter__(self) -> NationalPortal:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._client.aclose()

    async def find(self, code: DossierCode) -> Dossier | None:
        """See `port.DossierSystem.find`.  A record that bears another code is passed over, never shown."""
        try:
            with self._breaker.guard((_Down, TimeoutError)):
                async with asyncio.timeout(self._total_s):
                    records = await self._records(code)
        except CircuitOpen:
            raise self._unavailable("circuit open") from None
        except TimeoutError:
            raise self._unavailable("out of time") from None
        except _Down as error:
            raise self._unavailable(str(error)) from None
        try:
            for record in records:
                if self._mapping.code_of(record) == str(code):
                    return self._mapping.dossier(record, self._clock.now())
        except Unavailable as error:
            log.warning("dossier_record_unreadable", reason=error.detail)
            raise
        return None

    def _unavailable(self, reason: str) -> Unavailable:
        log.warning("dossier_system_down", reason=reason, circuit_open=self._breaker.is_open)
        return Unavailable(ErrorCode.DOSSIER_SYSTEM_DOWN, reason)

    async def _records(self, code: DossierCode) -> list[Any]:
        used, fresh = await self._session_now()
        try:
            return await self._look_up(code, used)
        except _Rejected:
            if fresh:
                raise
        # the code for "session over" differs by system: after any refusal of an older session, log in once more
        if self._session == used:
            self._session = None
        used, _ = await self._session_now()
        return await self._look_up(code, used)

    async def _look_up(self, code: DossierCode, session: str) -> list[Any]:
        body = {
            "session": session,
            "madonvi": self._agency,
            "service": self._mapping.service,
            self._mapping.code_parameter: str(code),
        }
        answer = await self._post(self._mapping.paths.call, body)
        error_code = str(answer.get("error_code"))
        if error_code in self._mapping.not_found:
            return []
        if error_code not in self._mapping.success:
            raise _Rejected(f"look-up error_code {error_code[:8]}")
        records = answer.get("result")
        if records is None:
            return []
        if not isinstance(records, list):
            raise _Down("result is not a list")
        return records

    async def _session_now(self) -> tuple[str, bool]:
        """The session, and whether it was made just now."""
        async with self._login_lock:
            if self._session is not None:
                return self._session, False
            answer = await self._post(self._mapping.paths.login, {"username": self._user, "password": self._password})
            error_code = str(answer.get("error_code"))
            session = answer.get("session")
            if error_code not in self._mapping.success or not isinstance(session, str) or not session:
                raise _Rejected(f"login error_code {error_code[:8]}")
            self._session = session
            return session, True

    async def _post(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        """One answer as an object; retried where another try may help."""
        retrying = AsyncRetrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_exponential_jitter(multiplier=self._wait_s, max=WAIT_MAX_S, jitter=self._wait_s),
            retry=retry_if_exception_type(_Passing),
            reraise=True,
        )
        return await retrying(self._post_once, path, body)

    async def _post_once(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        try:
            response = await self._client.post(path, json=body)
        except httpx.TransportError as error:
            raise _Passing(type(error).__name__) from None
        except httpx.HTTPError as error:
            raise _Down(type(error).__name__) from None
        if response.status_code >= 500:
            raise _Passing(f"HTTP {response.status_code}")
        if response.status_code in (401, 403):
            raise _Rejected(f"HTTP {response.status_code}")
        if response.status_code != 200:
            raise _Down(f"HTTP {response.status_code}")
        if len(response.content) > ANSWER_LIMIT:
            raise _Down("answer too long")
        try:
            # strict UTF-8, whatever charset the header claims: a name must not come out garbled
            answer = json.loads(response.content.decode("utf-8-sig"))
        except (UnicodeDecodeError, ValueError, RecursionError) as error:
            raise _Down(f"body: {type(error).__name__}") from None
        if not isinstance(answer, dict):
            raise _Down("body is not an object")
        return answer
