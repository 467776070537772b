"""A portal of 120 invented procedures, and a network that ends at loopback."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from knowledge_base.sync import PortalClient
from tests.knowledge_base.sync.portal import Portal, serving


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        assert self.family == socket.AF_UNIX or address[0] in ("127.0.0.1", "::1"), f"a request left: {address}"
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def portal() -> Iterator[Portal]:
    with serving(Portal(120)) as running:
        yield running


@pytest.fixture
def client(portal: Portal) -> Iterator[Callable[..., PortalClient]]:
    """`client(pause_s=…)`: a client of the portal that waits next to nothing."""
    made: list[PortalClient] = []

    def make(**settings: Any) -> PortalClient:
        made.append(PortalClient(portal.url, **{"pause_s": 0.0, "wait_s": 0.01, "timeout_s": 5.0, **settings}))
        return made[-1]

    yield make
    for one in made:
        one.close()
