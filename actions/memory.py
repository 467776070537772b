"""Short-lived memory shared by the processes of one platform: buttons, repeats, limits, open tickets.

In process by default, Redis beyond one machine; both are held to the same tests.  Values are JSON-able.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any, Protocol

from knowledge_base.errors import ErrorCode, Unavailable


class Memory(Protocol):
    async def get(self, key: str) -> Any | None:
        """The value, or None when there is none or it has expired."""

    async def put(self, key: str, value: Any, ttl_s: float) -> None:
        """Sets the value for `ttl_s` seconds."""

    async def add(self, key: str, value: Any, ttl_s: float) -> bool:
        """Sets the value only if there is none; whether it did.  Atomic."""

    async def count(self, key: str, ttl_s: float) -> int:
        """Adds one and returns the new count; the first count starts the `ttl_s` window.  Atomic."""

    async def drop(self, key: str) -> None: ...

    async def close(self) -> None: ...


class ProcessMemory:
    """A dictionary with expiry.  `now` is injectable for tests.

    Values are kept as JSON text, as Redis keeps them: who changes a value it was given changes no one else's.
    """

    SWEEP_EVERY = 1000

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._values: dict[str, tuple[float, str]] = {}
        self._lock = asyncio.Lock()
        self._writes = 0

    async def get(self, key: str) -> Any | None:
        held = self._live(key)
        return None if held is None else json.loads(held)

    async def put(self, key: str, value: Any, ttl_s: float) -> None:
        self._sweep()
        self._values[key] = (self._now() + ttl_s, json.dumps(value))

    async def add(self, key: str, value: Any, ttl_s: float) -> bool:
        async with self._lock:
            if self._live(key) is not None:
                return False
            await self.put(key, value, ttl_s)
            return True

    async def count(self, key: str, ttl_s: float) -> int:
        async with self._lock:
            held = self._live(key)
            if held is None:
                await self.put(key, 1, ttl_s)
                return 1
            counted = int(held) + 1
            self._values[key] = (self._values[key][0], str(counted))
            return counted

    async def drop(self, key: str) -> None:
        self._values.pop(key, None)

    async def close(self) -> None:
        self._values.clear()

    def _live(self, key: str) -> str | None:
        held = self._values.get(key)
        if held is None:
            return None
        if held[0] <= self._now():
            del self._values[key]
            return None
        return held[1]

    def _sweep(self) -> None:
        self._writes += 1
        if self._writes % self.SWEEP_EVERY == 0:
            now = self._now()
            for key in [key for key, (expires, _) in self._values.items() if expires <= now]:
                del self._values[key]


class RedisMemory:
    """The same on Redis."""

    def __init__(self, url: str, prefix: str = "tthc:") -> None:
        from redis.asyncio import Redis

        self._redis: Any = Redis.from_url(url, decode_responses=True, socket_timeout=2, socket_connect_timeout=2)
        self._prefix = prefix

    async def get(self, key: str) -> Any | None:
        held = await self._ask(self._redis.get(self._prefix + key))
        return None if held is None else json.loads(held)

    async def put(self, key: str, value: Any, ttl_s: float) -> None:
        await self._ask(self._redis.set(self._prefix + key, json.dumps(value), px=max(1, int(ttl_s * 1000))))

    async def add(self, key: str, value: Any, ttl_s: float) -> bool:
        written = self._redis.set(self._prefix + key, json.dumps(value), px=max(1, int(ttl_s * 1000)), nx=True)
        return bool(await self._ask(written))

    async def count(self, key: str, ttl_s: float) -> int:
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.set(self._prefix + key, 0, px=max(1, int(ttl_s * 1000)), nx=True)
            pipe.incr(self._prefix + key)
            return int((await self._ask(pipe.execute()))[1])

    async def drop(self, key: str) -> None:
        await self._ask(self._redis.delete(self._prefix + key))

    async def close(self) -> None:
        await self._redis.aclose()

    async def _ask(self, call: Any) -> Any:
        from redis.exceptions import RedisError

        try:
            return await call
        except (RedisError, OSError) as error:
            raise Unavailable(ErrorCode.DATABASE_DOWN, f"Redis: {type(error).__name__}") from error


def open_memory(redis_url: str) -> Memory:
    return RedisMemory(redis_url) if redis_url else ProcessMemory()
