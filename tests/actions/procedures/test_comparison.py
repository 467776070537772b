"""Two procedures told apart by what each is used for."""

from __future__ import annotations

import pytest

from actions.messages import ChoicesMessage
from actions.procedures.comparison import compared, difference
from knowledge_base.decision import Candidate
from knowledge_base.procedure import Procedure
from knowledge_base.search import ProcedureSearch
from knowledge_base.text import fold
from tests.actions.procedures.records import record

STAY, HOME = "9.000001", "9.000002"
NAMES = {STAY: "Đăng ký tạm trú", HOME: "Đăng ký thường trú"}


class TwoSearch:
    """Finds each of two by its own word."""

    def rank(self, question: str, limit: int = 10) -> list[Candidate]:
        code = STAY if "tam tru" in fold(question) else HOME
        return [Candidate(code=code, name=NAMES[code], field="Cư trú", score=1.0)]

    def get(self, code: str) -> Procedure:
        return record(code=code, name=NAMES[code], summary=f"Dùng cho {code}.")


@pytest.mark.parametrize(
    "text",
    ["tạm trú và thường trú khác nhau chỗ nào", "tam tru voi thuong tru khac gi", "phân biệt tạm trú với thường trú"],
)
def test_both_are_found_and_told(text: str) -> None:
    two = compared(TwoSearch(), text)  # type: ignore[arg-type]
    assert two is not None
    (message,) = difference(*two).messages
    assert isinstance(message, ChoicesMessage)
    assert all(f"Dùng cho {code}." in message.text for code in NAMES)
    assert len(message.choices) == 2


@pytest.mark.parametrize("text", ["tạm trú cần giấy tờ gì", "tạm trú khác", "hai cái tạm trú khác nhau không"])
def test_one_subject_is_no_comparison(text: str) -> None:
    assert compared(TwoSearch(), text) is None  # type: ignore[arg-type]


def test_what_many_names_only_mention_is_not_compared(curated_search: ProcedureSearch) -> None:
    assert compared(curated_search, "công chứng với chứng thực khác gì nhau") is None
    two = compared(curated_search, "tạm trú khác gì thường trú")
    assert two is not None
    assert [procedure.name for procedure in two] == ["Đăng ký tạm trú", "Đăng ký thường trú"]
