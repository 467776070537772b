"""Reminders follow their appointment: booked, moved, cancelled, forgotten; and the citizen's word."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from actions.appointments.models import AppointmentRow
from actions.appointments.retention import Retention
from actions.clock import HANOI
from actions.notices.models import ConsentRow
from actions.notices.port import State
from tests.actions.appointments.conftest import at, phone
from tests.actions.notices.bench import Bench, Recorder


def consents(bench: Bench) -> list[ConsentRow]:
    with bench.database.begin() as session:
        return list(session.scalars(select(ConsentRow).order_by(ConsentRow.id)))


async def told(bench: Bench, moment: dt.datetime) -> list[str]:
    """What goes out over Telegram at a moment."""
    bench.clock.moment = moment
    telegram = Recorder()
    while await bench.postman(telegram=telegram).round():
        pass
    return [text for _, _, text in telegram.sent]


async def test_a_day_and_two_hours_before(bench: Bench, machine_zone: str) -> None:
    made, _ = bench.book(at(10, 30, day=26))
    assert bench.dues() == ["day 25 10:30", "hours 26 08:30"]
    assert await told(bench, at(10, 29)) == []
    (day,) = await told(bench, at(10, 30))
    assert "10:30, Thứ Năm, 26/11/2026" in day
    assert "Chi nhánh Trung tâm Phục vụ hành chính công số 1" in day
    assert made.number in day
    assert made.secret == ""
    (hours,) = await told(bench, at(8, 30, day=26))
    assert "10:30" in hours
    assert await told(bench, at(11, 0, day=26)) == []
    (consent,) = consents(bench)
    assert (consent.subject, consent.channel, consent.withdrawn_at) == (made.id, "telegram", None)
    assert consent.text_version.startswith("reminder-")


async def test_no_reminder_unasked(bench: Bench) -> None:
    bench.book(at(10, 30, day=26), remind=False)
    made = bench.bookings.book(
        branch_id="CN01", starts_at=at(9, day=26), conversation="api:1", phone=phone(2), consent=True,
        idempotency_key="api",
    )  # fmt: skip
    assert (bench.dues(), consents(bench), made.state.value) == ([], [], "confirmed")


@pytest.mark.parametrize(("start", "dues"), [((8, 15, 23), []), ((10, 15, 23), ["hours 23 08:15"])])
async def test_who_books_shortly_before_is_not_reminded(
    bench: Bench, start: tuple[int, int, int], dues: list[str]
) -> None:
    bench.book(at(*start))  # it is the 23rd, 07:30
    assert bench.dues() == dues


async def test_an_early_appointment_is_reminded_of_in_the_morning(bench: Bench) -> None:
    bench.book(at(8, 0, day=26))
    assert bench.dues() == ["day 25 08:00", "hours 26 06:00"]
    assert len(await told(bench, at(8, 0))) == 1
    assert await told(bench, at(6, 0, day=26)) == []
    assert bench.dues() == ["hours 26 07:00"]
    assert len(await told(bench, at(7, 0, day=26))) == 1


async def test_a_move_takes_them_along_there_and_back(bench: Bench) -> None:
    made, secret = bench.book(at(10, 30, day=26))
    bench.bookings.move(made.id, secret, at(14, 0, day=27))
    assert bench.dues() == ["day 26 14:00", "hours 27 12:00"]
    bench.clock.advance(hours=1)  # a seat given back stays closed for ten minutes
    bench.bookings.move(made.id, secret, at(10, 30, day=26))
    assert bench.dues() == ["day 25 10:30", "hours 26 08:30"]
    assert len(await told(bench, at(10, 30))) == 1
    assert len(consents(bench)) == 1


async def test_a_cancelled_appointment_is_not_reminded_of(bench: Bench) -> None:
    made, secret = bench.book(at(10, 30, day=26))
    bench.bookings.cancel(made.id, secret)
    assert bench.dues() == []
    assert {row.outcome for row in bench.rows(State.DROPPED)} == {"gone"}
    assert await told(bench, at(10, 30)) == []


async def test_nothing_is_written_when_the_booking_fails(bench: Bench) -> None:
    bench.book(at(10, 30, day=26))

    def moved_and_then_a_fault() -> None:
        with bench.database.begin() as session:
            bench.reminders.rewrite(session, session.scalars(select(AppointmentRow)).one())
            raise RuntimeError("the rest of the transaction fails")

    with pytest.raises(RuntimeError):
        moved_and_then_a_fault()
    assert bench.dues() == ["day 25 10:30", "hours 26 08:30"]


async def test_stopped_and_asked_for_again(bench: Bench) -> None:
    bench.book(at(10, 30, day=26))
    bench.book(at(15, 0, day=27), conversation="telegram:6", index=2)
    assert bench.reminders.stop("telegram:5") == 1
    assert bench.dues() == ["day 26 15:00", "hours 27 13:00"], "the other citizen's stay"
    assert bench.reminders.stop("telegram:5") == 0
    assert bench.reminders.again("telegram:5") == 1
    assert bench.reminders.again("telegram:5") == 1, "asking twice is no harm"
    assert len(bench.dues()) == 4
    assert len(await told(bench, at(10, 30))) == 1
    given = [(c.given_at is not None, c.withdrawn_at is not None) for c in consents(bench)]
    assert given == [(True, True), (True, False), (True, False)]
    assert bench.reminders.again("telegram:9") == 0


async def test_a_move_after_stop_reminds_nobody(bench: Bench) -> None:
    made, secret = bench.book(at(10, 30, day=26))
    bench.reminders.stop("telegram:5")
    bench.bookings.move(made.id, secret, at(14, 0, day=27))
    assert bench.dues() == []


async def test_a_person_who_was_forgotten_is_not_written_to(bench: Bench) -> None:
    bench.book(at(10, 30, day=26))
    Retention(bench.database, bench.clock, 30).erase_conversation("telegram:5")
    assert await told(bench, at(10, 30)) == []
    assert bench.rows(State.DROPPED)[0].outcome == "gone"


async def test_a_clock_that_jumps_over_the_appointment(bench: Bench) -> None:
    bench.book(at(10, 30, day=26))
    assert await told(bench, at(10, 45, day=26)) == []
    assert {row.outcome for row in bench.rows(State.DROPPED)} == {"expired"}


async def test_a_platform_that_was_down_tells_late_what_is_still_of_use(bench: Bench) -> None:
    bench.book(at(15, 0, day=26))
    (late,) = await told(bench, at(20, 0, day=25))
    assert "15:00" in late
    assert bench.rows(State.SENT)[0].due_at.astimezone(HANOI) == at(15, 0, day=25)


def test_which_channels_are_served(bench: Bench) -> None:
    served = [bench.reminders.serves(one) for one in ("web:a", "telegram:5", "api:x", "terminal:y", "nonsense")]
    assert served == [True, True, False, False, False]
