"""The supervisor with real children: restarted when they die, stopped when asked, never left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from assistant.setup.processes import LOG_LIMIT, Patience, Service, Supervisor, run_once, spawn
from tests.assistant.services import is_gone, server

QUICK = Patience(waits=(0.05, 0.1), settled=60, stop=5)
WAIT_S = 20


class Said:
    """What the supervisor told, to be waited for."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._news = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self, text: str) -> None:
        self.lines.append(text)
        task = asyncio.ensure_future(self._tell())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def wait(self, part: str, times: int = 1) -> None:
        async with asyncio.timeout(WAIT_S), self._news:
            await self._news.wait_for(lambda: sum(part in line for line in self.lines) >= times)


@pytest.fixture
async def said() -> Said:
    return Said()


@pytest.fixture
async def supervisor(said: Said) -> AsyncIterator[Supervisor]:
    made = Supervisor(said, QUICK)
    yield made
    await made.stop()


async def up(supervisor: Supervisor, service: Service) -> int:
    await asyncio.wait_for(supervisor.start(service).wait(), WAIT_S)
    pid = supervisor.pid(service.name)
    assert pid is not None
    return pid


async def test_a_child_that_dies_is_started_again_and_said_so(
    supervisor: Supervisor, said: Said, tmp_path: Path
) -> None:
    service = server(tmp_path)
    first = await up(supervisor, service)
    os.kill(first, signal.SIGKILL)
    await said.wait("Server is back")
    assert "Server stopped (killed by SIGKILL); starting it again in 0.05 s; log: " in said.lines[0]
    async with httpx.AsyncClient(trust_env=False) as client:
        assert int((await client.get(service.health)).text) == supervisor.pid("Server") != first


async def test_a_child_that_never_works_is_tried_with_longer_waits(
    supervisor: Supervisor, said: Said, tmp_path: Path
) -> None:
    program = "import sys; print('the port is taken'); sys.exit(3)"
    service = Service("Broken", [sys.executable, "-c", program], tmp_path / "log", "http://127.0.0.1:9/")
    ready = supervisor.start(service)
    await said.wait("Broken stopped (exit 3)", times=3)
    assert [line.split(" s;")[0].split()[-1] for line in said.lines[:3]] == ["0.05", "0.1", "0.1"]
    assert said.lines[0].endswith("the port is taken")
    assert not ready.is_set()


async def test_a_missing_program_is_an_exit_like_any_other(supervisor: Supervisor, said: Said, tmp_path: Path) -> None:
    supervisor.start(Service("Ghost", ["/no/such/program"], tmp_path / "log", "http://127.0.0.1:9/"))
    await said.wait("/no/such/program: No such file or directory")


async def test_stop_ends_all_and_what_they_started(said: Said, tmp_path: Path) -> None:
    supervisor = Supervisor(said, QUICK)
    grandchild = tmp_path / "pid"
    pids = [
        await up(supervisor, server(tmp_path, "First")),
        await up(supervisor, server(tmp_path, "Second", "--child", str(grandchild))),
        int(grandchild.read_text()),
    ]
    await supervisor.stop()
    assert all(is_gone(pid) for pid in pids)
    assert said.lines == []


async def test_a_child_that_does_not_hear_is_made_to_stop(said: Said, tmp_path: Path) -> None:
    supervisor = Supervisor(said, Patience(waits=(1,), settled=60, stop=0.2))
    pid = await up(supervisor, server(tmp_path, "Deaf", "--deaf"))
    await supervisor.stop()
    assert is_gone(pid)


async def test_stop_does_not_wait_for_a_restart(said: Said, tmp_path: Path) -> None:
    supervisor = Supervisor(said, Patience(waits=(3600,), settled=60, stop=1))
    supervisor.start(Service("Broken", ["/no/such/program"], tmp_path / "log", "http://127.0.0.1:9/"))
    await said.wait("Broken stopped")
    await asyncio.wait_for(supervisor.stop(), WAIT_S)


async def test_a_cancelled_command_is_ended(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    os.mkfifo(pid_file)
    program = f"import os, signal; open({str(pid_file)!r}, 'w').write(str(os.getpid())); signal.pause()"
    task = asyncio.create_task(run_once([sys.executable, "-c", program], tmp_path / "log", {}))
    pid = int(await asyncio.to_thread(pid_file.read_text))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert is_gone(pid)


async def test_a_command_leaves_its_words_and_its_exit_code(tmp_path: Path) -> None:
    program = "import os, sys; print(os.environ['GIVEN']); sys.exit(4)"
    assert await run_once([sys.executable, "-c", program], tmp_path / "log" / "x.log", {"GIVEN": "hello"}) == 4
    assert (tmp_path / "log" / "x.log").read_text() == "hello\n"


async def test_a_long_log_is_put_aside(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    with log.open("wb") as file:
        file.truncate(LOG_LIMIT + 1)
    await (await spawn(["true"], log, {})).wait()
    assert log.stat().st_size == 0
    assert (tmp_path / "x.log.1").stat().st_size == LOG_LIMIT + 1


def test_no_child_survives_a_launcher_killed_with_9(tmp_path: Path) -> None:
    program = f"""
import asyncio, sys
from pathlib import Path
from assistant.setup.processes import spawn
async def main():
    child = await spawn([sys.executable, "-c", "import signal; signal.pause()"], Path({str(tmp_path / "log")!r}), {{}})
    print(child.pid, flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as launcher:
        assert launcher.stdout
        pid = int(launcher.stdout.readline())
        launcher.kill()
    assert is_gone(pid)
