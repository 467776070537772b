"""A process that books, moves and cancels until it is killed.  Arguments: database URL, worker number.

After each call that returned it prints one line: what was done, appointment id, secret.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
import sys

from actions.clock import FixedClock
from actions.database import Database
from knowledge_base.errors import ErrorCode, TthcError
from tests.actions.appointments.conftest import MONDAY, at, make_bookings, phone


def main(url: str, worker: int, data_key: str) -> None:
    bookings = make_bookings(Database(url), FixedClock(MONDAY), data_key)
    times = [at(8 + quarter // 4, quarter % 4 * 15) for quarter in range(16)]
    for step in itertools.count():
        index = worker * 100_000 + step
        start = random.choice(times) + dt.timedelta(days=step % 3)
        try:
            made = bookings.book(
                branch_id=f"CN{step % 12 + 1:02d}",
                starts_at=start,
                conversation=f"web:{index}",
                phone=phone(index),
                consent=True,
                idempotency_key=f"key-{index}",
            )
            print("booked", made.id, made.secret, flush=True)
            if step % 3 == 0:
                bookings.cancel(made.id, made.secret)
                print("cancelled", made.id, made.secret, flush=True)
        except TthcError as error:
            if error.code is not ErrorCode.SLOT_TAKEN:
                raise


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
