"""Danger and other provinces are seen where the classifier saw neither; ordinary questions are not taken for them."""

from __future__ import annotations

import pytest

from actions.talk.signs import asks_to_book, mentions_elsewhere, names_elsewhere, tells_danger, without_places


@pytest.mark.parametrize(
    "text",
    ["bố tôi ngất rồi, không thở nữa", "me toi bi dot quy", "nhà tôi đang cháy", "cứu với", "tôi không muốn sống nữa",
     "nó cầm dao dọa giết tôi", "co nguoi duoi nuoc"],
)  # fmt: skip
def test_danger_is_seen(text: str) -> None:
    assert tells_danger(text)


@pytest.mark.parametrize(
    "text",
    ["từ từ để tôi xem", "xe đang chạy thì hỏng", "giấy phép cháy mất rồi", "thổ cư là gì", "làm thẻ căn cước",
     "phòng cháy chữa cháy", "thôi", "thợ xây", "bố tôi mất rồi"],
)  # fmt: skip
def test_ordinary_words_are_no_danger(text: str) -> None:
    assert not tells_danger(text)


@pytest.mark.parametrize(
    "text", ["làm sổ đỏ ở Nghệ An thì nộp đâu", "tại TP.HCM", "khai sinh o hai phong", "ở tỉnh Phú Thọ"]
)
def test_another_province_is_seen(text: str) -> None:
    assert names_elsewhere(text)


@pytest.mark.parametrize(
    "text",
    ["quê ở Nghệ An, làm căn cước ở Hà Nội", "bán nhà cho người Nghệ An", "đăng ký tạm trú", "ở phường Kim Liên"],
)
def test_hanoi_and_ordinary_places_are_not_elsewhere(text: str) -> None:
    assert not names_elsewhere(text)


def test_a_province_is_named_unless_hanoi_or_a_part_of_it_stands_beside_it() -> None:
    assert mentions_elsewhere("làm hộ chiếu Hải Phòng")
    assert not mentions_elsewhere("em ở Thanh Hóa, chồng em ở Cầu Giấy thì đăng ký ở đâu")
    assert not mentions_elsewhere("tôi đang ở Mỹ thì nộp thế nào")


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("đặt lịch làm khai sinh ở chi nhánh 4", True),
        ("đặt giúp bà cái lịch đi làm sổ đỏ", True),
        ("lay hen sang mai o ha dong", True),
        ("đặt lịch ở Đà Nẵng", False),
        ("có cần đặt lịch trước không", False),
        ("xin phiếu lý lịch tư pháp", False),
        ("hủy lịch hẹn giúp em", False),
        ("xin lịch thi đấu của đội bóng", False),
    ],
)
def test_plain_words_of_booking_are_heard(text: str, asked: bool) -> None:
    assert asks_to_book(text) is asked


def test_provinces_are_taken_out_of_what_is_searched() -> None:
    assert without_places("em ở Bắc Ninh muốn làm hộ chiếu ở Bắc Ninh") == "em ở muốn làm hộ chiếu ở"
