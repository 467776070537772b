"""What a citizen wants to know, from the classifier's intent and from plain words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.procedures.wants import Aspect, aspect_of, cued, wants_in
from knowledge_base.text import fold


@pytest.mark.parametrize(
    ("intent", "aspect"),
    [("ask_fee", Aspect.FEE), ("ask_legal_basis", Aspect.LEGAL_BASIS), ("ask_bot", None), ("ask_help", None),
     ("ask_opening_hours", None), ("fee", None), ("inform", None), ("", None), ("ask_", None)],
)  # fmt: skip
def test_an_intent_stands_for_a_want_or_for_none(intent: str, aspect: Aspect | None) -> None:
    assert aspect_of(intent) is aspect


CASES = [
    ("cần giấy tờ gì", [Aspect.DOCUMENTS]),
    ("hết bao nhiêu tiền", [Aspect.FEE]),
    ("mất bao lâu", [Aspect.DURATION]),
    ("nộp ở đâu", [Aspect.WHERE]),
    ("tờ khai nào", [Aspect.FORM]),
    ("làm online được không", [Aspect.ONLINE]),
    ("cần giấy tờ gì, hết bao nhiêu tiền, mấy ngày xong?", [Aspect.DOCUMENTS, Aspect.FEE, Aspect.DURATION]),
    ("lệ phí bao nhiêu, nộp ở đâu", [Aspect.FEE, Aspect.WHERE]),
    ("đăng ký kết hôn", []),
    ("mất căn cước", []),
    ("con tôi mới sinh", []),
]


@pytest.mark.parametrize(("text", "wants"), CASES)
@pytest.mark.parametrize("view", ["as typed", "folded", "upper"])
def test_plain_words_name_wants_with_and_without_marks(text: str, wants: list[Aspect], view: str) -> None:
    said = {"as typed": text, "folded": fold(text), "upper": text.upper()}[view]
    assert cued(said) == wants


def test_the_classifiers_want_comes_first_and_what_is_named_plainly_is_answered_too() -> None:
    assert wants_in("nộp ở đâu", Aspect.WHERE) == [Aspect.WHERE]
    assert wants_in("nộp ở đâu", Aspect.FEE) == [Aspect.FEE, Aspect.WHERE]
    assert wants_in("nộp ở đâu", Aspect.OVERVIEW) == [Aspect.WHERE]
    assert wants_in("đăng ký kết hôn", Aspect.OVERVIEW) == [Aspect.OVERVIEW]
    both = "lệ phí bao nhiêu, nộp ở đâu"
    assert wants_in(both, Aspect.FEE) == [Aspect.FEE, Aspect.WHERE]
    assert wants_in(both, Aspect.OVERVIEW) == [Aspect.FEE, Aspect.WHERE]
    assert wants_in(both, Aspect.CONDITIONS) == [Aspect.CONDITIONS, Aspect.FEE, Aspect.WHERE]


@pytest.mark.parametrize(
    ("text", "main"),
    [
        ("bà không biết làm trên mạng, bà đến đâu nộp", Aspect.WHERE),
        ("tôi không muốn nộp online thì sao", Aspect.WHERE),
        ("nha toi khong co may tinh", Aspect.WHERE),
        ("có nộp online được không", Aspect.ONLINE),
        ("không biết nộp online được không", Aspect.ONLINE),
        ("hồ sơ nộp qua mạng thế nào", Aspect.ONLINE),
    ],
)
def test_who_cannot_file_by_computer_asks_for_a_counter(text: str, main: Aspect) -> None:
    assert wants_in(text, Aspect.ONLINE)[0] is main
    assert (Aspect.ONLINE in wants_in(text, Aspect.ONLINE)) is (main is Aspect.ONLINE)


def test_a_fine_is_no_fee() -> None:
    assert wants_in("không đăng ký thì bị phạt bao nhiêu", Aspect.FEE) == [Aspect.CONDITIONS]
    assert wants_in("lệ phí bao nhiêu, nộp muộn có bị phạt không", Aspect.FEE) == [Aspect.FEE]


@given(st.text(max_size=80), st.sampled_from(Aspect))
def test_there_is_always_a_want_and_none_twice(text: str, main: Aspect) -> None:
    wants = wants_in(text, main)
    assert wants
    assert len(wants) == len(set(wants))
