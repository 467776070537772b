"""Child processes: started in their own groups, restarted when they die, stopped in order, never left behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import httpx

TETHER = Path(__file__).with_name("tether.py")
LOG_LIMIT = 10_000_000  # bytes; a longer log is put aside (.1) at the next start
POLL_S = 0.2
KILLED_WAIT_S = 5.0

Say = Callable[[str], None]


@dataclass(frozen=True)
class Service:
    """One long-running child.  `health` is an address that answers 2xx once it works; `environ` is added to ours."""

    name: str
    command: Sequence[str]
    log: Path
    health: str
    environ: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Patience:
    """Seconds: waits before the first, second … restart; life after which a child counts as settled; time to stop."""

    waits: Sequence[float] = (1, 2, 4, 8, 16, 30)
    settled: float = 60
    stop: float = 8


def tail(log: Path, lines: int = 15) -> str:
    """The end of a log, for a person."""
    try:
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""


def how_it_ended(code: int) -> str:
    if code >= 0:
        return f"exit {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"


def _open_log(log: Path) -> BinaryIO:
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_name(log.name + ".1"))
    return log.open("ab")


async def spawn(command: Sequence[str], log: Path, environ: Mapping[str, str]) -> asyncio.subprocess.Process:
    """A child in a group of its own, tied to this process; its words go to the end of `log`.

    Call on the main thread: Linux ties a child to the thread that started it.
    """
    with _open_log(log) as out:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", str(TETHER), str(os.getpid()), *command,
            stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=out, env={**os.environ, **environ},
            start_new_session=True,
        )  # fmt: skip


def signal_group(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """To the child and what it started; no error where none is left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


async def end(process: asyncio.subprocess.Process, patience_s: float) -> None:
    """Asks the group to stop, then makes it."""
    if process.returncode is None:
        signal_group(process, signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), patience_s)
        except TimeoutError:
            signal_group(process, signal.SIGKILL)
            await asyncio.wait_for(process.wait(), KILLED_WAIT_S)
    signal_group(process, signal.SIGKILL)


async def run_once(command: Sequence[str], log: Path, environ: Mapping[str, str]) -> int:
    """Runs a command to its end and gives its exit code; it is ended when the caller is cancelled."""
    process = await spawn(command, log, environ)
    try:
        return await process.wait()
    finally:
        await end(process, patience_s=2)


class Supervisor:
    """Keeps services running.  `say` gets one line for each thing a person should know."""

    def __init__(self, say: Say, patience: Patience | None = None) -> None:
        self._say = say
        self._patience = patience or Patience()
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._watchers: dict[str, asyncio.Task[None]] = {}
        self._ready: dict[str, asyncio.Event] = {}
        self._stopping = False

    def start(self, service: Service) -> asyncio.Event:
        """Starts it and keeps it running; the event is set from its first good answer until it dies."""
        ready = self._ready[service.name] = asyncio.Event()
        self._watchers[service.name] = asyncio.create_task(self._keep(service, ready), name=service.name)
        return ready

    def pid(self, name: str) -> int | None:
        process = self._processes.get(name)
        return process.pid if process is not None and process.returncode is None else None

    async def stop(self) -> None:
        """Stops all, the last started first."""
        self._stopping = True
        for name in reversed(list(self._watchers)):
            watcher = self._watchers[name]
            if name in self._processes:
                await end(self._processes[name], self._patience.stop)
            watcher.cancel()
            await asyncio.gather(watcher, return_exceptions=True)

    def kill(self) -> None:
        """At once, for the impatient."""
        for process in self._processes.values():
            signal_group(process, signal.SIGKILL)

    async def _keep(self, service: Service, ready: asyncio.Event) -> None:
        failures = 0
        while not self._stopping:
            started = time.monotonic()
            process = self._processes[service.name] = await spawn(service.command, service.log, service.environ)
            asking = asyncio.create_task(self._watch_health(service, ready, again=failures > 0))
            try:
                code = await process.wait()
            finally:
                asking.cancel()
                ready.clear()
                signal_group(process, signal.SIGKILL)  # what it started must not keep its port
            if self._stopping:
                return
            if time.monotonic() - started >= self._patience.settled:
                failures = 0
            wait = self._patience.waits[min(failures, len(self._patience.waits) - 1)]
            failures += 1
            text = f"{service.name} stopped ({how_it_ended(code)}); starting it again in {wait:g} s; log: {service.log}"
            if failures == 1 and code > 0:
                text += "\n" + tail(service.log)
            self._say(text)
            await asyncio.sleep(wait)


    async def _watch_health(self, service: Service, ready: asyncio.Event, again: bool) -> None:
        async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
            while not await _is_well(client, service.health):  # noqa: ASYNC110 - another process has no event
                await asyncio.sleep(POLL_S)
        ready.set()
        if again:
            self._say(f"{service.name} is back")


async def _is_well(client: httpx.AsyncClient, address: str) -> bool:
    try:
        return (await client.get(address)).is_success
    except httpx.HTTPError:
        return False
