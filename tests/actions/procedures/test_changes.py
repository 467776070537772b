"""A record that the law is about to change says so, and one that it has changed; a newer record does not."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from actions.messages import CardMessage
from actions.procedures.answers import answer
from actions.procedures.changes import with_coming_change
from actions.procedures.wants import Aspect
from actions.wording import say
from knowledge_base.changes import WARN_BEFORE, load_changes
from knowledge_base.curated import load_curated
from knowledge_base.errors import BadInput
from knowledge_base.procedure import Procedure, Source
from tests.actions.procedures.records import record

CHANGE = load_changes()[0]
DAY = dt.timedelta(days=1)


def of(data_date: dt.date | None, field: str = CHANGE.field) -> Procedure:
    return record(field=field, source=Source(layout="curated", data_date=data_date))


def told(procedure: Procedure, today: dt.date) -> str:
    reply = with_coming_change(answer(procedure, [Aspect.FEE]), procedure, today)
    (card,) = reply.messages
    assert isinstance(card, CardMessage)
    assert all(line in card.text for section in card.sections for line in section.lines)
    return card.text


@pytest.mark.parametrize("old", [dt.date(2026, 7, 18), None])
def test_from_four_months_before_an_old_record_warns(old: dt.date | None) -> None:
    values = {"law": CHANGE.law, "number": CHANGE.number, "date": f"{CHANGE.starts:%d/%m/%Y}"}
    coming, over = say("answers.law_changes", **values), say("answers.law_changed", **values)
    first = CHANGE.starts - WARN_BEFORE
    assert coming not in told(of(old), first - DAY)
    assert coming in told(of(old), first)
    assert coming in told(of(old), CHANGE.starts - DAY)
    assert over in told(of(old), CHANGE.starts)
    assert told(of(old), CHANGE.starts).index(over) < told(of(old), CHANGE.starts).index("Nguồn")


def test_a_newer_record_and_another_field_do_not() -> None:
    later = CHANGE.starts + DAY
    assert CHANGE.number not in told(of(CHANGE.starts), later)
    assert CHANGE.number not in told(of(dt.date(2026, 7, 18), "Cư trú"), later)


def test_each_change_names_a_field_of_the_catalogue() -> None:
    fields = {procedure.field for procedure in load_curated()}
    assert all(change.field in fields for change in load_changes())


@pytest.mark.parametrize("content", ["- {field: A}", "- 7", "a: [", "- {field: A, starts: soon, law: B, number: C}"])
def test_a_bad_file_is_named(content: str, tmp_path: Path) -> None:
    path = tmp_path / "changes.yml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadInput, match=r"changes\.yml"):
        load_changes(path)
