"""Calls to another system: JSON over HTTP, retried where another try may help, and three ways to fail.

Nothing of a body, a name or a code is ever in an error's words.
"""

from __future__ import annotations

import json
import logging
from typing import Any

import httpx
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

ATTEMPTS = 3
WAIT_S = 0.2  # before the second attempt; doubles, with jitter
WAIT_MAX_S = 1.0
ANSWER_LIMIT = 1_000_000  # bytes


class Down(Exception):
    """No usable answer: the transport failed, or the body is not what was agreed."""


class Passing(Down):
    """May go well next time: connection, time-out, 5xx."""


class Rejected(Down):
    """A proper answer that refuses: perhaps the session or token is over."""


class JsonCaller:
    """
    Args:
        base_url: address under which relative paths live; a whole address is called as it is.
        timeout_s: longest wait for one call, in seconds.
        headers: sent with each call.
        transport: another httpx transport, for tests.
        wait_s: pause before the first retry, in seconds.
    """

    def __init__(
        self,
        base_url: str,
        timeout_s: float,
        headers: dict[str, str],
        transport: httpx.AsyncBaseTransport | None = None,
        wait_s: float = WAIT_S,
    ) -> None:
        _keep_addresses_out_of_logs()
        self._wait_s = wait_s
        self._client = httpx.AsyncClient(
            base_url=base_url.rstrip("/") + "/",
            timeout=timeout_s,
            transport=transport,
            headers={"Accept": "application/json", **headers},
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def get(self, path: str, params: dict[str, str], headers: dict[str, str]) -> dict[str, Any]:
        return await self._retried("GET", path, params=params, headers=headers)

    async def post(self, path: str, body: dict[str, str], headers: dict[str, str] | None = None) -> dict[str, Any]:
        return await self._retried("POST", path, json=body, headers=headers)

    async def post_form(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        return await self._retried("POST", path, data=body)

    async def _retried(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        """One answer as an object.

        Raises:
            Down, Passing, Rejected: see there.
        """
        retrying = AsyncRetrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_exponential_jitter(multiplier=self._wait_s, max=WAIT_MAX_S, jitter=self._wait_s),
            retry=retry_if_exception_type(Passing),
            reraise=True,
        )
        return await retrying(self._once, method, path, **content)

    async def _once(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        try:
            response = await self._client.request(method, path, **content)
        except httpx.TransportError as error:
            raise Passing(type(error).__name__) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Down(type(error).__name__) from None
        if response.status_code >= 500:
            raise Passing(f"HTTP {response.status_code}")
        if response.status_code in (401, 403):
            raise Rejected(f"HTTP {response.status_code}")
        if response.status_code != 200:
            raise Down(f"HTTP {response.status_code}")
        if len(response.content) > ANSWER_LIMIT:
            raise Down("answer too long")
        try:
            # strict UTF-8, whatever charset the header claims: a name must not come out garbled
            answer = json.loads(response.content.decode("utf-8-sig"))
        except (UnicodeDecodeError, ValueError, RecursionError) as error:
            raise Down(f"body: {type(error).__name__}") from None
        if not isinstance(answer, dict):
            raise Down("body is not an object")
        return answer


def _keep_addresses_out_of_logs() -> None:
    """httpx logs each address at INFO, and some systems want the dossier's code in it."""
    for name in ("httpx", "httpcore"):
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.WARNING))
