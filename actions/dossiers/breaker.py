"""A small circuit breaker: a system that keeps failing is left alone for a while."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class CircuitOpen(Exception):
    """Not asked: the last calls failed."""


class CircuitBreaker:
    """Opens after `failures` failed calls in a row; after `pause_s` seconds lets one call try.

    For one event loop.  `now` is a monotonic clock in seconds.
    """

    def __init__(self, failures: int = 5, pause_s: float = 30, now: Callable[[], float] = time.monotonic) -> None:
        self._limit = failures
        self._pause_s = pause_s
        self._now = now
        self._failed = 0
        self._open_until: float | None = None
        self._trying = False

    @property
    def is_open(self) -> bool:
        return self._open_until is not None

    @contextmanager
    def guard(self, counted: tuple[type[BaseException], ...]) -> Iterator[None]:
        """Around one call; errors of the `counted` kinds are failures, anything else says nothing.

        Raises:
            CircuitOpen: the call was not made.
        """
        if self._open_until is not None and (self._trying or self._now() < self._open_until):
            raise CircuitOpen
        half_open = self._open_until is not None
        self._trying = half_open
        try:
            yield
        except counted:
            self._failed += 1
            if half_open or self._failed >= self._limit:
                self._open_until = self._now() + self._pause_s
            raise
        else:
            self._failed = 0
            self._open_until = None
        finally:
            if half_open:
                self._trying = False
