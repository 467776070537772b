"""kill -9 in the middle of bookings: what was confirmed is there, what was not leaves nothing behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from actions.appointments.booking import Bookings
from actions.appointments.port import State
from actions.database import Database

from .conftest import DATA_KEY, at, phone

ROOT = Path(__file__).resolve().parents[3]
WORKER = "tests.actions.appointments.killed_worker"
ROUNDS = 3
WORKERS = 2


class Worker:
    """A process, and the lines it managed to print."""

    def __init__(self, url: str, number: int) -> None:
        self.lines: list[list[str]] = []
        self.busy = threading.Event()
        self._process = subprocess.Popen(
            [sys.executable, "-m", WORKER, url, str(number), DATA_KEY], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if not line.endswith("\n"):
                break
            if line.startswith(("booked ", "cancelled ")):  # logs go to the same stream
                self.lines.append(line.split())
            if len(self.lines) >= 12:
                self.busy.set()
        self.busy.set()

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        assert self._process.wait() == -signal.SIGKILL
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()


def test_killed_while_booking(
    database_url: str, database: Database, bookings: Bookings, consistent: Callable[[], int]
) -> None:
    said: dict[str, tuple[str, str]] = {}
    for number in range(ROUNDS):
        workers = [Worker(database_url, number * WORKERS + index) for index in range(WORKERS)]
        for worker in workers:
            assert worker.busy.wait(60)
        for worker in workers:
            worker.kill()
            said |= {words[1]: (words[0], words[2]) for words in worker.lines}
        consistent()
    assert len(said) >= ROUNDS * WORKERS * 6
    for appointment_id, (done, secret) in said.items():
        state = bookings.get(appointment_id, secret).state
        assert state is State.CANCELLED if done == "cancelled" else state in (State.CONFIRMED, State.CANCELLED)
    # the database goes on: nobody's lock is left
    after = bookings.book(
        branch_id="CN12",
        starts_at=at(15, 30, day=27),
        conversation="web:after",
        phone=phone(99_999_999),
        consent=True,
        idempotency_key="after-the-crash",
    )
    assert bookings.get(after.id, after.secret).state is State.CONFIRMED
    assert consistent() > 0
