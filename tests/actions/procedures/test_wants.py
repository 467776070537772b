"""What a citizen wants to know, from the classifier's intent and from plain words."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.procedures.slips import Speller
from actions.procedures.wants import Aspect, asks_post, aspect_of, cued, wants_in
from knowledge_base.encoder.noise import one_slip, teencode
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


# Several wants in one message: what it asks for, in words that people use.
SEVERAL = {
    "cần giấy tờ gì, mất bao lâu, bao nhiêu tiền": "documents duration fee",
    "đăng ký kết hôn cần những giấy tờ gì và nộp ở đâu": "documents where",
    "làm hộ chiếu hết bao nhiêu tiền, mấy ngày thì có": "duration fee",
    "làm căn cước ở đâu và bao lâu thì lấy được thẻ": "duration where",
    "cho em hỏi hồ sơ gồm những gì, lệ phí thế nào, nộp chỗ nào ạ": "documents fee where",
    "hồ sơ cần gì và có nộp online được không": "documents online",
    "nộp trực tuyến được không, bao giờ có kết quả": "duration online",
    "phí bao nhiêu, có làm qua mạng được không": "fee online",
    "các bước thế nào và cần chuẩn bị giấy tờ gì": "documents steps",
    "trình tự ra sao, thời gian giải quyết mất mấy ngày": "duration steps",
    "điều kiện là gì, hồ sơ gồm những gì": "conditions documents",
    "ai được hưởng và có mất phí không": "conditions fee",
    "tờ khai lấy ở đâu": "form where",
    "mẫu đơn nào, lệ phí bao nhiêu": "fee form",
    "kết quả là gì, bao lâu có": "duration result",
    "căn cứ luật nào thu lệ phí bao nhiêu": "fee legal_basis",
    "sang tên xe máy cần giấy tờ gì, nộp ở đâu, hết bao nhiêu tiền, mấy hôm xong": "documents duration fee where",
    "giấy tờ gồm những gì và tốn bao nhiêu": "documents fee",
    "phải mang theo những gì, chờ bao lâu": "documents duration",
    "nộp ở đâu, có nộp trên mạng được không": "online where",
    "thủ tục gồm mấy bước, cần giấy gì, phí hết bao nhiêu": "documents fee steps",
    "bao lâu xong và giá bao nhiêu vậy": "duration fee",
    "ra đâu làm và mang theo giấy tờ nào": "documents where",
    "lệ phí đóng bao nhiêu, đóng ở đâu": "fee where",
    "điều kiện thế nào, cần những giấy tờ gì, giải quyết trong bao nhiêu ngày": "conditions documents duration",
    "cần những giấy gì, có tờ khai mẫu không": "documents form",
    "làm trên VNeID được không, tải mẫu ở đâu": "form online where",
    "mấy ngày có kết quả và nhận kết quả ở đâu": "duration where",
    "hồ sơ, lệ phí, thời gian thế nào": "documents duration fee",
    "thành phần hồ sơ, nơi nộp, lệ phí và thời hạn giải quyết": "documents duration fee where",
    "quy trình thế nào và đến cơ quan nào": "steps where",
    "có được nhờ người khác đi nộp hộ không, hay nộp qua mạng được không": "conditions online",
    "quy định ở văn bản nào và hồ sơ cần những gì": "documents legal_basis",
    "được cấp giấy gì và mất bao nhiêu tiền": "fee result",
    "bao nhiêu tuổi thì được làm, làm mất mấy ngày": "conditions duration",
    "phường có làm không hay lên đâu, hết nhiêu tiền": "fee where",
    "chuẩn bị giấy tờ nào và nộp trên dịch vụ công được không": "documents online",
    "cần bản sao hay bản chính, bao giờ lấy được": "documents duration",
    "chi phí bao nhiêu, khi nào lấy được, lấy ở chỗ nào": "duration fee where",
    "làm từng bước ra sao, yêu cầu gì không": "conditions steps",
}

# One want only: words of a subject are none.
ONE = {
    "khai sinh cho con cần giấy tờ gì": "documents",
    "làm lại bằng lái bao nhiêu tiền": "fee",
    "đổi căn cước bao nhiêu ngày có": "duration",
    "đăng ký tạm trú ở đâu": "where",
    "làm online được không": "online",
    "bao nhiêu tuổi thì được làm căn cước": "conditions",
    "giấy này có giá trị bao lâu": "result",
    "tôi bị mất căn cước ở đâu đó trên đường": "",
    "cấp giấy chứng nhận đủ điều kiện kinh doanh dược": "",
    "đóng bảo hiểm xã hội bắt buộc": "",
    "bán hàng online phải đăng ký": "",
    "nộp hồ sơ đất": "",
    "tài khoản dịch vụ công bị khóa": "",
}


def _view(text: str, view: str) -> str:
    rng = random.Random(text)
    return {
        "as typed": text,
        "folded": fold(text),
        "abbreviated": teencode(text, rng),
        "mistyped": one_slip(text, rng),
    }[view]


@pytest.mark.parametrize("text", [*SEVERAL, *ONE])
@pytest.mark.parametrize("view", ["as typed", "folded", "abbreviated"])
def test_every_want_of_a_message_is_found_and_no_other(text: str, view: str) -> None:
    meant = {**SEVERAL, **ONE}[text].split()
    assert sorted(want.value for want in cued(_view(text, view))) == meant


def test_slips_of_the_finger_hide_few_wants() -> None:
    """A slip that makes another word ("giấy" as "gấy") is lost; one that makes none is read all the same."""
    meant = found = 0
    for text, wants in SEVERAL.items():
        for seed in range(3):
            slipped = one_slip(text, random.Random(f"{seed}:{text}"))
            got = {want.value for want in cued(slipped)}
            meant += len(wants.split())
            found += len(got & set(wants.split()))
    print(f"\n{found} of {meant} wants found behind slips")
    assert len(SEVERAL) == 40
    assert found / meant >= 0.93


@pytest.mark.parametrize(
    ("slipped", "read"),
    [("giaay to", "giay to"), ("bao ngieu", "bao nhieu"), ("triinh tu", "trinh tu"), ("gay to", "gay to"),
     ("xyzq", "xyzq"), ("", "")],
)  # fmt: skip
def test_only_what_is_no_syllable_is_repaired(slipped: str, read: str) -> None:
    assert Speller(["giay", "nhieu", "trinh"]).repaired(slipped) == read


def test_of_two_words_as_near_neither_is_taken() -> None:
    assert Speller(["trinh", "thinh"]).repaired("trijnh thinnh") == "trinh thinh"
    assert Speller(["trinh", "trieh"]).repaired("trizh") == "trizh"
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
    assert wants_in("lệ phí bao nhiêu, nộp muộn có bị phạt không", Aspect.FEE) == [Aspect.FEE, Aspect.CONDITIONS]


@given(st.text(max_size=80), st.sampled_from(Aspect))
def test_there_is_always_a_want_and_none_twice(text: str, main: Aspect) -> None:
    wants = wants_in(text, main)
    assert wants
    assert len(wants) == len(set(wants))


@pytest.mark.parametrize(
    ("text", "main", "wants"),
    [
        ("được bao nhiêu tiền một tháng", Aspect.FEE, [Aspect.CONDITIONS]),
        ("nộp mấy bản án", Aspect.OVERVIEW, [Aspect.DOCUMENTS]),
        ("135 nghìn đúng không", Aspect.OVERVIEW, [Aspect.FEE]),
        ("bố đi cùng hay mẹ đi cùng", Aspect.OVERVIEW, [Aspect.CONDITIONS]),
        ("mai táng phí lĩnh ở đâu", Aspect.WHERE, [Aspect.WHERE]),
        ("không còn giấy tờ gì thì có nộp được không", Aspect.CONDITIONS, [Aspect.CONDITIONS]),
        ("hết bao nhiêu, bao lâu xong và cần giấy tờ gì", Aspect.FEE, [Aspect.FEE, Aspect.DURATION, Aspect.DOCUMENTS]),
    ],
)
def test_wants_that_sound_like_others(text: str, main: Aspect, wants: list[Aspect]) -> None:
    assert wants_in(text, main) == wants


def test_the_post_is_told_from_the_net() -> None:
    assert asks_post("gửi bưu điện được không")
    assert not asks_post("nộp qua mạng được không")
