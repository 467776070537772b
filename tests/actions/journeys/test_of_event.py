"""An event told beside a want: what reports the event is meant, unless something else is named."""

from __future__ import annotations

import pytest

from actions.procedures.subject import Subject
from actions.rasa_actions.questions import _of_event
from knowledge_base.search import ProcedureSearch

OTHERWISE = Subject(reason="low")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Bố tôi mất hôm chủ nhật tại nhà, gia đình phải đi khai báo ở đâu", "1.000656"),
        ("bà muốn hỏi ông nhà bà mới mất thì phải làm giấy tờ gì", "1.000656"),
        ("mẹ em vừa mất, em muốn nhận tiền tuất", None),
        ("bố mất để lại đất giờ sang tên cho con cần giấy gì", None),
        ("em bị mất hộ chiếu", None),
    ],
)
def test_what_reports_the_event_is_meant_where_nothing_else_is_named(
    curated_search: ProcedureSearch, text: str, code: str | None
) -> None:
    found = _of_event(curated_search, text, OTHERWISE)
    assert found.code == code
    assert (found is OTHERWISE) == (code is None)
