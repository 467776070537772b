"""The two calls of the national portal that a sync needs, one request at a time.

POST with a JSON body, no login; `{"code": "OK", "data": {...}}` whatever the HTTP status within 2xx.  The API is not
documented: calls, envelope and paging are read off public crawls.  The portal's firewall answers a client it does not
want with a small HTML page ("Request Rejected") and HTTP 200: that ends a sync at once, it is never tried again.
"""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any

import httpx
import orjson
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from knowledge_base.errors import ErrorCode, Misconfigured, Unavailable

LIST_PATH = "/api/v1/submitting/formality/list-all-public-formality-by-citizen"
DETAIL_PATH = "/api/v1/configuring/formality/get-formality-by-citizen"
PAGE_SIZE = 50  # 200 is said to work, 50 to be safer
ATTEMPTS = 4
WAIT_S = 2.0  # before the second attempt; doubles, with jitter
WAIT_MAX_S = 60.0
RETRY_AFTER_MAX_S = 900.0  # who asks for a longer wait is asked again another time
ANSWER_LIMIT = 10_000_000  # bytes; the longest detail known has under 1 MB
# The firewall wants a browser-like name; ours stands behind it, so that the portal's people can tell who asks.
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) tthc-assistant/0.1"

Waiting = Callable[[float, str], None]  # seconds, why


class CallFailed(Exception):
    """One call brought no usable answer, tries included; the next record's call may."""


class OutOfTime(Exception):
    """The time given to the whole sync is over."""


class _Passing(Exception):
    """May go well next time: connection, time-out, 429, 5xx, an answer cut short."""

    def __init__(self, reason: str, wait_s: float = 0.0) -> None:
        super().__init__(reason)
        self.wait_s = wait_s  # what Retry-After asked for


@dataclass(frozen=True, slots=True)
class Page:
    items: list[dict[str, Any]]
    last_id: str  # cursor of the next page; empty: there is none
    total: int | None  # procedures on the whole list, as the portal counts them


class PortalClient:
    """One connection to the portal.  Not for several threads.

    Args:
        portal: address of the portal, `https://…`, without a path.
        pause_s: least time between the end of an answer and the next request, in seconds.
        timeout_s: longest time for one answer, in seconds, however slowly it trickles.
        total_s: time for everything, in seconds, waits included.
        wait_s: pause before the first retry, in seconds.
        waiting: told of each wait before a retry.

    Raises:
        Misconfigured: `portal` is no web address.
    """

    def __init__(
        self,
        portal: str,
        *,
        pause_s: float = 0.5,
        timeout_s: float = 30.0,
        total_s: float = 7200.0,
        wait_s: float = WAIT_S,
        waiting: Waiting | None = None,
    ) -> None:
        self.portal = portal.rstrip("/")
        url = httpx.URL(self.portal)
        if url.scheme not in ("http", "https") or not url.host:
            raise Misconfigured(ErrorCode.MISCONFIGURED, "TTHC_PORTAL_URL is no web address")
        self._pause_s = pause_s
        self._timeout_s = timeout_s
        self._until = time.monotonic() + total_s
        self._waiting = waiting
        self._rested_at = 0.0
        self._backoff = wait_exponential_jitter(multiplier=wait_s, max=WAIT_MAX_S, jitter=wait_s)
        self._client = httpx.Client(
            headers={
                "User-Agent": USER_AGENT,
                "Accept": "application/json",
                "Origin": self.portal,
                "Referer": f"{self.portal}/",
            },
            limits=httpx.Limits(max_connections=1),
        )

    def __enter__(self) -> PortalClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def page(self, last_id: str) -> Page:
        """The page of the public list after the cursor `last_id` (empty: the first), newest procedures first.

        Raises:
            CallFailed: no usable answer.
            OutOfTime: the total time is over.
            Unavailable: (`CATALOGUE_SOURCE_DOWN`) blocked, or nothing answers at that address.
        """
        body = {"limit": PAGE_SIZE, "lastId": last_id, "q": "", "categoryId": "", "departmentCode": ""}
        data = self._call(LIST_PATH, body)
        items, total, cursor = data.get("items"), data.get("total"), data.get("lastId")
        if not isinstance(items, list):
            raise CallFailed("the list has no items")
        sound = [item for item in items if isinstance(item, dict) and isinstance(item.get("id"), str) and item["id"]]
        return Page(
            items=sound,
            last_id=cursor if isinstance(cursor, str) else "",
            total=total if isinstance(total, int) and not isinstance(total, bool) else None,
        )

    def detail(self, procedure_id: str) -> dict[str, Any]:
        """The record of one procedure, without the envelope.  Raises as `page` does."""
        data = self._call(DETAIL_PATH, {"id": procedure_id})
        if data.get("id") != procedure_id:
            raise CallFailed("the answer is another procedure's")
        return data

    def _call(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        retrying = Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=self._wait_s,
            retry=retry_if_exception_type(_Passing),
            sleep=self._sleep,
            before_sleep=self._tell,
            reraise=True,
        )
        try:
            return retrying(self._once, path, body)
        except _Passing as error:
            if isinstance(error.__cause__, httpx.ConnectError):
                raise unavailable("down", f"nothing answers at {self.portal}") from error
            raise CallFailed(str(error)) from error

    def _once(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        self._sleep(max(0.0, self._rested_at + self._pause_s - time.monotonic()))
        ends = min(time.monotonic() + self._timeout_s, self._until)
        timeout = max(0.01, ends - time.monotonic())
        try:
            with self._client.stream("POST", self.portal + path, json=body, timeout=timeout) as response:
                content = _read(response, ends)
        except httpx.RequestError as error:
            raise _Passing(type(error).__name__) from error
        finally:
            self._rested_at = time.monotonic()
        return _data(response, content)

    def _wait_s(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.wait_s if isinstance(error, _Passing) else 0.0
        # Jitter after Retry-After too: others were sent away with the same number.
        return asked + random.uniform(0, 1) if asked else self._backoff(state)  # noqa: S311

    def _tell(self, state: RetryCallState) -> None:
        if self._waiting and state.next_action and state.outcome:
            self._waiting(state.next_action.sleep, str(state.outcome.exception()))

    def _sleep(self, seconds: float) -> None:
        """Raises OutOfTime rather than sleep past the end."""
        if time.monotonic() + seconds >= self._until:
            raise OutOfTime
        if seconds > 0:
            time.sleep(seconds)


def unavailable(reason: str, detail: str) -> Unavailable:
    """The error that ends a sync; `data["reason"]` is `blocked` or `down`."""
    return Unavailable(ErrorCode.CATALOGUE_SOURCE_DOWN, detail, reason=reason)


def _read(response: httpx.Response, ends: float) -> bytes:
    parts: list[bytes] = []
    size = 0
    for part in response.iter_bytes():
        parts.append(part)
        size += len(part)
        if size > ANSWER_LIMIT:
            raise CallFailed("the answer is too long")
        if time.monotonic() > ends:
            raise _Passing("the answer trickles")
    return b"".join(parts)


def _data(response: httpx.Response, content: bytes) -> dict[str, Any]:
    status = response.status_code
    if b"Request Rejected" in content or status in (401, 403):
        raise unavailable("blocked", f"the portal's firewall refuses our calls (HTTP {status})")
    if status in (408, 429) or status >= 500:
        raise _Passing(f"HTTP {status}", _retry_after(response.headers.get("Retry-After", "")))
    if not 200 <= status < 300:
        raise CallFailed(f"HTTP {status}")
    text = content.removeprefix(b"\xef\xbb\xbf").strip()
    if text and not text.startswith((b"{", b"[")):
        raise unavailable("blocked", "the portal answers with something else than JSON: its firewall refuses our calls")
    try:
        answer = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _Passing("the answer is cut short or no JSON") from None
    if not isinstance(answer, dict):
        raise CallFailed("the answer has no envelope")
    if answer.get("code") != "OK":
        raise CallFailed(f"the envelope says {str(answer.get('code'))[:20]!r}, not OK")
    data = answer.get("data")
    if not isinstance(data, dict):
        raise CallFailed("the envelope holds no data")
    return data


def _retry_after(text: str) -> float:
    """Seconds of a Retry-After header (a number, or an HTTP date); 0 where it says nothing usable.

    Raises:
        Unavailable: it asks for longer than we stay.
    """
    if text.strip().isascii() and text.strip().isdigit():
        seconds = float(text)
    else:
        try:
            then = parsedate_to_datetime(text)
        except ValueError:
            return 0.0
        if then.tzinfo is None:
            then = then.replace(tzinfo=dt.timezone.utc)
        seconds = (then - dt.datetime.now(dt.timezone.utc)).total_seconds()
    if seconds > RETRY_AFTER_MAX_S:
        raise unavailable("down", f"the portal asks to come back in {seconds / 60:.0f} minutes")
    return max(0.0, seconds)
