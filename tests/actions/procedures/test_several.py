"""Several procedures in one message."""

from __future__ import annotations

import pytest

from actions.messages import CardMessage
from actions.procedures.answers import answer
from actions.procedures.several import several, with_others
from actions.procedures.wants import Aspect
from knowledge_base.search import ProcedureSearch

CARD, LICENCE = "1.014064", "3.000348"
DISABLED, ALLOWANCE = "1.001699", "1.001776"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("toi bi moc mat vi co can cuoc voi bang lai xe may, gio lam lai ca hai the nao", [CARD, LICENCE]),
        ("vừa xin giấy khuyết tật vừa xin tiền trợ cấp hằng tháng thì làm thế nào", [DISABLED, ALLOWANCE]),
    ],
)
def test_each_is_found_in_its_order(curated_search: ProcedureSearch, text: str, codes: list[str]) -> None:
    assert several(curated_search, text) == codes


@pytest.mark.parametrize(
    "text",
    [
        "làm lại căn cước bị mất cần giấy gì",
        "cả hai vợ chồng cùng đi đăng ký kết hôn được không",  # two people, one procedure
        "cháu mồ côi cả bố lẫn mẹ, ông bà muốn đăng ký giám hộ",
        "làm một thể cả khai sinh, nhập khẩu với thẻ bảo hiểm y tế",  # one procedure does all three
        "",
    ],
)
def test_one_procedure_is_one(curated_search: ProcedureSearch, text: str) -> None:
    assert several(curated_search, text) == []


def test_the_answer_names_the_others_and_opens_them(curated_search: ProcedureSearch) -> None:
    first = curated_search.get(CARD)
    assert first is not None
    reply = answer(first, [Aspect.FEE])
    with_others(reply, curated_search, [LICENCE])
    card = reply.messages[-1]
    assert isinstance(card, CardMessage)
    assert card.choices[0].command.entities == {"procedure_code": LICENCE, "aspect": Aspect.FEE}
    assert "Cấp lại giấy phép lái xe" in card.text.splitlines()[0]
    assert card.sections[0].lines == [card.text.splitlines()[0]]
    assert first.name in card.text or (first.short_name and first.short_name in card.text)
