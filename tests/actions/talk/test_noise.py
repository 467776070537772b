"""What is no question is known as such; Vietnamese, English, abbreviations and codes are not taken for noise."""

from __future__ import annotations

import pytest

from actions.talk.noise import is_english, is_foreign_script, is_noise

NOISE = [
    "asdfgh", "asdf qwer zxcv", "kjhkjhkjh", "sdfsdf sdfsdf", "qwerty", "hhhhhhh", "😀😀😀", "...", "??", "a", "hả",
    "haha", "",
]  # fmt: skip
SENSE = [
    "làm căn cước", "lam can cuoc", "cccd", "gpxd", "blx", "dkkh", "vneid", "ct01", "H26.16-261103-0012", "2", "9h",
    "ok", "passport", "hello", "can you help me", "xin chào", "Hà Nội", "đất", "khai sinh", "nghiêng", "khuyết tật",
    "ủy quyền", "làm lại cccd bị mất ở đâu vậy shop ơi",
]  # fmt: skip


@pytest.mark.parametrize("text", NOISE)
def test_noise_is_known(text: str) -> None:
    assert is_noise(text)


@pytest.mark.parametrize("text", SENSE)
def test_what_means_something_is_no_noise(text: str) -> None:
    assert not is_noise(text)


@pytest.mark.parametrize("text", ["你好", "Привет, где паспорт", "여권", "ありがとう", "ขอบคุณ"])
def test_another_script_is_known(text: str) -> None:
    assert is_foreign_script(text)


@pytest.mark.parametrize(
    "text", ["can I book an appointment?", "marriage registration", "where should I register the birth of my child"]
)
def test_english_is_known(text: str) -> None:
    assert is_english(text)


@pytest.mark.parametrize(
    "text", ["lam visa passport online", "nop ho so online can gi", "em muốn book appointment", "hello ad", "ok thanks"]
)
def test_vietnamese_with_borrowed_words_is_not_english(text: str) -> None:
    assert not is_english(text)


@pytest.mark.parametrize("text", ["làm hộ chiếu đi 中国", "đăng ký kết hôn", "hello", "123", "", "ủy quyền ạ 😀"])
def test_our_own_script_is_not_foreign(text: str) -> None:
    assert not is_foreign_script(text)
