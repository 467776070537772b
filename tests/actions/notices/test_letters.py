"""Reminders to the phone number of a booking: paid for by the operator's word, and only with the citizen's."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from actions.notices.models import ConsentRow
from actions.notices.port import Letter, Reason
from knowledge_base.errors import BadInput, ErrorCode, Refused, Unavailable
from tests.actions.appointments.conftest import at, phone
from tests.actions.notices.bench import Bench, Recorder


@dataclass
class Carrier:
    """Takes letters for reminders."""

    reasons: tuple[Reason, ...] = (Reason.REMINDER,)
    sent: list[tuple[Reason, Letter, str]] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)

    def carries(self, reason: Reason) -> bool:
        return reason in self.reasons

    async def send_letter(self, reason: Reason, letter: Letter, tracking_id: str) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self.sent.append((reason, letter, tracking_id))


async def work(bench: Bench, carrier: Carrier, pay: bool = True, window: str = "closed") -> dict[str, str]:
    """One round at the time of the first reminder; the states of the notices by kind."""
    bench.clock.moment = at(10, 30, day=25)
    zalo = Recorder(state=window)  # type: ignore[arg-type]
    await bench.postman(pay=pay, carriers={"zalo": carrier}, zalo=zalo).round()
    return {row.kind: row.state for row in bench.rows()}


async def test_a_closed_conversation_is_reached_by_the_number(bench: Bench) -> None:
    made, _ = bench.book(at(10, 30, day=26), "zalo:7")
    carrier = Carrier()
    assert await work(bench, carrier) == {"day": "sent", "hours": "queued"}
    [(reason, letter, tracking)] = carrier.sent
    assert (reason, letter.phone) == (Reason.REMINDER, phone(1))
    assert letter.values == {
        "time": "10:30", "date": "Thứ Năm, 26/11/2026", "branch": "Chi nhánh số 1", "number": made.number,
    }  # fmt: skip
    sent = bench.rows()[0]
    assert (sent.id, sent.cost) == (tracking, "paid")
    assert phone(1) not in repr(letter)


@pytest.mark.parametrize(("pay", "window"), [(False, "closed"), (False, "paid"), (True, "free")])
async def test_no_letter_unless_it_is_paid_for_and_needed(bench: Bench, pay: bool, window: str) -> None:
    bench.book(at(10, 30, day=26), "zalo:7")
    carrier = Carrier()
    states = await work(bench, carrier, pay, window)
    assert carrier.sent == []
    assert states["day"] == ("sent" if window == "free" else "kept")


async def test_no_letter_to_who_agreed_to_other_words(bench: Bench) -> None:
    bench.book(at(10, 30, day=26), "zalo:7")
    with bench.database.begin() as session:
        session.query(ConsentRow).update({"text_version": "reminder-before-letters"})
    carrier = Carrier()
    assert (await work(bench, carrier))["day"] == "kept"
    assert carrier.sent == []


async def test_no_letter_without_a_template(bench: Bench) -> None:
    bench.book(at(10, 30, day=26), "zalo:7")
    carrier = Carrier(reasons=(Reason.DOSSIER,))
    assert (await work(bench, carrier))["day"] == "kept"


async def test_a_cancelled_appointment_gets_no_letter(bench: Bench) -> None:
    made, secret = bench.book(at(10, 30, day=26), "zalo:7")
    bench.bookings.cancel(made.id, secret)
    carrier = Carrier()
    assert (await work(bench, carrier))["day"] == "dropped"
    assert carrier.sent == []


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (Refused(ErrorCode.FORBIDDEN, "no account of this number"), "kept"),
        (BadInput(ErrorCode.PHONE_MALFORMED), "kept"),
        (Unavailable(ErrorCode.CHANNEL_DOWN), "queued"),
    ],
)
async def test_a_letter_that_is_not_taken(bench: Bench, fault: BaseException, state: str) -> None:
    bench.book(at(10, 30, day=26), "zalo:7")
    carrier = Carrier(faults=[fault])
    assert (await work(bench, carrier))["day"] == state
