"""Times as people say them, each with and without accents.  Now is Sunday 22/11/2026, 10:00 in Hanoi."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.appointments.times import Granularity, PartOfDay, ProblemKind, When, parse_when
from actions.clock import HANOI
from knowledge_base.errors import BadInput, ErrorCode
from knowledge_base.text import fold

NOW = dt.datetime(2026, 11, 22, 10, 0, tzinfo=HANOI)


def short(when: When) -> str:
    """ "26/11 08:30", "26/11 morning", "26/11-27/11", "08:00-10:00", …"""
    pieces = []
    if when.date:
        days = f"{when.date:%d/%m}" if when.date.year == 2026 else f"{when.date:%d/%m/%y}"
        pieces.append(f"{days}-{when.last_date:%d/%m}" if when.last_date else days)
    if when.time:
        pieces.append(f"{when.time:%H:%M}" + (f"-{when.last_time:%H:%M}" if when.last_time else ""))
    elif when.part:
        pieces.append(when.part.value)
    pieces += [problem.kind.value for problem in when.problems]
    return " ".join(pieces)


BOTH_VIEWS = {
    # weekdays
    "sáng thứ 5 tuần sau": "26/11 morning",
    "thứ năm tuần sau 8h30": "26/11 08:30",
    "thứ sáu tuần sau": "27/11",
    "tuần sau thứ 5": "26/11",
    "t5": "26/11",
    "sáng t2": "23/11 morning",
    "thứ hai tới": "23/11",
    "thứ 6 này": "27/11",
    "9h sáng thứ 2 tuần sau nữa": "30/11 09:00",
    "chủ nhật": "22/11",
    "cn 9h": "29/11 09:00",  # today's nine o'clock is over
    "chiều thứ sáu": "27/11 afternoon",
    "thứ 7 tuần này": "21/11 past",
    # relative days
    "hôm nay": "22/11",
    "mai": "23/11",
    "mai 9h": "23/11 09:00",
    "9 giờ sáng mai": "23/11 09:00",
    "9 sáng mai": "23/11 09:00",
    "ngày kia lúc 3 rưỡi chiều": "24/11 15:30",
    "ngày mốt": "24/11",
    "chiều nay": "22/11 afternoon",
    "tối nay": "22/11 evening",
    "trưa mai": "23/11 noon",
    "3 ngày nữa": "25/11",
    "2 tuần nữa": "06/12",
    "2 tiếng nữa": "22/11 12:00",
    "nay 3h": "22/11 15:00",
    "hôm qua": "21/11 past",
    # dates
    "25/11 lúc 9h": "25/11 09:00",
    "ngày 25": "25/11",
    "ngày 25 tháng 11": "25/11",
    "26-11-2026": "26/11",
    "2026-11-26": "26/11",
    "26.11.2026": "26/11",
    "mùng 3": "03/12",
    "ngày 20": "20/12",
    "1/1": "01/01/27",
    "15/11": "15/11 past",
    "14 giờ 30 ngày 26 tháng 11 năm 2026": "26/11 14:30",
    "30/2": "impossible_date",
    "31/4": "impossible_date",
    "29/2": "impossible_date",
    "29/2/2028": "29/02/28",
    "5/13": "impossible_date",
    "thứ 8": "impossible_date",
    "mùng 3 tết": "lunar_date",
    "15/8 âm lịch": "lunar_date",
    "thứ 5 ngày 27/11": "27/11 contradiction",
    "thứ 6 ngày 27/11": "27/11",
    "thứ tư hoặc thứ năm": "25/11 contradiction",
    # times of day
    "8h30": "08:30",
    "14:15": "14:15",
    "8 giờ 15 phút": "08:15",
    "10h15p": "10:15",
    "3 giờ kém 15": "14:45",
    "15h kém 10": "14:50",
    "ba giờ kém mười lăm chiều thứ tư": "25/11 14:45",
    "tám giờ ba mươi": "08:30",
    "bảy rưỡi sáng mai": "23/11 07:30",
    "hai giờ chiều": "14:00",
    "1 giờ 30 chiều mai": "23/11 13:30",
    "12h trưa": "12:00",
    "8 giờ tối": "20:00",
    "3:15 pm": "15:15",
    "lúc 9": "09:00",
    "25h": "impossible_time",
    "8h75": "impossible_time",
    # stretches
    "8-10h sáng mai": "23/11 08:00-10:00",
    "từ 8h đến 10h": "08:00-10:00",
    "từ 8 đến 10 giờ thứ 4": "25/11 08:00-10:00",
    "sau 3h chiều mai": "23/11 15:00-23:59",
    "trước 10h": "00:00-10:00",
    "tuần sau": "23/11-29/11",
    "đầu tuần sau": "23/11-24/11",
    "cuối tuần sau": "28/11-29/11",
    "tháng sau": "01/12-31/12",
    # in sentences, among words that look like times
    "tôi muốn đặt lịch sáng mai": "23/11 morning",
    "đặt cho tôi mai 9h": "23/11 09:00",
    "đổi lịch sang thứ 5": "26/11",
    "tôi muốn sang tên xe ngày mai": "23/11",
    "đổi từ thứ 4 sang thứ 5": "26/11",
    "đổi lịch từ 9h sang 2h chiều mai": "23/11 14:00",
    "không phải thứ 4 mà là thứ 5": "26/11",
    "tôi ở Hoàng Mai": "",
    "thủ tục này": "",
    "đăng ký khai sinh con thứ ba": "",
    "chi nhánh cn 5": "",
    "trực 24/24": "",
    "số điện thoại 0912345678": "",
    "mã hồ sơ H26.16-261123-0001": "",
    "Nghị định 118/2025/NĐ-CP": "",
    "5 bản sao, phí 200 nghìn": "",
}


@pytest.mark.parametrize(("text", "meant"), BOTH_VIEWS.items())
def test_with_and_without_accents(text: str, meant: str) -> None:
    assert short(parse_when(text, NOW)) == meant
    assert short(parse_when(fold(text), NOW)) == meant
    assert short(parse_when(text.upper(), NOW)) == meant


def test_accents_settle_what_folding_leaves_open() -> None:
    assert short(parse_when("ngày kìa", NOW)) == "25/11"
    assert short(parse_when("mốt 9h", NOW)) == "24/11 09:00"
    assert short(parse_when("một 9h", NOW)) == "09:00"
    assert short(parse_when("đổi sang 2h thứ 5", NOW)) == "26/11 14:00"
    assert short(parse_when("tôi qua chi nhánh mai", NOW)) == "23/11"


def test_granularity() -> None:
    for text, granularity in {
        "mai 9h": Granularity.MOMENT,
        "sáng mai": Granularity.DAY,
        "tuần sau": Granularity.DAYS,
        "9h": Granularity.TIME,
        "buổi sáng": Granularity.PART,
        "xin chào": Granularity.NOTHING,
    }.items():
        assert parse_when(text, NOW).granularity is granularity


def test_reasons_and_typed_errors() -> None:
    problem = parse_when("30/2", NOW).problem(ProblemKind.IMPOSSIBLE_DATE)
    assert problem is not None
    assert problem.reason == "month 2 of 2027 has 28 days"
    for text, code in {
        "30/2": ErrorCode.DATE_IMPOSSIBLE,
        "26h": ErrorCode.DATE_IMPOSSIBLE,
        "hôm qua": ErrorCode.SLOT_IN_PAST,
        "sáng nay 9h": ErrorCode.SLOT_IN_PAST,
        "mùng 3 tết": ErrorCode.DATE_UNCLEAR,
    }.items():
        with pytest.raises(BadInput) as caught:
            parse_when(text, NOW).require()
        assert caught.value.code is code
    assert parse_when("mai 9h", NOW).require().date == dt.date(2026, 11, 23)


def test_hours_and_assumed_afternoon() -> None:
    assert parse_when("sáng mai", NOW).hours == (dt.time(0), dt.time(12))
    assert parse_when("8h đến 10h", NOW).hours == (dt.time(8), dt.time(10))
    assert parse_when("9h", NOW).hours is None
    assert parse_when("3 giờ", NOW).assumed_afternoon
    assert not parse_when("3 giờ chiều", NOW).assumed_afternoon
    assert parse_when("3 giờ sáng", NOW).time == dt.time(3)
    assert parse_when("chiều", NOW).part is PartOfDay.AFTERNOON


DATES = st.dates(dt.date(2024, 1, 1), dt.date(2035, 12, 31))
MOMENTS = st.builds(dt.datetime.combine, DATES, st.times(), st.just(HANOI))
FULL_DATES = ["{0.day}/{0.month}/{0.year}", "ngày {0.day} tháng {0.month} năm {0.year}", "{0}"]
CLOCKS = ["{:02d}:{:02d}", "{:02d}h{:02d}", "{:02d} giờ {:02d} phút"]
TIME_WORDS = ["thứ", "t5", "mai", "sáng", "chiều", "9", "30", "h", "giờ", "/", "-", ":", "ngày", "tháng", "tuần", "sau"]
TIME_WORDS += ["từ", "đến", "năm", "2026", "nay", "kém"]
WEEKDAYS = ["thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy", "chủ nhật"]


@given(DATES, MOMENTS, st.sampled_from(FULL_DATES))
def test_a_full_date_is_that_date(date: dt.date, now: dt.datetime, form: str) -> None:
    when = parse_when(form.format(date), now)
    assert when.date == date
    assert (when.problem(ProblemKind.PAST) is not None) == (date < now.date())


@given(st.integers(1, 31), st.integers(1, 12), MOMENTS)
def test_a_date_without_year_is_coming_or_lately_past(day: int, month: int, now: dt.datetime) -> None:
    when = parse_when(f"{day}/{month}", now)
    if when.problem(ProblemKind.IMPOSSIBLE_DATE):
        assert day > 28
        assert when.date is None
    else:
        assert when.date is not None
        assert (when.date.day, when.date.month) == (day, month)
        assert -60 <= (when.date - now.date()).days <= 366


@given(st.integers(0, 6), MOMENTS, st.integers(1, 3))
def test_weekdays(index: int, now: dt.datetime, weeks: int) -> None:
    bare = parse_when(WEEKDAYS[index], now).date
    assert bare is not None
    assert bare.weekday() == index
    assert 0 <= (bare - now.date()).days < 7
    later = parse_when(f"{WEEKDAYS[index]} {weeks} tuần nữa", now).date
    monday = now.date() - dt.timedelta(days=now.weekday())
    assert later == monday + dt.timedelta(days=7 * weeks + index)


@given(st.integers(0, 23), st.integers(0, 59), st.sampled_from(CLOCKS))
def test_a_24_hour_time_is_that_time(hour: int, minute: int, form: str) -> None:
    when = parse_when(form.format(hour, minute), NOW)
    expected = dt.time(hour, minute)
    assert when.time is not None
    assert when.time == expected or (when.assumed_afternoon and hour == 0)


@given(
    st.sampled_from(["mai", "thứ tư", "thứ sáu tuần sau", "ngày kia", "28/11", "hôm nay"]),
    st.sampled_from(["9h", "8h30", "2 giờ chiều", "lúc 10 giờ", "3 rưỡi chiều", "14:45", ""]),
    MOMENTS,
)
def test_order_and_accents_do_not_matter(day: str, time: str, now: dt.datetime) -> None:
    first = parse_when(f"{day} {time}", now)
    assert parse_when(f"{time} {day}", now) == first
    assert parse_when(fold(f"{day} {time}"), now) == first
    assert parse_when(f"  tôi muốn đặt lịch {day}  {time}, cảm ơn", now) == first


@given(st.text(max_size=200), MOMENTS)
def test_any_text_is_survived(text: str, now: dt.datetime) -> None:
    when = parse_when(text, now)
    assert (when.granularity is Granularity.NOTHING) == (not (when.date or when.time or when.part))


@given(st.lists(st.sampled_from(TIME_WORDS)))
def test_any_mix_of_time_words_is_survived(words: list[str]) -> None:
    when = parse_when(" ".join(words), NOW)
    assert not (when.last_date and when.date is None)
    assert not (when.last_time and when.time is None)
