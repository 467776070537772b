"""By when a citizen must file, told apart from how long the agency takes."""

from __future__ import annotations

import pytest

from actions.messages import CardMessage
from actions.procedures.answers import answer
from actions.procedures.deadlines import asks_deadline, deadline_lines
from actions.procedures.wants import Aspect
from actions.wording import say
from knowledge_base.search import ProcedureSearch
from tests.actions.procedures.records import record

DEATH, STAY_LONGER, LICENCE = "1.000656", "1.002755", "3.000346"


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Phải làm trong bao nhiêu ngày?", True),
        ("trong vong may ngay phai bao", True),
        ("mấy ngày thì phải đi khai", True),
        ("hạn nộp là khi nào", True),
        ("phai lam truoc may ngay", True),
        ("mất bao nhiêu ngày", False),
        ("phải chờ trong bao lâu", False),
        ("nộp hồ sơ bao lâu thì có kết quả", False),
        ("phải nộp bao nhiêu tiền", False),
        ("thẻ được cấp trong vòng mấy ngày", False),
        ("trong vòng bao nhiêu ngày thì có kết quả", False),
    ],
)
def test_when_to_file_is_asked_otherwise_than_how_long_it_takes(text: str, asked: bool) -> None:
    assert asks_deadline(text) is asked


def test_the_records_own_lines_tell_it(curated_search: ProcedureSearch) -> None:
    death, longer, licence = (curated_search.get(code) for code in (DEATH, STAY_LONGER, LICENCE))
    assert death is not None
    assert longer is not None
    assert licence is not None
    assert "15 ngày kể từ ngày có người chết" in deadline_lines(death)[0]
    assert "15 ngày trước ngày kết thúc" in deadline_lines(longer)[0]
    assert deadline_lines(licence) == []  # within how many days the licence is made is the agency's time


def test_the_answer_begins_with_it(curated_search: ProcedureSearch) -> None:
    death = curated_search.get(DEATH)
    assert death is not None
    card = answer(death, [Aspect.DURATION], "Phải làm trong bao nhiêu ngày?").messages[-1]
    assert isinstance(card, CardMessage)
    assert card.sections[0].heading == say("answers.heading_deadline")
    assert "15 ngày" in card.sections[0].lines[0]
    assert any(section.heading == say("answers.heading_duration") for section in card.sections)


def test_a_line_cut_for_its_length_shows_it_and_ends_at_a_word() -> None:
    long = "Phải nộp hồ sơ trong thời hạn 15 ngày kể từ ngày phát sinh " + "1234567 " * 80
    card = answer(record(conditions=long), [Aspect.DURATION], "phải nộp trong bao nhiêu ngày").messages[-1]
    assert isinstance(card, CardMessage)
    (line,) = card.sections[0].lines
    assert line.endswith("1234567…")


def test_a_record_that_does_not_say_so_is_not_made_to() -> None:
    card = answer(record(), [Aspect.DURATION], "trong vòng mấy ngày phải làm").messages[-1]
    assert isinstance(card, CardMessage)
    assert card.sections[0].lines == [say("answers.deadline_missing")]
