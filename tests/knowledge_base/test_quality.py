"""Each rule of the fault list: what loses its trust, what is repaired, what is only noted."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.problems import problem
from knowledge_base.procedure import Channel, Duration, Fee, Method, Step, TimeUnit, Trust
from knowledge_base.quality import expired, judge, judge_fee
from tests.knowledge_base.samples import API, PAGES, TODAY, made, sample


def fee(amount: int | None, text: str = "", *, note: str = "", steps: str = "", currency: str = "VND") -> Fee:
    given_fee = Fee(amount=None if amount is None else Decimal(amount), text=text, currency=currency)
    return judge_fee(given_fee, note, steps, TODAY, [])


def judged_time(duration: Duration, note: str = "", steps: str = "") -> Duration:
    method = Method(channel=Channel.IN_PERSON, duration=duration, note=note)
    return judge(made(methods=[method], steps=[Step(text=steps)]), TODAY).methods[0].duration


BARE = Duration(value=Decimal(3), text="3", trust=Trust.DOUBTFUL)


@pytest.mark.parametrize(
    ("amount", "trust"), [(135, "doubtful"), (999, "doubtful"), (1000, "stated"), (50_000, "stated")]
)
def test_amounts_under_a_thousand_dong_are_typed_wrong(amount: int, trust: str) -> None:
    found = fee(amount, "135.000 đồng/lần")
    assert (found.trust, found.text) == (trust, "135.000 đồng/lần")


def test_a_doubtful_fee_without_note_shows_the_line_of_the_source() -> None:
    assert fee(135).text == "135 VNĐ"
    assert fee(0, steps="Người dân nộp lệ phí rồi nhận giấy hẹn.").text == "Miễn phí"
    assert fee(155, currency="USD").trust is Trust.STATED


@pytest.mark.parametrize(
    "note",
    [
        "Lệ phí 100.000 đồng/giấy",
        "Theo Thông tư số 12/2026/TT-BTC",
        "Mức thu do Hội đồng nhân dân cấp tỉnh quy định",
        "Phí thẩm định",
        "Miễn lệ phí cho người thuộc hộ nghèo",
        "do Ủy ban nhân dân cấp tỉnh quy định.",
        "Chưa quy định.",
    ],
)
def test_free_beside_a_note_about_a_charge_is_doubtful(note: str) -> None:
    found = fee(0, note)
    assert (found.trust, found.text) == (Trust.DOUBTFUL, note)
    assert found.reason


@pytest.mark.parametrize(
    "note", ["", "Không", "- Không có", "Không thu phí", "Miễn lệ phí", "Phí, lệ phí: không quy định."]
)
def test_free_stays_free(note: str) -> None:
    assert fee(0, note).trust is Trust.STATED


def test_free_beside_a_description_or_a_step_that_names_a_charge() -> None:
    assert fee(0, note="Nộp tại quầy, lệ phí 20.000 đồng.").trust is Trust.DOUBTFUL
    assert fee(0, note="Nộp tại quầy trong 3 ngày.").trust is Trust.STATED
    assert fee(0, steps="Bước 2: nộp phí, lệ phí (nếu có).").trust is Trust.DOUBTFUL


def test_an_amount_set_by_the_council_is_doubtful_and_words_alone_are_not() -> None:
    words = "Theo quy định của Hội đồng nhân dân cấp tỉnh"
    assert fee(50_000, words).trust is Trust.DOUBTFUL
    assert (fee(None, words).trust, fee(None, words).text) == (Trust.STATED, words)


def test_zero_without_a_word_beside_another_fee_is_dropped() -> None:
    fees = [Fee(amount=Decimal(0)), Fee(amount=Decimal(20_000))]
    found = judge(made(methods=[Method(channel=Channel.ONLINE, fees=fees)]), TODAY)
    assert [item.amount for item in found.methods[0].fees] == [20_000]
    assert [issue.action for issue in found.issues if issue.field == "fees"] == ["repaired"]


@pytest.mark.parametrize(
    ("text", "on", "over"),
    [
        ("Giảm 50% đến hết ngày 31/12/2025", dt.date(2026, 1, 1), True),
        ("Giảm 50% đến hết ngày 31/12/2025", dt.date(2025, 12, 31), False),
        ("Miễn phí từ 07/4/2026 đến 30/6/2026", dt.date(2026, 7, 1), True),
        ("Mức thu bằng 90% đến ngày 31 tháng 12 năm 2025", dt.date(2026, 2, 1), True),
        ("Phí theo Thông tư ngày 31/12/2025", dt.date(2026, 2, 1), False),
        ("Phí đến hết ngày 31/13/2025", dt.date(2026, 2, 1), False),
        ("Hồ sơ nhận đến hết ngày 31/12/2025", dt.date(2026, 2, 1), False),
    ],
)
def test_discounts_run_out(text: str, on: dt.date, over: bool) -> None:
    assert expired(text, on) is over


def test_an_expired_discount_makes_the_fee_doubtful_and_keeps_its_words() -> None:
    text = "135.000 đồng; nộp trực tuyến 115.000 đồng đến hết ngày 31/12/2025"
    found = fee(115_000, text)
    assert (found.trust, found.text, found.reason) == (Trust.DOUBTFUL, text, problem("fee_discount_expired"))


def test_time_with_unit_is_stated() -> None:
    given_time = Duration(value=Decimal(7), unit=TimeUnit.WORKING_DAY, text="7 Ngày làm việc")
    assert judged_time(given_time, "Trong thời hạn 05 ngày.") == given_time


def test_time_without_unit_is_doubtful_and_keeps_its_number() -> None:
    found = judged_time(BARE)
    assert (found.value, found.unit, found.text, found.trust) == (3, None, "3", Trust.DOUBTFUL)
    assert found.reason


def test_the_words_of_the_record_give_the_unit() -> None:
    found = judged_time(BARE, "Nộp tại quầy.\n- Trong thời hạn 03 ngày làm việc kể từ khi nhận đủ hồ sơ.")
    assert (found.value, found.unit, found.trust) == (3, TimeUnit.WORKING_DAY, Trust.STATED)
    assert found.text == "Trong thời hạn 03 ngày làm việc kể từ khi nhận đủ hồ sơ."


def test_words_that_say_another_number_stand_alone() -> None:
    found = judged_time(BARE, "Không quá 03 ngày; phải xác minh thì không quá 08 ngày.")
    assert (found.value, found.unit, found.trust) == (None, None, Trust.STATED)
    assert "08 ngày" in found.text


def test_the_hours_of_the_office_are_no_processing_time() -> None:
    assert judged_time(BARE, "Thời gian tiếp nhận: 8 giờ, từ thứ 2 đến thứ 6.").trust is Trust.DOUBTFUL


def test_steps_give_a_time_only_where_they_label_it() -> None:
    assert judged_time(BARE, steps="Trong 5 ngày, công chức thẩm tra.").trust is Trust.DOUBTFUL
    assert judged_time(BARE, steps="Thời hạn giải quyết: 03 giờ").unit is TimeUnit.HOUR
    assert "ngay trong ngày làm việc" in judged_time(BARE, steps="Cấp ngay trong ngày làm việc").text


@pytest.mark.parametrize("text", ["Theo mô tả", "xem mô tả bên cạnh"])
def test_a_time_that_points_to_the_description(text: str) -> None:
    assert judged_time(Duration(text=text), "10 ngày kể từ ngày nhận hồ sơ").text == "10 ngày kể từ ngày nhận hồ sơ"
    assert judged_time(Duration(text=text)).trust is Trust.MISSING


def test_words_in_the_time_column_are_left_as_they_are() -> None:
    words = Duration(text="Không quá 15 ngày kể từ ngày nhận hồ sơ")
    assert judged_time(words, "Trong thời hạn 03 ngày.") == words


@pytest.mark.parametrize("unit", [None, TimeUnit.WORKING_DAY])
def test_zero_is_no_time(unit: TimeUnit | None) -> None:
    assert judged_time(Duration(value=Decimal(0), unit=unit, text="0")).trust is Trust.MISSING


def test_the_abolished_district_level_is_noted_by_field() -> None:
    found = judge(made(steps=[Step(text="Nộp tại Ủy ban nhân dân huyện.")], conditions="Có xác nhận cấp huyện"), TODAY)
    assert {issue.field for issue in found.issues if issue.problem == problem("district_level")} == {
        "steps",
        "conditions",
    }
    assert found.steps[0].text == "Nộp tại Ủy ban nhân dân huyện."


def test_samples_judged() -> None:
    page = judge(sample(PAGES, "9.000002"), TODAY)
    counter, online, postal = page.methods
    assert (counter.fees[0].trust, online.fees[0].amount, postal.fees[0].trust) == ("doubtful", 20_000, "doubtful")
    assert (online.duration.value, online.duration.trust) == (1, Trust.DOUBTFUL)
    assert [(paper.name, paper.form) for paper in page.papers] == [("Đơn đề nghị theo mẫu.", "1.Don cap lai.doc")]
    record = judge(sample(API / "9.000001.json", "9.000001"), TODAY)
    assert record.methods[1].duration.unit is TimeUnit.WORKING_DAY
    assert [item.trust for item in record.methods[0].fees] == ["stated", "doubtful"]


@given(st.integers(0, 10_000_000), st.text(max_size=80), st.text(max_size=80))
def test_a_fee_never_changes_its_number_or_loses_its_words(amount: int, text: str, note: str) -> None:
    found = fee(amount, text, note=note)
    assert found.amount == amount
    assert found.text == text or (not text and found.trust is Trust.DOUBTFUL)
    assert found.text or found.trust is Trust.STATED
