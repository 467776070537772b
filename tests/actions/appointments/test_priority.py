from __future__ import annotations

import pytest

from actions.appointments.priority import says_priority, without_ages
from knowledge_base.text import fold


@pytest.mark.parametrize(
    "text",
    [
        "mẹ tôi 78 tuổi", "tôi năm nay 75 tuổi", "ông cụ 101 tuổi", "bố sinh năm 1945", "cho tôi luồng ưu tiên",
        "80t rồi",
    ],
)  # fmt: skip
def test_who_may_use_the_lane(text: str) -> None:
    assert says_priority(text, 2026)
    assert says_priority(fold(text), 2026)


@pytest.mark.parametrize(
    "text",
    [
        "con tôi 3 tuổi", "tôi 74 tuổi", "bố sinh năm 1951", "chi nhánh số 1", "9h ngày 25/11", "175 tuổi",
        "sinh năm 2045", "dưới 75", "số 80 phố Huế", "0912345678", "",
    ],
)  # fmt: skip
def test_who_may_not(text: str) -> None:
    assert not says_priority(text, 2026)


def test_an_age_is_no_hour() -> None:
    assert "78" not in without_ages("mẹ tôi 78 tuổi, 9h sáng mai")
    assert "9h sáng mai" in without_ages("me toi 78 tuoi, sinh năm 1948, 9h sáng mai")
