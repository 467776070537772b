"""`tthc up`: everything in one terminal, in order, and everything stopped when it ends.

    dialogue side   train the model if it is stale -> Rasa
    platform side   migrate the database -> index -> dossier sandbox -> platform

The two sides run at the same time.  A child that dies is started again; when this process dies, its children do too.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
import sys
import time
from collections.abc import Mapping
from typing import Any

import httpx
from rich.console import Console

from assistant.settings import Settings
from assistant.setup import dialogue, standins
from assistant.setup.dialogue import log_folder, model_is_stale, train_model
from assistant.setup.processes import Service, Supervisor, run_once, tail
from knowledge_base.errors import ErrorCode, Misconfigured, Unavailable

__all__ = ["busy_ports", "model_is_stale", "train_model", "up"]

GRACEFUL_S = 5
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def ports(settings: Settings, rasa: bool, sandbox: bool) -> list[tuple[str, str, int, str]]:
    """Name, address, port and setting of each listener that this machine will have."""
    wanted = [("platform", settings.host, settings.port, "TTHC_PORT")]
    if rasa:
        wanted.append(("Rasa", settings.rasa_host, settings.rasa_port, "TTHC_RASA_PORT"))
    if sandbox:
        wanted.append(("dossier sandbox", "127.0.0.1", settings.sandbox_port, "TTHC_SANDBOX_PORT"))
    for name, port in standins.wanted(settings).items():
        wanted.append((f"{name} stand-in", "127.0.0.1", port, "TTHC_STANDINS"))
    return wanted


def busy_ports(settings: Settings, rasa: bool = True, sandbox: bool = True) -> list[str]:
    """A sentence for each port that cannot be used, with the setting to change."""
    said = []
    taken: dict[int, str] = {}
    for name, host, port, setting in ports(settings, rasa, sandbox):
        if port in taken:
            said.append(f"Port {port} is set for both {taken[port]} and {name}. Set {setting} to another port.")
            continue
        taken[port] = name
        trouble = _cannot_listen(host, port)
        if trouble == errno.EADDRINUSE:
            said.append(f"Port {port} ({name}) is in use. Stop what uses it, or set {setting} to a free port.")
        elif trouble:
            said.append(f"Port {port} ({name}) cannot be used on {host}: {errno.errorcode.get(trouble, trouble)}.")
    return said


def _cannot_listen(host: str, port: int) -> int:
    """0, or the error number of an attempt to listen."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do
            probe.bind(address)
            probe.listen(1)
    except socket.gaierror:
        return errno.EADDRNOTAVAIL
    except OSError as error:
        return error.errno or errno.EADDRNOTAVAIL
    return 0


def sandbox_health(settings: Settings) -> str:
    return f"http://127.0.0.1:{settings.sandbox_port}/health"


def sandbox_service(settings: Settings) -> Service:
    command = [sys.executable, "-m", "actions.dossiers.sandbox", "--port", str(settings.sandbox_port)]
    environ = {"TTHC_DOSSIER_PASSWORD": settings.secret("dossier_password")}
    return Service("Dossier sandbox", command, log_folder(settings) / "sandbox.log", sandbox_health(settings), environ)


def platform_service(settings: Settings, more: Mapping[str, str] | None = None) -> Service:
    command = [
        sys.executable, "-m", "uvicorn", "assistant.app:create_app", "--factory", "--workers", "1",
        "--host", settings.host, "--port", str(settings.port), "--no-access-log", "--no-server-header",
        "--timeout-graceful-shutdown", str(GRACEFUL_S),
    ]  # fmt: skip
    environ = {"TTHC_RASA_SECRET": settings.secret("rasa_secret"), **(more or {})}
    return Service(
        "Platform", command, log_folder(settings) / "platform.log", f"{settings.platform_url}/healthz", environ
    )


class Launch:
    """One run of `tthc up`."""

    def __init__(self, settings: Settings, console: Console, rasa: bool, sandbox: bool) -> None:
        self.settings, self.console = settings, console
        self.with_rasa, self.with_sandbox = rasa, sandbox and settings.uses_sandbox
        self.started = time.monotonic()
        self.supervisor = Supervisor(lambda text: self.say(text, "yellow"))
        self.rasa_ready = asyncio.Event()

    def say(self, text: str, style: str = "") -> None:
        self.console.print(
            f"{time.monotonic() - self.started:6.1f} s  {text}", style=style or None, markup=False, highlight=False,
            soft_wrap=True,
        )  # fmt: skip

    async def prepare(self, step: str, doing: str, done: str, code: ErrorCode) -> None:
        """
        Raises:
            Unavailable: the step failed; with the last line of its log.
        """
        self.say(f"{doing} …")
        log = log_folder(self.settings) / "prepare.log"
        command = [sys.executable, "-m", "assistant.setup.prepare", step]
        status = await run_once(command, log, {})
        if status != 0:
            raise Unavailable(code, f"{doing} failed: {tail(log, lines=1)} (log: {log})")
        self.say(done)

    async def dialogue_side(self) -> None:
        if not self.with_rasa:
            return
        if model_is_stale(self.settings):
            self.say("Training the dialogue model (about a minute) …")
        model = await dialogue.train(self.settings)
        self.say("Dialogue model ready")
        ready = self.supervisor.start(dialogue.rasa_service(self.settings, model))
        await ready.wait()
        self.rasa_ready.set()
        self.say("Rasa ready")

    async def platform_side(self) -> None:
        await self.prepare("database", "Preparing the database", "Database ready", ErrorCode.DATABASE_DOWN)
        await self.prepare("index", "Preparing the search index", "Search index ready", ErrorCode.SEARCH_DOWN)
        sandbox = self.supervisor.start(sandbox_service(self.settings)) if self.with_sandbox else None
        tried = await asyncio.to_thread(standins.prepare, self.settings, log_folder(self.settings))
        for one in tried:
            await self.supervisor.start(one.service).wait()
        environ = {name: value for one in tried for name, value in one.environ.items()}
        await self.supervisor.start(platform_service(self.settings, environ)).wait()
        self.say(f"Chat page: {self.settings.public_address}/", "bold green")
        for one in tried:
            self.say(f"{one.name.title()} to try: {one.page}", "bold green")
        if self.with_rasa and not self.rasa_ready.is_set():
            self.say("Rasa is still loading: until then the assistant answers with less understanding")
        if sandbox is not None:
            await sandbox.wait()
            self.say("Dossier sandbox ready")

    async def run(self) -> None:
        """Until a signal to stop.

        Raises:
            Misconfigured: ports cannot be used.
            Unavailable: a preparation failed.
        """
        await self.check_ports()
        stop = asyncio.Event()
        self.listen_for_signals(stop)
        sides = [asyncio.create_task(self.dialogue_side()), asyncio.create_task(self.platform_side())]
        ready = asyncio.gather(*sides)
        stopped = asyncio.create_task(stop.wait())
        waiting: list[asyncio.Future[Any]] = [ready, stopped]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if ready.done():
                ready.result()
                self.say("Everything is ready. Stop with Ctrl-C.")
                await stopped
        finally:
            for task in (*sides, stopped):
                task.cancel()
            await asyncio.gather(*sides, *waiting, return_exceptions=True)
            self.say("Stopping …")
            await self.supervisor.stop()
            self.say("Stopped")

    async def check_ports(self) -> None:
        busy = busy_ports(self.settings, self.with_rasa, self.with_sandbox)
        if not busy:
            return
        async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
            with contextlib.suppress(httpx.HTTPError):
                if (await client.get(f"{self.settings.platform_url}/healthz")).is_success:
                    busy.append(f"The assistant seems to be running already: {self.settings.public_address}/")
        raise Misconfigured(ErrorCode.MISCONFIGURED, "\n".join(busy))

    def listen_for_signals(self, stop: asyncio.Event) -> None:
        """The first signal stops in order, the second at once."""

        def heard() -> None:
            if stop.is_set():
                self.supervisor.kill()
            stop.set()

        loop = asyncio.get_running_loop()
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, heard)


def up(settings: Settings, rasa: bool = True, sandbox: bool = True, console: Console | None = None) -> None:
    """Runs everything until Ctrl-C or SIGTERM.

    Raises:
        TthcError: what kept it from starting; nothing is left running.
    """
    launch_console = console or Console()

    async def work() -> None:
        await Launch(settings, launch_console, rasa, sandbox).run()

    asyncio.run(work())
