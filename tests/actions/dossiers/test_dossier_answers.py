"""What citizens read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from actions.clock import FixedClock
from actions.dossiers.answers import (
    ask_code_reply,
    ask_factor_reply,
    confirm_code_reply,
    error_reply,
    status_reply,
)
from actions.dossiers.codes import parse_dossier_code
from actions.dossiers.fake import FakeDossierSystem
from actions.dossiers.model import Apology, DossierStatus, FeeDue, Supplement, statuses
from actions.dossiers.on_time import LateReason, Punctuality
from actions.dossiers.pace import Pace
from actions.dossiers.status import DossierStatusService
from actions.messages import Behaviour, CardMessage, ChoicesMessage, Command, Reply
from actions.wording import sentences
from knowledge_base.errors import BadInput, ErrorCode, Refused, TthcError, Unavailable

CODE = "H26.16-261110-0012"


@pytest.fixture
def told(make_dossier, clock: FixedClock, working_days) -> Callable[..., object]:
    """The reply about a dossier with these changes."""

    async def tell(**changes: object) -> Reply:
        system = FakeDossierSystem([make_dossier(**changes)])
        service = DossierStatusService(system, clock, working_days, lambda _: 3, pace=Pace(0))
        return status_reply(await service.check(CODE, "1212", "web:1"))

    return tell


async def test_the_card_holds_every_fact_as_text(told, at) -> None:
    reply = await told(
        status=DossierStatus.PAYMENT,
        status_raw="6",
        agency="Sở Tư pháp",
        handling_unit="Phòng Hộ tịch",
        received_place="Chi nhánh số 1",
        supplements=[Supplement(content="Tờ khai", requested_at=at(11), old_due=at(16, 17), new_due=at(25, 17))],
        fees=[FeeDue(name="Lệ phí", amount=1234567), FeeDue(name="Phí", amount=0, paid=True)],
        results=["Giấy khai sinh"],
        notes=["Mời nộp tiền"],
    )
    (card,) = reply.messages
    assert isinstance(card, CardMessage)
    assert reply.trace.behaviour is Behaviour.STATUS
    for fact in (
        CODE, "Thủ tục: Đăng ký khai sinh (mã 1.001193)", "Yêu cầu thực hiện nghĩa vụ tài chính", "Nguyễn V** A**",
        "Ngày tiếp nhận: 10/11/2026", "Ngày hẹn trả: 17:00 ngày 25/11/2026", "Hồ sơ đang trong thời hạn.",
        "Tờ khai (yêu cầu ngày 11/11/2026); ngày hẹn trả mới: 17:00 ngày 25/11/2026", "Lệ phí: 1.234.567 đồng",
        "Phí: 0 đồng (đã nộp)", "Giấy khai sinh", "Mời nộp tiền", "Sở Tư pháp", "Phòng Hộ tịch", "Chi nhánh số 1",
        "Việc bạn cần làm: Mời bạn nộp tiền", "Dữ liệu lúc 09:30 ngày 18/11/2026.",
    ):  # fmt: skip
        assert fact in card.text
    for section in card.sections:
        assert all(line in card.text for line in section.lines)
    assert "Văn An" not in reply.model_dump_json()


@pytest.mark.parametrize("status", list(DossierStatus))
async def test_every_state_has_its_words(told, at, status: DossierStatus) -> None:
    text = (await told(status=status, finished_at=at(16))).plain_text
    info = statuses()[status]
    assert all(words in text for words in (info.name, info.meaning, info.next, info.todo))


async def test_late_is_said_plainly_and_no_new_date_is_made_up(told, at) -> None:
    text = (await told(due_at=at(13, 17))).plain_text
    assert "trễ hạn" in text
    assert "đã quá hạn trả 17:00 ngày 13/11/2026" in text
    assert "19001009" in text
    given = {"10/11/2026", "13/11/2026", "18/11/2026"}
    assert {word.strip(".,;:") for word in text.split() if word.count("/") == 2} == given


async def test_an_apology_is_told_as_the_system_has_it(told, at) -> None:
    def sorry(*new_due: int) -> Apology:
        return Apology(sent_at=at(16), reason="Cần xác minh", new_due=at(*new_due) if new_due else None)

    async def text(*apologies: Apology) -> str:
        return (await told(due_at=at(13, 17), apologies=apologies)).plain_text

    said = await text(sorry(25, 17))
    for words in (
        "trễ hạn",
        "xin lỗi bạn ngày 16/11/2026",
        "văn bản: 17:00 ngày 25/11/2026",
        "Lý do ghi trong văn bản: Cần xác minh",
        "Mời bạn chờ đến ngày hẹn mới: 17:00 ngày 25/11/2026",
    ):
        assert words in said
    assert "chưa ghi văn bản này" not in said
    assert "cũng đã qua: 17:00 ngày 17/11/2026" in await text(sorry(17, 17))
    assert "để biết lý do và ngày trả mới" in await text(sorry(17, 17))
    assert "Hệ thống không ghi ngày hẹn trả mới." in await text(sorry())
    assert "đã có văn bản xin lỗi bạn." in await text(Apology())
    assert "chưa ghi văn bản này" in await text()
    assert "ngày 25/11/2026" in await text(sorry(17, 17), Apology(sent_at=at(17), new_due=at(25, 17)))


@pytest.mark.parametrize(
    ("delivery", "place", "said", "unsaid"),
    [
        (
            "in_person",
            "Chi nhánh số 1",
            ["đến nhận trực tiếp", "Nơi nhận kết quả: Chi nhánh số 1", "mang giấy hẹn"],
            ["bưu"],
        ),
        ("in_person", "", ["đến nhận trực tiếp", "Nơi nhận kết quả ghi trên giấy tiếp nhận"], ["bưu"]),
        ("post", "số 1 phố Thử", ["qua bưu chính", "Bạn không phải đến nhận"], ["phố Thử", "mang giấy hẹn"]),
        ("online", "", ["bản điện tử trên Cổng", "tải kết quả điện tử"], ["mang giấy hẹn"]),
        (None, "số 1 phố Thử", ["Hệ thống không ghi cách nhận"], ["phố Thử"]),
    ],
)
async def test_where_and_how_to_collect(
    told, at, delivery: str | None, place: str, said: list[str], unsaid: list[str]
) -> None:
    changes = {"status": DossierStatus.DONE, "finished_at": at(16), "delivery": delivery, "collect_at": place}
    reply = await told(**changes)
    collect = [section for section in reply.messages[0].sections if section.heading == "Nhận kết quả"]
    assert len(collect) == 1
    lines = [line for section in reply.messages[0].sections for line in section.lines]
    text = "\n".join(lines)
    assert all(words in text for words in said)
    own_words = text.replace(statuses()[DossierStatus.DONE].next, "")
    assert not [words for words in unsaid if words in own_words]


async def test_until_when(told, at) -> None:
    waiting = Supplement(content="Tờ khai", requested_at=at(16), answer_by=at(27, 0))
    text = (await told(status=DossierStatus.SUPPLEMENT, supplements=[waiting])).plain_text
    assert "Thời hạn: chậm nhất 27/11/2026." in text
    assert "Tờ khai (yêu cầu ngày 16/11/2026); hạn bổ sung: 27/11/2026" in text
    given = Supplement(content="Tờ khai", requested_at=at(11), answered_at=at(13), answer_by=at(27, 0))
    assert "đã bổ sung ngày 13/11/2026" in (await told(supplements=[given])).plain_text
    for status in DossierStatus:
        by_when = statuses()[status].by_when
        text = (await told(status=status, finished_at=at(16))).plain_text
        assert ("Thời hạn: " in text) == bool(by_when)
        assert by_when in text
    acts = {status for status in DossierStatus if statuses()[status].by_when}
    assert acts == {DossierStatus.SUPPLEMENT, DossierStatus.PAYMENT, DossierStatus.DONE}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": DossierStatus.SUPPLEMENT}, "Hệ thống chưa ghi giấy tờ nào"),
        ({"status": DossierStatus.PAYMENT}, "Hệ thống chưa ghi số tiền"),
        ({"status": DossierStatus.PAYMENT, "fees": [FeeDue(name="Phí", amount=1)]}, "Khoản cần nộp"),
        (
            {"supplements": [Supplement(requested_at=dt.datetime(2026, 11, 11, tzinfo=dt.UTC))], "due_at": (16, 17)},
            "nên chưa biết hồ sơ có trễ hạn hay không",
        ),
        ({"due_at": (19, 17)}, "sắp đến ngày hẹn trả"),
        ({"status": DossierStatus.SUBMITTED, "due_at": None}, "chưa bắt đầu tính"),
        ({"status": DossierStatus.SUPPLEMENT}, "Thời hạn đang tạm dừng"),
        ({"status": DossierStatus.DONE, "finished_at": (16, 9)}, "giải quyết đúng hạn"),
        ({"status": DossierStatus.DONE, "finished_at": (26, 9)}, "giải quyết trễ hạn, sau hạn trả"),
        ({"status": DossierStatus.DONE}, "Chưa đủ dữ liệu"),
        ({"due_at": None}, "quá thời gian giải quyết dài nhất theo quy định"),
        ({"due_at": None}, "Ngày hẹn trả: hệ thống chưa ghi"),
        ({"status": DossierStatus.DONE, "due_at": None, "finished_at": (17, 9)}, "lâu hơn thời gian dài nhất"),
        ({"supplements": [Supplement(), Supplement()]}, "hơn một lần"),
        ({"status": DossierStatus.DONE, "supplements": [Supplement(), Supplement()]}, "tính là giải quyết trễ hạn"),
        ({"supplements": [Supplement()]}, "Xem phiếu yêu cầu bổ sung hồ sơ"),
        ({"status": None, "status_raw": "17"}, "Hệ thống ghi: “17”"),
        ({"status": None, "status_raw": ""}, "chưa xác định"),
        ({"status": DossierStatus.STOPPED, "finished_at": (26, 9)}, "Hồ sơ kết thúc muộn, sau hạn trả"),
        ({"status": DossierStatus.WITHDRAWN, "finished_at": (16, 9)}, "Hồ sơ kết thúc trong thời hạn"),
        ({"status": DossierStatus.NOT_RECEIVED, "finished_at": (16, 9)}, "Ngày kết thúc: 16/11/2026"),
        ({"procedure_code": ""}, "Thủ tục: Đăng ký khai sinh"),
        ({"fees": [FeeDue(name="", amount=5000, paid=False)]}, "Khoản thu: 5.000 đồng (chưa nộp)"),
        ({"due_at": (25, 0)}, "Ngày hẹn trả: 25/11/2026"),
        ({"notes": ["{đặc biệt}"]}, "{đặc biệt}"),
    ],
)
async def test_particular_words(told, at, changes: dict[str, object], words: str) -> None:
    moments = {key: at(*value) if isinstance(value, tuple) else value for key, value in changes.items()}
    assert words in (await told(**moments)).plain_text


@pytest.mark.parametrize(
    ("text", "words", "behaviour"),
    [
        ("xin chào", "chưa đúng dạng", Behaviour.ASK_SLOT),
        ("H26.16-261103", "còn thiếu số thứ tự", Behaviour.ASK_SLOT),
        ("H26.16", "ngày 03/11/2026) và số thứ tự", Behaviour.ASK_SLOT),
        ("261103-0012", "còn thiếu mã cơ quan", Behaviour.ASK_SLOT),
        ("H26.16-261340-0012", "không có thật", Behaviour.ASK_SLOT),
        ("H26.16-261119-0012", "chưa đến", Behaviour.ASK_SLOT),
        ("H26.16-091103-0012", "quá xa", Behaviour.ASK_SLOT),
        ("H26.16-031126-0012", "nhận ngày 03/11/2026 thì phần giữa của mã là 261103", Behaviour.ASK_SLOT),
        ("H56.14-240823", "H56, là mã của Thanh Hóa", Behaviour.DECLINE),
        ("H56.14-240823-0001", "H56, là mã của Thanh Hóa", Behaviour.DECLINE),
        ("H31.14-240823-0001", "H31, là mã của tỉnh, thành phố khác", Behaviour.DECLINE),
    ],
)
def test_codes_that_cannot_be_used(text: str, words: str, behaviour: Behaviour) -> None:
    with pytest.raises(BadInput) as caught:
        parse_dossier_code(text, dt.date(2026, 11, 18))
    reply = error_reply(caught.value)
    assert words in reply.plain_text
    assert (reply.trace.behaviour, reply.trace.error) == (behaviour, caught.value.code.value)


@pytest.mark.parametrize(
    ("error", "words", "behaviour"),
    [
        (Refused(ErrorCode.DOSSIER_REFUSED), "khớp với cả mã hồ sơ và số bạn nhập", Behaviour.STATUS),
        (Refused(ErrorCode.DOSSIER_TOO_MANY_TRIES, minutes=7), "sau 7 phút", Behaviour.DECLINE),
        (Unavailable(ErrorCode.DOSSIER_SYSTEM_DOWN), "19001009", Behaviour.DEGRADED),
    ],
)
def test_refusals_and_failures_show_a_way_on(error: TthcError, words: str, behaviour: Behaviour) -> None:
    reply = error_reply(error)
    (message,) = reply.messages
    assert words in message.text
    assert isinstance(message, ChoicesMessage)
    assert [choice.url for choice in message.choices] == ["https://dichvucong.gov.vn"]
    assert reply.trace.behaviour is behaviour


async def test_a_dossier_that_was_not_received_is_not_said_to_lack_dates(told) -> None:
    text = (await told(status=DossierStatus.NOT_RECEIVED, due_at=None)).plain_text
    assert "Chưa đủ dữ liệu" not in text
    assert "Ngày hẹn trả" not in text


def test_every_late_case_has_its_words() -> None:
    for kind in ("late", "ended_late", "closed_late"):
        for reason in set(LateReason) - {LateReason.NONE}:
            assert f"dossiers.{kind}_{reason.value}" in sentences()
    for punctuality in set(Punctuality) - {Punctuality.LATE, Punctuality.ENDED_LATE}:
        assert f"dossiers.time_{punctuality.value}" in sentences()


def test_too_short_a_factor_is_asked_again() -> None:
    reply = error_reply(BadInput(ErrorCode.DOSSIER_FACTOR_MALFORMED))
    assert "ít nhất 4 số cuối" in reply.plain_text
    assert reply.trace.behaviour is Behaviour.ASK_SLOT


def test_asking_and_confirming() -> None:
    assert "mã hồ sơ" in ask_code_reply().plain_text
    assert "4 số cuối" in ask_factor_reply().plain_text
    code = parse_dossier_code("H26162611030012", dt.date(2026, 11, 18))
    yes, no = Command(intent="affirm"), Command(intent="deny")
    (message,) = confirm_code_reply(code, yes, no).messages
    assert "H26.16-261103-0012" in message.text
    assert isinstance(message, ChoicesMessage)
    assert [choice.command for choice in message.choices] == [yes, no]
