"""A real server for the browser: uvicorn in a thread, on a port of its own, that can be stopped and started again."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class WebServer:
    """Serves `make_app()`.  `websockets` false: the upgrade is refused, as some proxies do."""

    def __init__(self, make_app: Callable[[], ASGIApp], port: int | None = None) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.websockets = True
        self._make_app = make_app
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        app = self._make_app()

        async def gate(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "websocket" and not self.websockets:
                await receive()
                await send({"type": "websocket.close"})
                return
            await app(scope, receive, send)

        started = threading.Event()
        config = uvicorn.Config(
            gate,
            host="127.0.0.1",
            port=self.port,
            log_level="error",
            lifespan="off",
            ws="websockets-sansio",
            timeout_graceful_shutdown=1,
        )

        class Announcing(uvicorn.Server):
            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                started.set()

        self._server = Announcing(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        assert started.wait(20), "the server did not start"

    def stop(self) -> None:
        if self._server is None or self._thread is None:
            return
        self._server.should_exit = True
        self._thread.join(20)
        assert not self._thread.is_alive(), "the server did not stop"
        self._server = None
