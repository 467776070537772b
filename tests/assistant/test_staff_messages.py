"""Messages for officers: who may read which, and that the answer goes to the outbox of the channel they came from."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from actions.intake.receipts import Kind
from actions.intake.requests import Request, Requests, State
from actions.messages import Reply
from actions.notices.port import Reason
from tests.assistant.staff_desk import HERE, Person, code_of, hung, lan, morning, person, platform
from tests.assistant.whole_platform import Platform

__all__ = ["hung", "lan", "morning", "person", "platform"]
MAIL = f"{HERE}/messages"
KEY = "a-key-of-the-page"


@pytest.fixture
def requests(platform: Platform) -> Requests:
    return Requests(platform.parts.database, platform.parts.keys, platform.parts.clock)


@pytest.fixture
def leave(requests: Requests) -> Callable[..., Request]:
    def make(kind: Kind = Kind.HANDOVER, conversation: str = "web:someone", phone: str = "") -> Request:
        channel = conversation.partition(":")[0]
        return requests.leave(
            kind, conversation, channel, "1.001193 Khai sinh", message="Hồ sơ chậm trả", phone=phone, consent="v1"
        )

    return make


def receipts(who: Person) -> set[str]:
    return {row["receipt"] for row in who.get(MAIL).json()["messages"]}


def test_read_and_answered_through_the_outbox(
    platform: Platform, lan: Person, hung: Person, requests: Requests, leave: Callable[..., Request]
) -> None:
    left = leave(phone="0912345678")
    listed = next(row for row in lan.get(MAIL).json()["messages"] if row["receipt"] == left.receipt)
    assert (listed["text"], listed["phone"], listed["reachable"]) == ("", "", True)
    opened = lan.post(f"{MAIL}/{left.receipt}/open").json()
    assert (opened["text"], opened["phone"]) == ("Hồ sơ chậm trả", "0912345678")
    assert requests.find(left.receipt).state is State.WORKING
    for _ in range(2):  # pressed twice, or sent again after a lost answer
        assert lan.post(f"{MAIL}/{left.receipt}/answer", text=" Mai có kết quả. ", key=KEY).status_code == 200
    assert requests.find(left.receipt).state is State.DONE
    assert left.receipt not in receipts(lan)
    (notice,) = [one for one in platform.parts.outbox.claim(10, ["web"]) if one.subject == left.id]
    assert (notice.reason, notice.conversation) == (Reason.OFFICER, "web:someone")
    told = Reply.model_validate_json(notice.body).plain_text
    assert told == f"Cán bộ trả lời {left.receipt} của bạn:\nMai có kết quả."
    acts = hung.get(f"{HERE}/acts").json()["acts"]
    mine = [(act["act"], act["officer"]) for act in acts if act["subject"] == left.id]
    assert mine == [("request_read", "Ngọc Lan"), ("request_answered", "Ngọc Lan"), ("request_answered", "Ngọc Lan")]
    assert "chậm" not in str(acts)


def test_feedback_and_complaints_are_for_supervisors(lan: Person, hung: Person, leave: Callable[..., Request]) -> None:
    complaint, handover = leave(Kind.COMPLAINT), leave()
    assert receipts(lan) >= {handover.receipt}
    assert complaint.receipt not in receipts(lan)
    assert receipts(hung) >= {complaint.receipt, handover.receipt}
    for act in ("open", "answer"):
        body = {"text": "x", "key": KEY} if act == "answer" else {}
        refused = lan.post(f"{MAIL}/{complaint.receipt}/{act}", **body)
        assert (refused.status_code, code_of(refused)) == (404, "receipt_unknown")
    assert hung.post(f"{MAIL}/{complaint.receipt}/answer", text="Xin lỗi bạn.", key=KEY).status_code == 200


def test_what_cannot_be_answered_is_said(lan: Person, requests: Requests, leave: Callable[..., Request]) -> None:
    by_program, blank = leave(conversation="api:someone"), leave()
    refused = lan.post(f"{MAIL}/{by_program.receipt}/answer", text="Chào bạn", key=KEY)
    assert (refused.status_code, code_of(refused)) == (409, "request_no_channel")
    assert requests.find(by_program.receipt).state is State.WAITING
    assert code_of(lan.post(f"{MAIL}/{blank.receipt}/answer", text="  ", key=KEY)) == "text_empty"
    assert code_of(lan.post(f"{MAIL}/{blank.receipt}/answer", text="x" * 1001, key=KEY)) == "text_too_long"
    requests.erase_conversation("web:someone")
    assert code_of(lan.post(f"{MAIL}/{blank.receipt}/answer", text="Chào", key=KEY)) == "receipt_unknown"


def test_nobody_without_a_session_or_from_another_branch(
    platform: Platform, person: Callable[[str], Person], leave: Callable[..., Request]
) -> None:
    left = leave()
    assert platform.client.get(MAIL).status_code == 401
    assert person("mai").get(MAIL).status_code == 403
    assert person("mai").post(f"{MAIL}/{left.receipt}/open").status_code == 403
