"""People of another country are read as the records name them."""

from __future__ import annotations

import pytest

from actions.talk.foreigners import as_records_say


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("vợ tôi là người Nhật, muốn đăng ký kết hôn", "vợ tôi là người nước ngoài, muốn đăng ký kết hôn"),
        ("chong em nguoi han quoc", "chong em người nước ngoài"),
        ("lấy chồng Tây thì cần gì", "lấy chồng người nước ngoài thì cần gì"),
        ("xin visa cho người Hàn", "xin visa cho người nước ngoài"),
    ],
)
def test_nations_become_foreigners(text: str, read: str) -> None:
    assert as_records_say(text) == read


@pytest.mark.parametrize(
    "text", ["người anh trai em nộp hộ", "người Mỹ Đức làm ở đâu", "người Thái ở Sơn La", "xin visa Hàn Quốc"]
)
def test_other_words_stay(text: str) -> None:
    assert as_records_say(text) == text
