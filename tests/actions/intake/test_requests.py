"""Requests for a person and feedback: numbers once each, encrypted, consented to, erased in time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from actions.clock import FixedClock
from actions.database import Database
from actions.intake.receipts import Kind, asked_receipt
from actions.intake.requests import KEEP_DAYS, Request, Requests, State
from knowledge_base.errors import BadInput, ErrorCode, NotFound


def leave(requests: Requests, kind: Kind = Kind.HANDOVER, conversation: str = "web:a", **values: str) -> Request:
    given = {"message": "Nộp ba tuần chưa có kết quả", "phone": "", "consent": "intake-1", **values}
    return requests.leave(kind, conversation, "web", "1.001193", **given)


def test_a_request_for_a_person_is_one_while_it_is_open(requests: Requests) -> None:
    first = requests.ask("web:a", "web", "asked", "1.001193 Khai sinh (fee)")
    again = requests.ask("web:a", "web", "asked", "1.000894 Kết hôn (fee)")
    other = requests.ask("web:b", "web", "button", "")
    assert first.id == again.id != other.id
    assert (again.state, again.receipt) == (State.ASKED, "")
    assert {request.summary for request in requests.all()} == {"1.000894 Kết hôn (fee)", ""}


def test_a_message_takes_up_the_request_and_gets_a_number(requests: Requests, clock: FixedClock) -> None:
    asked = requests.ask("web:a", "web", "asked", "")
    left = leave(requests, phone="0912 345 678")
    assert (left.id, left.receipt, left.state) == (asked.id, "YC-261122-0001", State.WAITING)
    assert leave(requests, Kind.FEEDBACK).receipt == "GY-261122-0001"
    assert leave(requests, Kind.COMPLAINT).receipt == "GY-261122-0002"
    assert leave(requests).receipt == "YC-261122-0002"
    clock.advance(hours=1)  # past midnight in Hanoi, the same day in UTC
    assert leave(requests).receipt == "YC-261123-0001"


def test_numbers_are_given_once_whoever_asks_at_once(requests: Requests) -> None:
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda i: leave(requests, Kind.FEEDBACK, f"web:{i}").receipt, range(24)))
    assert sorted(made) == [f"GY-261122-{number:04d}" for number in range(1, 25)]


def test_what_was_written_is_encrypted_and_only_opened_on_demand(requests: Requests, database: Database) -> None:
    leave(requests, phone="+84 912 345 678", message="Quầy 3 rất chậm")
    with database.begin() as session:
        kept = str(session.execute(text("SELECT message, phone, summary FROM intake_requests")).one())
    assert "chậm" not in kept
    assert "912" not in kept
    [shut] = requests.all()
    assert (shut.message, shut.phone) == ("", "")
    [opened] = requests.all(opened=True)
    assert (opened.message, opened.phone) == ("Quầy 3 rất chậm", "0912345678")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"consent": ""}, ErrorCode.CONSENT_MISSING),
        ({"message": " "}, ErrorCode.TEXT_EMPTY),
        ({"phone": "12345"}, ErrorCode.PHONE_MALFORMED),
    ],
)
def test_nothing_is_kept_without_consent_content_and_a_right_phone(
    requests: Requests, values: dict[str, str], code: ErrorCode
) -> None:
    with pytest.raises(BadInput) as raised:
        leave(requests, **values)
    assert raised.value.code is code
    assert requests.all() == []


def test_a_phone_alone_is_enough(requests: Requests) -> None:
    assert leave(requests, message="", phone="0912345678").state is State.WAITING


def test_the_state_is_found_by_the_number_and_changes(requests: Requests) -> None:
    receipt = leave(requests, Kind.COMPLAINT).receipt
    found = requests.find(receipt)
    assert (found.kind, found.state, found.message) == (Kind.COMPLAINT, State.WAITING, "")
    assert requests.change(receipt, State.DONE).state is State.DONE
    for act in (lambda: requests.find("GY-261122-0099"), lambda: requests.change("GY-261122-0099", State.DONE)):
        with pytest.raises(NotFound) as raised:
            act()
        assert raised.value.code is ErrorCode.RECEIPT_UNKNOWN


def test_personal_data_does_not_outlive_its_purpose(requests: Requests, clock: FixedClock) -> None:
    old = leave(requests, phone="0912345678")
    clock.advance(days=KEEP_DAYS)
    fresh = leave(requests, conversation="web:b")
    assert requests.erase_past() == 0
    clock.advance(seconds=1)
    assert requests.erase_past() == 1
    assert requests.erase_past() == 0
    kept = {request.receipt: request for request in requests.all(opened=True)}
    assert (kept[old.receipt].message, kept[old.receipt].phone) == ("", "")
    assert kept[old.receipt].state is State.WAITING
    assert kept[fresh.receipt].message
    assert requests.erase_conversation("web:b") == 1
    assert all(request.message == "" for request in requests.all(opened=True))


@pytest.mark.parametrize(
    ("said", "receipt"),
    [
        ("YC-261122-0007", "YC-261122-0007"),
        ("yc-261122-0007 đến đâu rồi", "YC-261122-0007"),
        ("cho hỏi góp ý gy 261122 0012 xử lý chưa ạ", "GY-261122-0012"),
        ("GY2611220012", "GY-261122-0012"),
        ("H26.16-261103-0012", None),
        ("XYC-261122-0007", None),
        ("tôi có gửi yêu cầu YC-261122-0007 tuần trước mà chưa thấy ai gọi, nhờ các anh chị xem giúp", None),
        ("lệ phí bao nhiêu", None),
    ],
)
def test_a_number_is_read_as_people_type_it(said: str, receipt: str | None) -> None:
    assert asked_receipt(said) == receipt
