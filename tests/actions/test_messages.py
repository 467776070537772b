"""What a reply leaves out when it is kept."""

from __future__ import annotations

import datetime as dt

import pytest
from pydantic import ValidationError

from actions.clock import HANOI
from actions.messages import Choice, Command, FileMessage, Reply, TextMessage, TicketMessage
from actions.wording import say

SECRET = "K7QM2XPA"


def ticket(secret: str) -> TicketMessage:
    lines = ["Số phiếu: A-001", *([say("appointments.secret", secret=secret)] if secret else []), "Mang theo căn cước."]
    return TicketMessage(
        text="\n".join(lines), appointment_id="a1", number="A-001", state="confirmed", branch="Chi nhánh số 1",
        starts_at=dt.datetime(2026, 11, 25, 9, tzinfo=HANOI), secret=secret, qr_content="https://tthc.test/ve/a1?key=v",
        choices=[Choice(title="Huỷ lịch", command=Command(intent="cancel_appointment"))],
    )  # fmt: skip


def test_a_ticket_without_its_secret_has_everything_else() -> None:
    with_it = ticket(SECRET)
    kept = with_it.without_secret()
    assert kept == ticket("")
    assert SECRET not in kept.model_dump_json()
    assert with_it == ticket(SECRET), "the one that is shown stays whole"


def test_a_ticket_that_has_none_stays_as_it_is() -> None:
    assert ticket("").without_secret() == ticket("")


@pytest.mark.parametrize("secret", ["", SECRET])
def test_a_reply_knows_whether_it_tells_a_secret(secret: str) -> None:
    reply = Reply(messages=[TextMessage(text=SECRET), ticket(secret)])
    assert reply.holds_secret is bool(secret)
    assert reply.without_secrets().messages == [TextMessage(text=SECRET), ticket("")]
    assert reply.without_secrets().holds_secret is False


def test_a_file_is_ours_and_has_a_plain_form() -> None:
    given = {"title": "Bản để in", "name": "danh-sach.html", "media_type": "text/html"}
    file = FileMessage.at("https://tthc.test/", "/danh-sach/abc", **given)
    assert file.text == "Bản để in: https://tthc.test/danh-sach/abc"
    assert Reply.model_validate(Reply(messages=[file]).dump()).messages == [file]
    for wrong in ({"media_type": "application/x-msdownload"}, {"name": "../x.html"}, {"title": ""}):
        with pytest.raises(ValidationError):
            FileMessage.at("https://tthc.test/", "/danh-sach/abc", **{**given, **wrong})
    with pytest.raises(ValidationError):
        FileMessage.at("javascript:alert(1)", "/x", **given)
