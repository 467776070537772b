"""Limiting wrong tries: dossier codes are guessable, four digits are not many.

In process by default, Redis beyond one machine; both are held to the same tests.
"""

from __future__ import annotations

import datetime as dt
import math
import secrets
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from actions.clock import Clock
from knowledge_base.errors import ErrorCode, Refused, Unavailable

TRIES = 5
WINDOW = dt.timedelta(minutes=15)
DAY = dt.timedelta(days=1)
SWEEP_EVERY = 1000  # reservations between two sweeps of what has aged out

log = structlog.get_logger()


@dataclass(frozen=True)
class Limit:
    tries: int
    window: dt.timedelta


# By the kind of a key, the part before its first colon.  Many people share an address (a branch's Wi-Fi, a phone
# network), so it is given more; the day's limits stop who comes back every quarter of an hour.  A dossier has two
# numbers of four digits: a day's guesses open a given one with 0.6 %, any one from one address with 2 %.  One address
# (or person of a channel) may use up a tenth of a code's day: who knows a code cannot close it for its owner alone.
LIMITS = {
    "conversation": Limit(TRIES, WINDOW),
    "person": Limit(TRIES, WINDOW),
    "person-day": Limit(20, DAY),
    "code": Limit(TRIES, WINDOW),
    "code-day": Limit(30, DAY),
    "code-origin-day": Limit(3, DAY),
    "address": Limit(30, WINDOW),
    "address-day": Limit(100, DAY),
}


@dataclass(frozen=True)
class Ticket:
    """One try under way, to be given back when it did not fail."""

    id: int
    keys: tuple[str, ...]


class AttemptLimiter(Protocol):
    """Counts failures by key, each within the limit of its kind.

    A try counts from its start, so that many at once cannot slip through together.
    """

    async def take(self, keys: Sequence[str]) -> Ticket:
        """Begins a try under all `keys`, or none.

        Raises:
            Refused: DOSSIER_TOO_MANY_TRIES; data `minutes`: whole minutes to wait, at least 1.
            Unavailable: DATABASE_DOWN; what cannot be counted is not tried.
        """

    async def give_back(self, ticket: Ticket) -> None:
        """The try did not fail: it no longer counts."""

    async def close(self) -> None: ...


class MemoryAttemptLimiter:
    """For one process; safe among tasks and threads."""

    def __init__(self, clock: Clock, limits: Mapping[str, Limit] = LIMITS) -> None:
        self._clock = clock
        self._limits = limits
        self._lock = threading.Lock()
        self._taken: dict[str, deque[tuple[int, dt.datetime]]] = {}
        self._next = 0

    async def take(self, keys: Sequence[str]) -> Ticket:
        now = self._clock.now()
        with self._lock:
            self._next += 1
            if self._next % SWEEP_EVERY == 0:
                for key in list(self._taken):
                    self._current(key, now)
            waits = [self._wait(key, now) for key in keys]
            if any(waits):
                raise _too_many(max(waits).total_seconds())
            ticket = Ticket(self._next, tuple(dict.fromkeys(keys)))
            for key in ticket.keys:
                self._taken.setdefault(key, deque()).append((ticket.id, now))
            return ticket

    async def give_back(self, ticket: Ticket) -> None:
        with self._lock:
            for key in ticket.keys:
                left = deque(row for row in self._taken.get(key, ()) if row[0] != ticket.id)
                if left:
                    self._taken[key] = left
                else:
                    self._taken.pop(key, None)

    async def close(self) -> None:
        self._taken.clear()

    def _wait(self, key: str, now: dt.datetime) -> dt.timedelta:
        limit = self._limits[kind_of(key)]
        row = self._current(key, now)
        return row[-limit.tries][1] + limit.window - now if len(row) >= limit.tries else dt.timedelta()

    def _current(self, key: str, now: dt.datetime) -> deque[tuple[int, dt.datetime]]:
        """The tries of `key` still inside the window; an empty row is forgotten."""
        row = self._taken.get(key, deque())
        window = self._limits[kind_of(key)].window
        while row and row[0][1] <= now - window:
            row.popleft()
        if not row:
            self._taken.pop(key, None)
        return row

    def __len__(self) -> int:
        return len(self._taken)


# KEYS: a sorted set a key, tries by their start in milliseconds.  ARGV: now, the new try's name, then the window and
# the tries of each key.  The milliseconds to wait, or 0 when the try was begun under every key.
_TAKE = """
local now = tonumber(ARGV[1])
local wait = 0
for index, key in ipairs(KEYS) do
  local window, tries = tonumber(ARGV[1 + 2 * index]), tonumber(ARGV[2 + 2 * index])
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window)
  local count = redis.call('ZCARD', key)
  if count >= tries then
    local first = redis.call('ZRANGE', key, count - tries, count - tries, 'WITHSCORES')
    wait = math.max(wait, tonumber(first[2]) + window - now)
  end
end
if wait > 0 then return wait end
for index, key in ipairs(KEYS) do
  redis.call('ZADD', key, now, ARGV[2])
  redis.call('PEXPIRE', key, ARGV[1 + 2 * index])
end
return 0
"""


class SharedAttemptLimiter:
    """The same for all processes on one Redis; one script a try, so nothing slips in between."""

    def __init__(
        self, url: str, clock: Clock, limits: Mapping[str, Limit] = LIMITS, prefix: str = "tthc:tries:"
    ) -> None:
        from redis.asyncio import Redis

        self._redis: Any = Redis.from_url(url, decode_responses=True, socket_timeout=2, socket_connect_timeout=2)
        self._script = self._redis.register_script(_TAKE)
        self._clock = clock
        self._limits = limits
        self._prefix = prefix

    async def take(self, keys: Sequence[str]) -> Ticket:
        from redis.exceptions import RedisError

        ticket = Ticket(secrets.randbits(63), tuple(dict.fromkeys(keys)))
        now = round(self._clock.now().timestamp() * 1000)
        limits = [self._limits[kind_of(key)] for key in ticket.keys]
        bounds = [bound for limit in limits for bound in (round(limit.window.total_seconds() * 1000), limit.tries)]
        try:
            wait = await self._script(self._named(ticket), [now, ticket.id, *bounds])
        except (RedisError, OSError) as error:
            raise Unavailable(ErrorCode.DATABASE_DOWN, f"Redis: {type(error).__name__}") from error
        if wait:
            raise _too_many(int(wait) / 1000)
        return ticket

    async def give_back(self, ticket: Ticket) -> None:
        """As the protocol says; a try that Redis could not be told about counts until it has aged."""
        from redis.exceptions import RedisError

        try:
            async with self._redis.pipeline(transaction=True) as pipe:
                for key in self._named(ticket):
                    pipe.zrem(key, ticket.id)
                await pipe.execute()
        except (RedisError, OSError) as error:
            log.warning("try not given back", cause=type(error).__name__)

    async def close(self) -> None:
        await self._redis.aclose()

    def _named(self, ticket: Ticket) -> list[str]:
        return [self._prefix + key for key in ticket.keys]


def open_limiter(redis_url: str, clock: Clock) -> AttemptLimiter:
    return SharedAttemptLimiter(redis_url, clock) if redis_url else MemoryAttemptLimiter(clock)


def kind_of(key: str) -> str:
    return key.partition(":")[0]


def _too_many(wait_s: float) -> Refused:
    return Refused(ErrorCode.DOSSIER_TOO_MANY_TRIES, minutes=max(1, math.ceil(wait_s / 60)))
