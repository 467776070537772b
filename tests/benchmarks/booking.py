"""How fast seats are given out, and whether any is given twice, by three ways on one real PostgreSQL (fsync on):

    python -m tests.benchmarks.booking

`atomic`: ours, one `INSERT … ON CONFLICT` on a unique key.  `for update`: the slot's row locked, seats counted, then
inserted.  `check, insert`: seats counted, then inserted, without lock or key: the usual fault, as a broken baseline.
All else of a booking (limits, consent, number, encryption) is the same.  32 bookers at once, on one slot after the
other (28 of 32 must be refused) and spread over a day of all branches.  The middle one of three runs is told.
"""

from __future__ import annotations

import datetime as dt
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from actions.appointments import store
from actions.appointments.booking import Bookings
from actions.appointments.branches import branches
from actions.appointments.models import AppointmentRow
from actions.clock import FixedClock
from actions.database import Database
from assistant import migrate
from knowledge_base.errors import Conflict, ErrorCode, TthcError
from tests.actions.appointments.conftest import MONDAY, at, make_bookings, phone
from tests.postgres import temporary_database, temporary_server

BOOKERS = 32
RUNS = 3
ONE_SLOT_ROUNDS = 12
SPREAD_EACH = 15
TABLES = """
CREATE TABLE bench_slots (branch_id text, starts_at timestamptz, PRIMARY KEY (branch_id, starts_at));
CREATE TABLE bench_seats (branch_id text, starts_at timestamptz, appointment_id text);
CREATE INDEX ON bench_seats (branch_id, starts_at);
"""
Claim = Callable[..., int]


def _counted(session: Session, row: AppointmentRow, starts_at: dt.datetime, capacity: int) -> int:
    """Counts the seats of a slot and takes the next one; what is right only while nobody else does the same."""
    slot = {"branch": row.branch_id, "starts": starts_at}
    taken = session.scalar(
        text("SELECT count(*) FROM bench_seats WHERE branch_id = :branch AND starts_at = :starts"), slot
    )
    if taken is None or taken >= capacity:
        raise Conflict(ErrorCode.SLOT_TAKEN)
    session.execute(text("INSERT INTO bench_seats VALUES (:branch, :starts, :id)"), {**slot, "id": row.id})
    return int(taken)


def check_then_insert(
    session: Session, row: AppointmentRow, starts_at: dt.datetime, capacity: int, *_: object
) -> int:
    return _counted(session, row, starts_at, capacity)


def for_update(session: Session, row: AppointmentRow, starts_at: dt.datetime, capacity: int, *_: object) -> int:
    locked = text("SELECT 1 FROM bench_slots WHERE branch_id = :branch AND starts_at = :starts FOR UPDATE")
    session.execute(locked, {"branch": row.branch_id, "starts": starts_at}).one()
    return _counted(session, row, starts_at, capacity)


WAYS: dict[str, Claim] = {"atomic": store.claim_seat, "for update": for_update, "check, insert": check_then_insert}


@dataclass
class Figures:
    """`twice`: seats given beyond the counters there are."""

    seconds: float
    booked: int
    refused: int
    twice: int
    latencies: list[float]

    def __str__(self) -> str:
        self.latencies.sort()
        p50, p95 = (1000 * self.latencies[int(len(self.latencies) * share)] for share in (0.5, 0.95))
        answered = (self.booked + self.refused) / self.seconds
        return (
            f"{self.booked:5} booked {self.refused:4} refused {self.seconds:6.2f} s  {answered:6.0f} answers/s"
            f"  p50 {p50:5.0f} ms  p95 {p95:5.0f} ms  {self.twice:3} given twice"
        )


def run(bookings: Bookings, database: Database, wanted: list[list[tuple[str, dt.datetime]]], tag: str) -> Figures:
    """Each list is one booker's; all start together."""
    start = threading.Barrier(len(wanted) + 1)

    def booker(number: int) -> list[tuple[bool, float]]:
        done = []
        start.wait()
        for index, (branch, moment) in enumerate(wanted[number]):
            began = time.perf_counter()
            try:
                bookings.book(
                    branch_id=branch, starts_at=moment, conversation="api:bench", consent=True,
                    phone=phone(hash((tag, number, index)) % 10**8), idempotency_key=f"{tag}-{number}-{index}",
                )  # fmt: skip
                booked = True
            except TthcError as error:
                if error.code is not ErrorCode.SLOT_TAKEN:
                    raise
                booked = False
            done.append((booked, time.perf_counter() - began))
        return done

    with ThreadPoolExecutor(len(wanted)) as pool:
        running = [pool.submit(booker, number) for number in range(len(wanted))]
        start.wait()
        began = time.perf_counter()
        done = [one for each in running for one in each.result()]
        seconds = time.perf_counter() - began
    booked = sum(made for made, _ in done)
    return Figures(seconds, booked, len(done) - booked, overbooked(database), [latency for _, latency in done])


def overbooked(database: Database) -> int:
    """Confirmed appointments beyond the counters of their slot."""
    query = text(
        "SELECT branch_id, count(*) FROM appointments WHERE state = 'confirmed' GROUP BY branch_id, starts_at"
    )
    with database.begin() as session:
        rows = session.execute(query).all()
    counters = {branch.id: 11 if branch.id == "CN07" else 4 for branch in branches().all(bookable=True)}
    return sum(max(0, count - counters[branch]) for branch, count in rows)


def slots_of(bookings: Bookings) -> list[tuple[str, dt.datetime]]:
    offices = [branch.id for branch in branches().all(bookable=True)]
    return [(office, slot.starts_at) for office in offices for slot in bookings.slots(office, at(9).date())]


@contextmanager
def fresh(server: str, way: str) -> Iterator[tuple[Database, Bookings]]:
    with temporary_database(server, "bench") as url:
        migrate.upgrade(url)
        database = Database(url)
        bookings = make_bookings(database, FixedClock(MONDAY))
        with database.begin() as session:
            for statement in TABLES.strip().split(";\n"):
                session.execute(text(statement.rstrip(";\n")))
            rows = [{"branch": branch, "starts": moment} for branch, moment in slots_of(bookings)]
            session.execute(text("INSERT INTO bench_slots VALUES (:branch, :starts)"), rows)
        with patch.object(store, "claim_seat", WAYS[way]):
            yield database, bookings
        database.close()


def one_slot(bookings: Bookings, database: Database) -> Figures:
    """All 32 on one slot, then on the next one; the sum of the rounds."""
    total = Figures(0, 0, 0, 0, [])
    slots = [slot for slot in slots_of(bookings) if slot[0] == "CN01"][:ONE_SLOT_ROUNDS]
    for number, slot in enumerate(slots):
        found = run(bookings, database, [[slot]] * BOOKERS, f"one-{number}")
        total.seconds += found.seconds
        total.booked += found.booked
        total.refused += found.refused
        total.latencies += found.latencies
        total.twice = found.twice
    return total


def spread(bookings: Bookings, database: Database) -> Figures:
    dice = random.Random(7)
    slots = slots_of(bookings)
    return run(bookings, database, [dice.choices(slots, k=SPREAD_EACH) for _ in range(BOOKERS)], "spread")


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with temporary_server(durable=True) as server:
        for name, load in (("32 on one slot", one_slot), ("32 spread", spread)):
            found: dict[str, list[Figures]] = {way: [] for way in WAYS}
            for _ in range(RUNS):
                for way, figures in found.items():
                    with fresh(server, way) as (database, bookings):
                        figures.append(load(bookings, database))
            for way, figures in found.items():
                middle = sorted(figures, key=lambda one: one.seconds)[RUNS // 2]
                print(f"{name:15} {way:14} {middle}", flush=True)


if __name__ == "__main__":
    main()
