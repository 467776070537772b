"""The page to print: what it shows, to whom, for how long, and the ticket that carries the list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from actions.appointments.ticket import view_url
from actions.clock import FixedClock
from actions.wording import say, say_error
from knowledge_base.errors import ErrorCode, NotFound
from tests.actions.appointments.conftest import at, phone
from tests.assistant.whole_platform import Platform, running
from tests.plain_pages import check_plain_page

CODE = "1.001193"
ANSWERS = {"truong_hop": "theo_me", "nop": "truc_tiep", "nguoi_nop": "cha_me", "han": "qua"}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with running(Path(tmp_path_factory.mktemp("platform"))) as platform:
        yield platform


def test_the_page_shows_the_list_with_boxes_and_its_source(platform: Platform) -> None:
    kept = platform.parts.cases.lists.keep(CODE, ANSWERS)
    page = platform.client.get(f"/danh-sach/{kept.id}")
    assert page.status_code == 200
    made = platform.parts.cases.shown(kept.id)
    assert all(item.label in page.text for item in made.items)
    assert "Số tiền chưa chắc chắn" in page.text  # the late charge keeps its doubt on paper too
    assert "Nguồn: thủ tục 1.001193" in page.text
    assert '<section class="papers">' in page.text
    assert "@page{size:A4" in page.text


def test_the_page_runs_nothing_and_is_kept_by_nobody(platform: Platform) -> None:
    kept = platform.parts.cases.lists.keep(CODE, ANSWERS)
    page = platform.client.get(f"/danh-sach/{kept.id}")
    check_plain_page(page)
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Robots-Tag"] == "noindex"


def test_an_address_that_is_not_known_shows_nothing(platform: Platform) -> None:
    gone = platform.client.get(f"/danh-sach/{'a' * 26}")
    assert gone.status_code == 404
    assert say_error(NotFound(ErrorCode.CHECKLIST_UNKNOWN)) in gone.text
    assert platform.client.get("/danh-sach/1").status_code == 422
    assert platform.client.get("/danh-sach/%3Cscript%3E").status_code in (404, 422)


def test_an_interview_that_changed_does_not_guess(platform: Platform) -> None:
    kept = platform.parts.cases.lists.keep(CODE, {**ANSWERS, "no_more": "x"})
    assert platform.client.get(f"/danh-sach/{kept.id}").status_code == 404


def test_a_ticket_shows_the_papers_of_its_list(platform: Platform) -> None:
    parts = platform.parts
    kept = parts.cases.lists.keep(CODE, ANSWERS)
    booked = parts.booking.book(
        branch_id="CN01", starts_at=at(9), conversation="web:a", phone=phone(1), consent=True, idempotency_key="k",
        procedure_code=CODE,
    )  # fmt: skip
    assert parts.cases.papers_of(booked.id) == []
    parts.cases.attach(kept.id, booked)
    headings = [section.heading for section in parts.cases.papers_of(booked.id)]
    assert headings == [say("cases.heading_papers"), say("cases.heading_bring")]
    page = platform.client.get(view_url(booked, ""))
    assert "Tờ khai đăng ký khai sinh" in page.text
    clock = parts.clock
    assert isinstance(clock, FixedClock)
    clock.advance(days=31)
    try:
        assert parts.cases.papers_of(booked.id) == []
        assert platform.client.get(f"/danh-sach/{kept.id}").status_code == 404
    finally:
        clock.advance(days=-31)
