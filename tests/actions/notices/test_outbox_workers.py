"""Many workers at once, and workers killed in the middle: nothing is lost, and nothing doubled where keys are known."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from actions.clock import SystemClock
from actions.database import Database
from actions.notices import outbox
from actions.notices.models import NoticeRow
from actions.notices.port import State
from assistant.pipeline.transcript import TranscriptRow
from tests.actions.appointments.conftest import DATA_KEY
from tests.actions.notices.bench import CHANNELS, Bench, Recorder, make_bench

ROOT = Path(__file__).resolve().parents[3]
WORKERS = 6
NOTICES = 120


def test_every_worker_at_once_and_each_notice_to_one(bench: Bench, database_url: str) -> None:
    for number in range(NOTICES):
        bench.write(f"n{number}", f"zalo:{number % 10}")
    start = threading.Barrier(WORKERS)
    sent: list[Recorder] = []

    def work(_: int) -> None:
        mine = make_bench(Database(database_url), bench.clock, DATA_KEY)
        zalo = Recorder(waits_s=0.001)
        sent.append(zalo)

        async def rounds() -> None:
            while await postman.round():
                pass

        postman = mine.postman(zalo=zalo)
        start.wait()
        asyncio.run(rounds())
        mine.database.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(work, range(WORKERS)))
    keys = Counter(key for zalo in sent for _, key, _ in zalo.sent)
    assert keys == {f"n{number}": 1 for number in range(NOTICES)}
    assert set(bench.states().values()) == {"sent"}
    if not bench.database.is_sqlite:
        assert sum(bool(zalo.sent) for zalo in sent) > 1, "the work was shared"


def test_claims_never_overlap(bench: Bench, database_url: str) -> None:
    for number in range(NOTICES):
        bench.write(f"n{number}")
    start = threading.Barrier(WORKERS)

    def claim(_: int) -> list[str]:
        mine = make_bench(Database(database_url), bench.clock, DATA_KEY)
        start.wait()
        taken: list[str] = []
        while batch := mine.outbox.claim(7, CHANNELS):
            taken += [notice.key for notice in batch]
        mine.database.close()
        return taken

    with ThreadPoolExecutor(WORKERS) as pool:
        taken = [key for keys in pool.map(claim, range(WORKERS)) for key in keys]
    assert sorted(taken) == sorted(f"n{number}" for number in range(NOTICES))


def _kept(database: Database) -> list[str]:
    with database.begin() as session:
        return [key for key in session.scalars(select(TranscriptRow.notice)) if key]


@pytest.mark.timeout(180)
def test_killed_while_sending(database: Database, database_url: str, tmp_path: Path) -> None:
    bench = make_bench(database, SystemClock(), DATA_KEY)  # type: ignore[arg-type]
    lines = tmp_path / "zalo.txt"
    lines.touch()
    for number in range(NOTICES):
        bench.write(f"w{number}", f"web:{number % 9}")
        bench.write(f"z{number}", f"zalo:{number % 9}")
    command = [sys.executable, "-m", "tests.actions.notices.killed_worker", database_url, DATA_KEY, str(lines)]

    def start() -> subprocess.Popen[str]:
        return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def go(*processes: subprocess.Popen[str]) -> None:
        for process in processes:
            assert process.stdout is not None
            while "ready" not in (line := process.stdout.readline()):
                assert line
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.close()

    def kill(process: subprocess.Popen[str]) -> None:
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        assert process.stdout is not None
        process.stdout.close()

    interrupted = 0
    for _ in range(3):
        workers = [start(), start()]
        before = len(_kept(database))
        go(*workers)
        deadline = time.monotonic() + 30
        while len(_kept(database)) < before + 15 and time.monotonic() < deadline:
            time.sleep(0.005)
        for worker in workers:
            kill(worker)
        with database.begin() as session:
            held = select(func.count()).select_from(NoticeRow).where(NoticeRow.state == State.SENDING)
            interrupted += session.scalar(held) or 0
            # their leases end; tests cannot wait for that
            left = update(NoticeRow).where(NoticeRow.state == State.SENDING)
            session.execute(left.values(lease_until=bench.clock.now() - outbox.LEASE))
    assert interrupted > 0, "a kill fell into a sending"
    last = start()
    go(last)
    deadline = time.monotonic() + 60
    while bench.outbox.counts()["sent"] < 2 * NOTICES and time.monotonic() < deadline:
        time.sleep(0.05)
    kill(last)
    assert set(bench.states().values()) == {"sent"}
    kept = Counter(_kept(database))
    assert {key for key in kept if key.startswith("w")} == {f"w{number}" for number in range(NOTICES)}
    assert set(kept.values()) == {1}, "a channel that knows keys: exactly once"
    out = Counter(lines.read_text(encoding="utf-8").split())
    assert set(out) == {f"z{number}" for number in range(NOTICES)}, "a channel that knows none: at least once"
    assert sum(out.values()) - len(out) <= interrupted
