"""What one comes for: read from the words of a booking, and corrected."""

from __future__ import annotations

import pytest

from actions.rasa_actions.errand import corrected, errand


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("à nhầm làm kết hôn chứ không phải khai sinh", "làm kết hôn"),
        ("em đi làm kết hôn chứ không làm khai sinh", "em đi làm kết hôn"),
        ("lam ket hon chu ko phai khai sinh", "lam ket hon"),
        ("không phải khai sinh mà là kết hôn", "kết hôn"),
        ("à nhầm, đăng ký tạm trú", "đăng ký tạm trú"),
        ("làm khai sinh", ""),
        ("sáng thứ năm", ""),
    ],
)
def test_a_correction_names_what_is_wanted_instead(text: str, wanted: str) -> None:
    assert corrected(text) == wanted


@pytest.mark.parametrize("text", ["chi nhánh 2", "9h sáng mai ở chi nhánh số 4", "đặt lịch thứ năm"])
def test_place_and_time_are_no_errand(text: str) -> None:
    assert errand(text).strip() == ""
