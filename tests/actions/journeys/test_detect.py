"""Events told and nothing more are known; papers, wants and other matters stay with the search."""

from __future__ import annotations

import pytest

from actions.journeys.detect import event_in, event_mentioned, without_event
from actions.journeys.journey import journeys
from knowledge_base.text import fold

TOLD = {
    "birth": [
        "tôi mới sinh con thì phải làm những gì", "vợ em vừa sinh bé trai", "nhà mình mới có em bé",
        "chào bạn, mình mới sinh em bé, mình phải làm gì ạ", "sắp sinh con cần làm những thủ tục gì",
    ],
    "death": [
        "nhà tôi có người mất cần làm thủ tục gì", "bố tôi vừa mất", "ông ngoại em qua đời rồi giờ phải làm sao",
        "mẹ chồng tôi mới mất hôm qua thì làm gì", "gia đình đang lo hậu sự, cần làm những thủ tục gì",
    ],
    "marriage": ["em sắp cưới cần làm thủ tục gì ạ", "sắp lấy chồng", "chúng em chuẩn bị kết hôn thì phải làm gì"],
    "land": ["tôi muốn mua nhà", "mua bán nhà đất cần làm những gì", "mới mua đất thì phải làm gì"],
    "building": ["chuẩn bị xây nhà", "nhà em sắp xây nhà thì cần thủ tục gì"],
    "shop": ["chuẩn bị mở quán ăn", "muốn mở tiệm tạp hoá", "em định mở quán cà phê"],
    "lost": ["tôi bị mất hết giấy tờ", "mất ví có giấy tờ tùy thân", "em bị móc túi mất ví rồi",
             "nhà tôi bị ngập lụt mất hết giấy tờ rồi"],
    "moving": ["mới chuyển nhà", "tôi mới dọn đến Hà Nội"],
    "work": ["em bị công ty cho nghỉ việc", "tôi sắp về hưu", "mới nghỉ việc thì làm gì"],
    "vehicle": ["vừa mua xe máy cũ", "bán xe cho người khác phải làm gì", "anh mới mua ô tô"],
    "abroad": ["sắp đi nước ngoài", "con tôi chuẩn bị đi du học", "sắp đi xuất khẩu lao động"],
    "divorce": ["vợ chồng tôi mới ly hôn", "tôi muốn ly hôn thì làm thủ tục gì"],
}  # fmt: skip
OTHER = [
    "vợ mới sinh cần giấy tờ gì làm khai sinh", "vợ mới sinh làm giấy tờ cho con", "con tôi mới sinh cần giấy tờ gì",
    "tôi mất căn cước", "em bị mất bằng lái xe", "nhà có người mất thì xóa hộ khẩu thế nào", "mất bao lâu",
    "mua nhà ở xã hội", "ly hôn giành quyền nuôi con thế nào", "nhà mua trước khi cưới có phải chia đôi không",
    "nên mua cổ phiếu nào", "tôi muốn mua iphone", "có mất phí không", "xin giấy phép xây nhà",
    "bố mất không có di chúc thì tôi được mấy phần", "tôi mới mua xe muốn sang tên", "tôi muốn chết", "chồng đánh tôi",
    "cứu với bố tôi chết mất", "mở văn phòng đại diện cho công ty Nhật", "kết hôn", "ly hôn", "", "?", "😀",
]  # fmt: skip


@pytest.mark.parametrize("view", [str, fold], ids=["accented", "folded"])
@pytest.mark.parametrize("event", TOLD)
def test_an_event_told_is_known(event: str, view: type[str]) -> None:
    heard = {text: event_in(view(text)) for text in TOLD[event]}
    assert {text: journey.id if journey else None for text, journey in heard.items()} == dict.fromkeys(heard, event)


def test_every_event_has_examples() -> None:
    assert set(TOLD) == {journey.id for journey in journeys().all()}


@pytest.mark.parametrize("text", OTHER)
def test_a_want_a_paper_or_another_matter_is_no_event(text: str) -> None:
    assert event_in(text) is None


def test_who_writes_at_length_tells_a_case() -> None:
    assert event_in("tôi mới sinh con " + "nhà tôi " * 30) is None


def test_an_event_is_found_beside_a_want_too() -> None:
    text = "vợ chồng tôi muốn ly hôn thuận tình thì cần giấy gì"
    assert event_in(text) is None
    assert (found := event_mentioned(text)) is not None
    assert found.id == "divorce"
    assert event_mentioned("phí làm hộ chiếu") is None


def test_what_is_said_beside_an_event_is_left_when_it_is_taken_away() -> None:
    death = journeys().get("death")
    assert death is not None
    assert without_event("Bố tôi mất, khai báo ở đâu", death).split() == ["khai", "bao", "o", "dau"]
    assert without_event("khai báo ở đâu", death) == "khai bao o dau"


def test_what_reports_an_event_is_one_of_its_steps() -> None:
    reporting = {journey.id: journey.itself for journey in journeys().all() if journey.itself}
    assert set(reporting) == {"birth", "death", "marriage"}
