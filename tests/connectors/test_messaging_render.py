"""Golden forms of each message type on Zalo and on Messenger, each checked against the platform's limits."""

from __future__ import annotations

import datetime as dt
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
    FileMessage,
    LocationMessage,
    Message,
    NoticeMessage,
    Place,
    SourceLine,
    TextMessage,
    TicketMessage,
)
from actions.wording import say
from connectors import messenger_render, zalo_render
from connectors.choices import arrange, pick
from connectors.platform import Json
from connectors.standins.messenger import fits
from connectors.standins.zalo import ZaloApi

URL = "https://dichvucong.gov.vn/p/1"
FEE, PAPERS = Choice(title="Lệ phí", payload="p1"), Choice(title="Giấy tờ", payload="p2")
NUMBERED = say("channels.choose_by_number")


def zalo(message: Message) -> list[Json]:
    standin = ZaloApi("")
    standin.said("7", "…")
    parts = zalo_render.render([message]).parts
    assert [standin._wrong("7", part) for part in parts] == [None] * len(parts)
    return parts


def messenger(message: Message) -> list[Json]:
    parts = messenger_render.render([message]).parts
    assert all(fits(part) for part in parts)
    return parts


def template(**payload: Any) -> Json:
    return {"attachment": {"type": "template", "payload": payload}}


def hide(title: str, payload: str) -> Json:
    return {"title": title, "type": "oa.query.hide", "payload": f"#tthc:{payload}"}


def postback(title: str, payload: str) -> Json:
    return {"type": "postback", "title": title, "payload": payload}


def test_text() -> None:
    message = TextMessage(text="<b>Lệ phí</b> *0* đồng")
    assert zalo(message) == messenger(message) == [{"text": "<b>Lệ phí</b> *0* đồng"}]
    assert zalo(TextMessage(text=" \n")) == messenger(TextMessage(text=" \n")) == []


def test_choices() -> None:
    message = ChoicesMessage(text="Hỏi gì?", choices=[FEE, PAPERS])
    assert zalo(message) == [{"text": "Hỏi gì?"} | template(buttons=[hide("Lệ phí", "p1"), hide("Giấy tờ", "p2")])]
    buttons = [postback("Lệ phí", "p1"), postback("Giấy tờ", "p2")]
    assert messenger(message) == [template(template_type="button", text="Hỏi gì?", buttons=buttons)]


def test_choices_told_in_the_text_may_be_short_on_their_buttons() -> None:
    long = "Đăng ký khai sinh có yếu tố nước ngoài"
    message = ChoicesMessage(text=f"Ý bạn là:\n1. {long}\n2. Kết hôn", choices=[
        Choice(title=long, payload="p1"), Choice(title="Kết hôn", payload="p2")])  # fmt: skip
    [part] = messenger(message)
    titles = [button["title"] for button in part["attachment"]["payload"]["buttons"]]
    assert titles == ["Đăng ký khai sinh…", "Kết hôn"]


def test_more_choices_become_a_numbered_list() -> None:
    titles = [f"Ngày {day}/12 buổi sáng, còn {day} chỗ" for day in range(1, 16)]
    choices = [Choice(title=title, payload=f"p{number}") for number, title in enumerate(titles, 1)]
    message = ChoicesMessage(text="Chọn ngày:", choices=choices)
    listed = "\n".join(f"{number}. {title}" for number, title in enumerate(titles, 1))
    text = f"Chọn ngày:\n\n{listed}\n{NUMBERED}"
    assert zalo(message) == [{"text": text}]
    [part] = messenger(message)
    assert part["text"] == text
    assert len(part["quick_replies"]) == 13
    assert part["quick_replies"][9] == {"content_type": "text", "title": "10. Ngày 10/12 buổi…", "payload": "p10"}
    assert zalo_render.render([message]).offered == [(choice.title, choice.payload) for choice in choices]


def test_numbers_in_the_text_are_not_listed_again() -> None:
    titles = ["Khai sinh", "Khai sinh lại", "Khai sinh lưu động", "Trích lục"]
    text = "Bạn hỏi?\n" + "\n".join(f"{number}. {title}" for number, title in enumerate(titles, 1))
    choices = [Choice(title=title, payload=f"p{number}") for number, title in enumerate(titles)]
    assert zalo(ChoicesMessage(text=text, choices=choices)) == [{"text": f"{text}\n\n{NUMBERED}"}]


def test_times_are_told_without_numbers() -> None:
    times = ["08:00", "08:30", "09:00", "13:30"]
    choices = [Choice(title=time, payload=f"p{time[:2]}{time[3:]}") for time in times]
    message = ChoicesMessage(text="Còn các giờ: 08:00, 08:15, 08:30, 09:00.", choices=choices)
    text = f"{message.text}\n\n– 13:30\nMời bạn nhắn lựa chọn của mình, ví dụ: 08:00"
    assert zalo(message) == [{"text": text}]
    [part] = messenger(message)
    assert [reply["title"] for reply in part["quick_replies"]] == times
    offered = zalo_render.render([message]).offered
    assert [pick(typed, offered) for typed in ("3", "9", "số 2", "08:30", "9h")] == [None, None, None, "p0830", None]


def test_card() -> None:
    source = SourceLine(code="1.004873", data_date=dt.date(2026, 11, 1), url=URL)
    message = CardMessage(text="Lệ phí: 8.000 đồng.\nNguồn: 1.004873", title="T", source=source, choices=[PAPERS])
    link = {"title": "Xem nguồn", "type": "oa.open.url", "payload": {"url": URL}}
    assert zalo(message) == [{"text": message.text} | template(buttons=[hide("Giấy tờ", "p2"), link])]
    web = {"type": "web_url", "title": "Xem nguồn", "url": URL}
    buttons = [postback("Giấy tờ", "p2"), web]
    assert messenger(message) == [template(template_type="button", text=message.text, buttons=buttons)]


def test_a_link_that_fits_no_button_is_written_out() -> None:
    choices = [FEE, PAPERS, Choice(title="Nơi nộp", payload="p3"), Choice(title="Trang", url=URL)]
    [part] = zalo(ChoicesMessage(text="Hỏi gì?", choices=choices))
    assert part["text"] == f"Hỏi gì?\n\nTrang: {URL}"
    assert len(part["attachment"]["payload"]["buttons"]) == 3
    [part] = zalo(ChoicesMessage(text="Xem:", choices=[Choice(title="Ở nhà", url="http://localhost:8000/x")]))
    assert part == {"text": "Xem:\n\nỞ nhà: http://localhost:8000/x"}


def test_checklist() -> None:
    items = [ChecklistItem(label="Tờ khai", originals=1, form="Mẫu 01"), ChecklistItem(label="Giấy chứng sinh")]
    message = ChecklistMessage(text="Cần có:\n- Giấy chứng sinh", title="T", items=items)
    text = "Cần có:\n- Giấy chứng sinh\n\n☐ Tờ khai (bản chính: 1; biểu mẫu: Mẫu 01)"
    assert zalo(message) == messenger(message) == [{"text": text}]


def test_ticket() -> None:
    message = TicketMessage(
        text="Phiếu A-012, 8 giờ 30 ngày 24/11/2026", appointment_id="7", number="A-012", state="confirmed",
        branch="Chi nhánh số 1", starts_at=dt.datetime(2026, 11, 24, 8, 30, tzinfo=HANOI), qr_content=URL,
        choices=[Choice(title="Đổi lịch", payload="p1"), Choice(title="Xem phiếu", url=URL)],
    )  # fmt: skip
    [part] = zalo(message)
    assert part["text"] == message.text
    assert [button["title"] for button in part["attachment"]["payload"]["buttons"]] == ["Đổi lịch", "Xem phiếu"]
    [part] = messenger(message)
    assert part["attachment"]["payload"]["text"] == message.text


def test_notice() -> None:
    stop = Choice(title="Ngừng nhắc", payload="p1")
    message = NoticeMessage(text="Nhắc bạn: 09:00 ngày mai", reason="reminder", choices=[stop])
    assert zalo(message) == [{"text": message.text} | template(buttons=[hide("Ngừng nhắc", "p1")])]
    buttons = [postback("Ngừng nhắc", "p1")]
    assert messenger(message) == [template(template_type="button", text=message.text, buttons=buttons)]


def calendar_entry() -> FileMessage:
    given = {"title": "Thêm vào lịch", "name": "lich-hen-A-017.ics", "media_type": "text/calendar"}
    return FileMessage.at("https://tro-ly.example.vn/", "/ve/ap1.ics?key=0123", **given)


def test_a_file_is_a_link_of_the_message_before_it() -> None:
    """No message more: Zalo sends eight free."""
    file = calendar_entry()
    assert file.url == "https://tro-ly.example.vn/ve/ap1.ics?key=0123"
    opened = {"title": "Thêm vào lịch", "type": "oa.open.url", "payload": {"url": file.url}}
    link = {"type": "web_url", "title": "Thêm vào lịch", "url": file.url}
    for before in (TextMessage(text="Phiếu của bạn"), ChoicesMessage(text="Phiếu của bạn", choices=[FEE])):
        more = [hide("Lệ phí", "p1")] if isinstance(before, ChoicesMessage) else []
        assert zalo_render.render([before, file]).parts == [
            {"text": "Phiếu của bạn"} | template(buttons=[*more, opened])
        ]
        more = [postback("Lệ phí", "p1")] if isinstance(before, ChoicesMessage) else []
        [part] = messenger_render.render([before, file]).parts
        assert part == template(template_type="button", text="Phiếu của bạn", buttons=[*more, link])
    full = ChoicesMessage(text="Phiếu", choices=[FEE, PAPERS, Choice(title="Đổi", payload="p3")])
    [part] = zalo_render.render([full, file]).parts
    assert part["text"] == f"Phiếu\n\n{file.text}", "no room for a button: the link stands in the text"


def test_a_file_alone_and_after_a_question_for_the_phone() -> None:
    file = calendar_entry()
    link = {"type": "web_url", "title": "Thêm vào lịch", "url": file.url}
    assert messenger(file) == [template(template_type="button", text="Thêm vào lịch", buttons=[link])]
    assert zalo(file)[0]["text"] == "Thêm vào lịch"
    asked = TextMessage(text="Số điện thoại?", asks="phone")
    assert len(messenger_render.render([asked, file]).parts) == 2


def places(count: int) -> list[Place]:
    return [
        Place(id=str(n), name=f"Chi nhánh {n}", address=f"{n} Võ Chí Công", map_url=f"https://maps.example.org/{n}")
        for n in range(1, count + 1)
    ]


def test_places_on_zalo() -> None:
    message = LocationMessage(text="Gần bạn nhất:\nChi nhánh 1, Chi nhánh 2", places=places(2), choices=[FEE])
    head = {"title": "Gần bạn nhất:", "subtitle": "Chi nhánh 1, Chi nhánh 2"}
    shown = [
        {"title": f"Chi nhánh {n}", "subtitle": f"{n} Võ Chí Công",
         "default_action": {"type": "oa.open.url", "url": f"https://maps.example.org/{n}"}} for n in (1, 2)
    ]  # fmt: skip
    assert zalo(message) == [template(template_type="list", elements=[head, *shown], buttons=[hide("Lệ phí", "p1")])]
    told, listed = zalo(LocationMessage(text="Các chi nhánh:", places=places(7)))
    assert "– Chi nhánh 7, 7 Võ Chí Công" in told["text"]
    assert "Bản đồ Chi nhánh 7: https://maps.example.org/7" in told["text"]
    assert len(listed["attachment"]["payload"]["elements"]) == 5


def test_places_on_messenger() -> None:
    told, shown = messenger(LocationMessage(text="Gần bạn: Chi nhánh 1", places=places(1)))
    assert told == {"text": "Gần bạn: Chi nhánh 1"}
    button = {"type": "web_url", "title": "Xem bản đồ", "url": "https://maps.example.org/1"}
    element = {"title": "Chi nhánh 1", "subtitle": "1 Võ Chí Công", "buttons": [button]}
    assert shown == template(template_type="generic", elements=[element])


def test_asking_for_the_place() -> None:
    message = LocationMessage(text="Bạn đang ở đâu?", request=True, choices=[Choice(title="Chọn phường", payload="p1")])
    [part] = zalo(message)
    assert part["text"] == f"Bạn đang ở đâu?\n\n{say('channels.share_location_hint')}"
    assert part["attachment"]["payload"]["buttons"] == [hide("Chọn phường", "p1")]
    text = f"{message.text}\n\n{say('channels.share_location_hint')}"
    assert messenger(message) == [template(template_type="button", text=text, buttons=[postback("Chọn phường", "p1")])]


def test_buttons_hang_on_the_last_part_of_a_long_text() -> None:
    message = CardMessage(text="Một câu dài vừa phải. " * 300, title="T", choices=[FEE])
    parts = zalo(message)
    assert ["attachment" in part for part in parts] == [False] * (len(parts) - 1) + [True]
    assert all(part["text"].rstrip().endswith(".") for part in parts)
    *first, last = messenger(message)
    assert all("text" in part for part in first)
    assert len(last["attachment"]["payload"]["text"]) <= 640


def test_request_user_info() -> None:
    message = TextMessage(text="Mời bạn cho số điện thoại.", asks="phone")
    element = {"title": say("zalo.info_title"), "subtitle": say("zalo.info_subtitle")}
    asked = template(template_type="request_user_info", elements=[element])
    assert zalo(message) == [{"text": message.text}, asked]
    assert messenger(message) == [{"text": message.text}]


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80).filter(str.strip)
CHOICES = st.lists(st.builds(Choice, title=TEXTS, payload=st.text("ab12-_", min_size=1, max_size=64)), max_size=20)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=3000), CHOICES)
def test_whatever_is_said_keeps_the_limits(text: str, choices: list[Choice]) -> None:
    message = CardMessage(text=text, title="T", choices=choices)
    zalo(message)
    messenger(message)


OFFERED = [("Chi nhánh số 1, phường Hoàn Kiếm", "a"), ("Chi nhánh số 2, phường Ba Đình", "b"), ("Thôi", "c")]


@pytest.mark.parametrize(
    ("typed", "payload"),
    [("1", "a"), (" 2. ", "b"), ("(3)", "c"), ("số 2", "b"), ("chọn 1", "a"), ("chon so 3", "c"), ("thôi", "c"),
     ("THOI!", "c"), ("phường Ba Đình", "b"), ("hoan kiem", "a"), ("4", None), ("0", None), ("9h sáng", None),
     ("phường", None), ("chi nhánh số", None), ("lệ phí bao nhiêu", None), ("", None)],
)
def test_an_answer_by_number_or_words(typed: str, payload: str | None) -> None:
    assert pick(typed, OFFERED) == payload


def test_payloads_that_are_too_long_are_said_in_words() -> None:
    arranged = arrange([Choice(title="Dài", payload="ă" * 40), FEE], "x")
    assert [choice.title for _, choice in arranged.buttons] == ["Lệ phí"]
    assert arranged.lines == ["– Dài"]
