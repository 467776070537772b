"""Golden forms of each message type, and the limits."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.clock import HANOI
from actions.messages import (
    CardMessage,
    ChecklistItem,
    ChecklistMessage,
    Choice,
    ChoicesMessage,
    Command,
    FileMessage,
    LocationMessage,
    Message,
    NoticeMessage,
    Place,
    SourceLine,
    TextMessage,
    TicketMessage,
)
from connectors.layout import folded
from connectors.telegram_render import PAYLOAD_LIMIT, TEXT_LIMIT, markup, qr_png, render
from connectors.texts import TITLE_LIMIT, shorten, split_text, utf16_length

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


def golden(message: Message) -> list[dict[str, Any]]:
    """What would be sent, as plain data; keyboards as rows of (title, data or url).  What is kept is JSON."""
    parts = render(message)
    assert json.loads(json.dumps(parts)) == parts
    sent = []
    for part in parts:
        entry: dict[str, Any] = {"photo": qr_png(part["qr"])[:8]} if "qr" in part else {}
        entry["text"] = part["text"]
        keyboard = markup(part)
        if keyboard:
            shown = keyboard.to_dict()
            rows = shown.pop("inline_keyboard", None) or shown.pop("keyboard")
            entry["rows"] = [[(button.pop("text"), *button.values()) for button in row] for row in rows]
            entry |= shown
        sent.append(entry)
    return sent


def choice(title: str, payload: str = "p1") -> Choice:
    return Choice(title=title, payload=payload)


def test_text_goes_out_unchanged() -> None:
    text = "<b>Lệ phí</b> *0* đồng_ & `x` [a](http://b) \U0001f600"
    assert golden(TextMessage(text=text)) == [{"text": text}]


def test_blank_text_is_not_sent() -> None:
    assert golden(TextMessage(text=" \n")) == []


def test_choices() -> None:
    message = ChoicesMessage(
        text="Bạn hỏi thủ tục nào?", choices=[choice("Đăng ký khai sinh lưu động", "a1"), choice("Khác", "a2")]
    )
    assert golden(message) == [
        {"text": "Bạn hỏi thủ tục nào?", "rows": [[("Đăng ký khai sinh lưu động", "a1")], [("Khác", "a2")]]}
    ]


def test_short_choices_share_rows() -> None:
    hours = [choice(f"{hour:02}:00", f"h{hour}") for hour in range(8, 13)]
    [part] = golden(ChoicesMessage(text="Mấy giờ?", choices=hours))
    assert [len(row) for row in part["rows"]] == [4, 1]
    days = [choice(f"Thứ hai {day}/11", f"d{day}") for day in (23, 30)]
    [part] = golden(ChoicesMessage(text="Ngày nào?", choices=days))
    assert [len(row) for row in part["rows"]] == [2]


def test_choices_without_text_get_one() -> None:
    [part] = golden(ChoicesMessage(text="", choices=[choice("Có")]))
    assert part["text"] == "Mời bạn chọn:"


def test_a_title_cut_short_stands_in_full_in_the_text() -> None:
    title = "Đăng ký khai sinh có yếu tố nước ngoài tại khu vực biên giới"
    [part] = golden(ChoicesMessage(text="Chọn:", choices=[choice(title)]))
    assert part["text"] == f"Chọn:\n\n– {title}"
    assert part["rows"] == [[("Đăng ký khai sinh có yếu tố nước ngoài…", "p1")]]
    [part] = golden(ChoicesMessage(text=f"1) {title}", choices=[choice(title)]))
    assert part["text"] == f"1) {title}"


def test_titles_that_differ_at_the_end_stay_apart() -> None:
    titles = [f"Cấp giấy phép hoạt động cho cơ sở kinh doanh dịch vụ ăn uống {level}" for level in ("xã", "tỉnh")]
    [part] = golden(ChoicesMessage(text="Chọn:", choices=[choice(title) for title in titles]))
    shown = [row[0][0] for row in part["rows"]]
    assert shown[0] != shown[1]
    assert [title.endswith(end) for title, end in zip(shown, ("xã", "tỉnh"), strict=True)] == [True, True]
    assert all(len(title) <= TITLE_LIMIT for title in shown)


def test_what_fits_no_button_is_said_in_words() -> None:
    message = ChoicesMessage(
        text="Chọn:",
        choices=[
            choice("Vừa đúng", "x" * PAYLOAD_LIMIT),
            choice("Quá dài", "ă" * PAYLOAD_LIMIT),
            Choice(title="Nội bộ", command=Command(intent="secret_intent")),
            Choice(title="Trang", url="https://example.org/a"),
            Choice(title="Trong nhà", url="http://localhost:8000/x"),
            Choice(title="Hỏng", url="https://[bad/"),
        ],
    )
    [part] = golden(message)
    assert part["text"] == "Chọn:\n\n– Quá dài\n– Nội bộ\nTrong nhà: http://localhost:8000/x\nHỏng: https://[bad/"
    assert part["rows"] == [[("Vừa đúng", "x" * 64)], [("Trang", "https://example.org/a")]]
    assert "secret_intent" not in str(part)


def test_never_more_than_a_hundred_buttons() -> None:
    [part] = golden(ChoicesMessage(text="Chọn:", choices=[choice(f"Số {n}", f"n{n}") for n in range(103)]))
    assert sum(len(row) for row in part["rows"]) == 100
    assert part["text"].splitlines()[-3:] == ["– Số 100", "– Số 101", "– Số 102"]


@pytest.mark.parametrize(("url", "shown"), [("https://a.gov.vn/p/1", True), ("http://a.gov.vn", False), ("", False)])
def test_card(url: str, shown: bool) -> None:
    message = CardMessage(
        text="Lệ phí: 8.000 đồng.\nNguồn: 1.004873",
        title="Cấp bản sao trích lục",
        source=SourceLine(code="1.004873", data_date=dt.date(2026, 11, 1), url=url),
        choices=[choice("Giấy tờ")],
    )
    rows = [[("Giấy tờ", "p1")]] + ([[("Xem nguồn", url)]] if shown else [])
    assert golden(message) == [{"text": "Lệ phí: 8.000 đồng.\nNguồn: 1.004873", "rows": rows}]


def test_a_source_is_linked_once() -> None:
    url = "https://dichvucong.gov.vn/p/1"
    message = CardMessage(
        text="A", title="T", source=SourceLine(code="1", url=url), choices=[Choice(title="Mở trang", url=url)]
    )
    assert golden(message)[0]["rows"] == [[("Mở trang", url)]]


def test_checklist_has_a_line_for_each_paper() -> None:
    items = [
        ChecklistItem(label="Tờ khai", originals=1, form="Mẫu 01"),
        ChecklistItem(label="Căn cước", copies=2),
        ChecklistItem(label="Ảnh"),
        ChecklistItem(label="Giấy chứng sinh"),
    ]
    message = ChecklistMessage(text="Giấy tờ cần có:\n- Giấy chứng sinh", title="T", items=items)
    lines = ["☐ Tờ khai (bản chính: 1; biểu mẫu: Mẫu 01)", "☐ Căn cước (bản sao: 2)", "☐ Ảnh"]
    assert golden(message) == [{"text": "\n".join(["Giấy tờ cần có:", "- Giấy chứng sinh", "", *lines])}]


def test_ticket_with_a_picture_of_its_code() -> None:
    message = TicketMessage(
        text="Phiếu A-012, 8 giờ 30 ngày 24/11/2026",
        appointment_id="7",
        number="A-012",
        state="confirmed",
        branch="Chi nhánh số 1",
        starts_at=dt.datetime(2026, 11, 24, 8, 30, tzinfo=HANOI),
        qr_content="https://example.org/t/7",
        choices=[choice("Đổi lịch")],
    )
    text = {"text": "Phiếu A-012, 8 giờ 30 ngày 24/11/2026", "rows": [[("Đổi lịch", "p1")]]}
    picture = {"photo": b"\x89PNG\r\n\x1a\n", "text": "Mã QR của phiếu A-012"}
    assert golden(message) == [text, picture]
    assert golden(message.model_copy(update={"qr_content": ""})) == [text]


def test_a_file_is_a_link() -> None:
    """Telegram fetches no calendar entries and no pages by address (sendDocument: PDF and ZIP only)."""
    file = FileMessage.at(
        "https://tro-ly.example.vn", "/danh-sach/abc", title="Bản để in", name="danh-sach.html", media_type="text/html"
    )
    rows = [[("Bản để in", "https://tro-ly.example.vn/danh-sach/abc")]]
    assert golden(file) == [{"text": "Bản để in", "rows": rows}]
    [before] = folded([TextMessage(text="Giấy tờ của bạn"), file])
    assert golden(before) == [{"text": "Giấy tờ của bạn", "rows": rows}]


def test_notice() -> None:
    message = NoticeMessage(text="Nhắc bạn: 09:00 ngày mai", reason="reminder", choices=[choice("Ngừng nhắc")])
    assert golden(message) == [{"text": "Nhắc bạn: 09:00 ngày mai", "rows": [[("Ngừng nhắc", "p1")]]}]


def test_places() -> None:
    message = LocationMessage(
        text="Gần bạn nhất: Chi nhánh 1",
        places=[
            Place(id="1", name="Chi nhánh 1", map_url="https://maps.example.org/1"),
            Place(id="2", name="Chi nhánh 2", address="258 Võ Chí Công"),
            Place(id="3", name="Điểm 3"),
        ],
        choices=[choice("Đặt lịch")],
    )
    assert golden(message) == [
        {
            "text": "Gần bạn nhất: Chi nhánh 1\n\n– Chi nhánh 2, 258 Võ Chí Công\n– Điểm 3",
            "rows": [[("Đặt lịch", "p1")], [("Chỉ đường: Chi nhánh 1", "https://maps.example.org/1")]],
        }
    ]


def test_asking_for_the_phone() -> None:
    [part] = golden(TextMessage(text="Số điện thoại?", asks="phone"))
    assert part["rows"] == [[("Gửi số điện thoại của tôi", True)]]
    assert (part["text"], part["one_time_keyboard"]) == ("Số điện thoại?", True)


def test_asking_for_the_place() -> None:
    message = LocationMessage(text="Bạn đang ở đâu?", request=True, choices=[choice("Chọn phường")])
    assert golden(message) == [
        {
            "text": "Bạn đang ở đâu?",
            "rows": [[("Gửi vị trí của tôi", True)]],
            "resize_keyboard": True,
            "one_time_keyboard": True,
        },
        {"text": "Hoặc mời bạn chọn:", "rows": [[("Chọn phường", "p1")]]},
    ]


def test_buttons_hang_on_the_last_part() -> None:
    parts = golden(CardMessage(text="Dòng dài. " * 900, title="T", choices=[choice("Giấy tờ")]))
    assert len(parts) == 3
    assert ["rows" in part for part in parts] == [False, False, True]


# --- limits


def test_length_is_counted_as_telegram_counts() -> None:
    assert utf16_length("a\u1ea1\U0001f600") == 4
    assert [utf16_length(part) for part in split_text("\U0001f600" * 2049, TEXT_LIMIT)] == [4096, 2]
    assert split_text("ạ" * 4096, TEXT_LIMIT) == ["ạ" * 4096]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("một hai\n\nba bốn", ["một hai", "ba bốn"]),
        ("một hai\nba bốn", ["một hai", "ba bốn"]),
        ("Một hai. Ba bốn", ["Một hai.", "Ba bốn"]),
        ("một hai ba bốn", ["một hai ba", "bốn"]),
        ("motmotmotmotmot", ["motmotmotmo", "tmot"]),
    ],
)
def test_cut_at_the_best_place(text: str, parts: list[str]) -> None:
    assert split_text(text, 11) == parts


def test_accents_and_joined_emoji_stay_whole() -> None:
    assert split_text("aaaaaaaaae\u0302\u0323b", 10) == ["aaaaaaaaa", "e\u0302\u0323b"]
    assert split_text("aaaaaaa" + FAMILY, 10) == ["aaaaaaa", FAMILY]


CHARACTERS = st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from(" .\n\U0001f600"))


@given(st.text(CHARACTERS), st.integers(2, 40))
def test_splitting_loses_nothing_and_keeps_the_limit(text: str, limit: int) -> None:
    parts = split_text(text, limit)
    assert all(utf16_length(part) <= limit and part.strip() for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@given(st.text(min_size=1, max_size=80))
def test_shortened_titles_fit(title: str) -> None:
    short = shorten(title)
    assert len(short) <= TITLE_LIMIT
    assert short.endswith("…") or short == " ".join(title.split())
