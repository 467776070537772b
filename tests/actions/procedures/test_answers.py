"""Answers say what the record says: nothing added, doubt marked, the missing named, the source under it."""

from __future__ import annotations

import pytest

from actions.messages import Behaviour, ChoicesMessage
from actions.procedures import facts
from actions.procedures.answers import abstain, answer, clarify, source_of, source_text
from actions.procedures.titles import called, distinct_names, distinct_titles, shorten
from actions.procedures.wants import Aspect
from actions.wording import say, sentences
from knowledge_base.catalogue import Catalogue
from knowledge_base.curated import load_curated
from knowledge_base.decision import Candidate
from knowledge_base.procedure import (
    Channel,
    Confusion,
    Duration,
    Fee,
    Level,
    Method,
    Paper,
    PaperGroup,
    Procedure,
    Source,
    TimeUnit,
    Trust,
)
from tests.actions.procedures.records import SOURCE, card_of, fee, numbers_in, numbers_of, record, time

CURATED = load_curated()
HOTLINE = "19001009"


def text_for(procedure: Procedure, *aspects: Aspect, question: str = "") -> str:
    return card_of(answer(procedure, list(aspects), question)).text


@pytest.mark.parametrize("aspect", Aspect)
def test_each_want_has_an_answer_with_its_source(aspect: Aspect) -> None:
    reply = answer(record(), [aspect])
    card = card_of(reply)
    assert (reply.trace.behaviour, reply.trace.procedure, reply.trace.aspect) == (Behaviour.ANSWER, "9.000001", aspect)
    assert card.text.startswith("Cấp sổ tay mẫu")
    assert card.text.split("\n\n")[0] == card.title
    assert card.sections
    end = "Nguồn: thủ tục 9.000001, quyết định 1234/QĐ-BTP, dữ liệu ngày 18/07/2026\nhttps://dichvucong.gov.vn/9.000001"
    assert card.text.endswith(end)
    assert card.source is not None
    assert card.source.code == "9.000001"


@pytest.mark.parametrize("aspect", Aspect)
def test_a_procedure_known_by_name_alone_is_said_to_be_so(aspect: Aspect) -> None:
    source = Source(layout="portal_list", url="https://dichvucong.gov.vn/9.000003", data_date=SOURCE.data_date)
    listed = Procedure(code="9.000003", name="Cấp sổ tay lưu động", agencies=["Ủy ban nhân dân cấp xã"], source=source)
    reply = answer(listed, [aspect], "cần giấy tờ gì")
    card = card_of(reply)
    assert (reply.trace.behaviour, reply.trace.aspect) == (Behaviour.ANSWER, aspect)
    assert say("answers.names_only") in card.text
    assert "Ủy ban nhân dân cấp xã" in card.text
    assert card.text.endswith("Nguồn: thủ tục 9.000003, dữ liệu ngày 18/07/2026\nhttps://dichvucong.gov.vn/9.000003")
    for key in ("papers_missing", "conditions_missing", "form_none", "not_in_record"):  # each claims to have looked
        assert say(f"answers.{key}") not in card.text
    assert [choice.title for choice in card.choices] == [say("answers.button_book"), say("answers.button_human")]
    unknown = card_of(answer(listed.model_copy(update={"agencies": []}), [aspect]))
    assert say("answers.where_anywhere") not in unknown.text
    assert [choice.title for choice in unknown.choices] == [say("answers.button_human")]


@pytest.mark.parametrize("aspect", Aspect)
@pytest.mark.parametrize("procedure", [record(), *CURATED], ids=lambda procedure: procedure.code)
def test_the_text_holds_every_line_and_no_number_of_its_own(procedure: Procedure, aspect: Aspect) -> None:
    card = card_of(answer(procedure, [aspect], "người nước ngoài nộp thay cần gì"))
    for section in card.sections:
        assert section.heading in card.text
        for line in section.lines:
            assert line.strip()
            assert line in card.text
    assert numbers_in(card.text) <= numbers_of(procedure)
    assert not [line for line in card.text.split("\n") if "  " in line or line != line.strip()]
    assert "\0" not in card.text


def test_fees_are_told_by_channel_and_doubt_is_marked() -> None:
    lines = facts.fee_lines(record())
    assert lines[0] == "Trực tiếp: lệ phí 20.000 đồng"
    assert lines[1] == say("answers.fee_doubtful", channel="Trực tuyến", text="Lệ phí: 8 đồng")
    assert len(lines) == 2
    assert "999" not in text_for(record(), Aspect.FEE)


@pytest.mark.parametrize("question", ["lệ phí nộp qua mạng 8 đồng phải không", "mức lệ phí đồng qua Cổng"])
@pytest.mark.parametrize("aspect", Aspect)
def test_a_doubtful_amount_is_never_stated(aspect: Aspect, question: str) -> None:
    procedure = record(
        methods=[
            Method(
                channel=Channel.IN_PERSON, fees=[fee(4321, Trust.DOUBTFUL, "Lệ phí nộp qua mạng: 4321 đồng mỗi bộ")]
            ),
            Method(
                channel=Channel.ONLINE, fees=[fee(8765, Trust.DOUBTFUL)], duration=time(77, None, Trust.DOUBTFUL, "77")
            ),
        ]
    )
    text = text_for(procedure, aspect, question=question)
    assert "8765" not in text
    assert "8.765" not in text
    marks = (
        sentences()["answers.fee_doubtful"].split("}")[-1],
        sentences()["answers.duration_doubtful"].split("}")[-1],
    )
    for line in text.split("\n"):
        if "4321" in line or "4.321" in line or "77" in line:
            assert line.endswith(marks), line


def test_equal_lines_of_channels_are_one_and_cases_of_a_channel_stay_apart() -> None:
    same = [Method(channel=channel, duration=time(3, TimeUnit.WORKING_DAY), fees=[fee(0)]) for channel in Channel]
    assert facts.fee_lines(record(methods=same)) == ["Trực tiếp, Trực tuyến, Qua bưu chính: không mất phí"]
    assert facts.duration_lines(record(methods=same)) == ["Trực tiếp, Trực tuyến, Qua bưu chính: 3 ngày làm việc"]
    cases = [
        Method(channel=Channel.IN_PERSON, duration=time(3, TimeUnit.DAY), note="hồ sơ thường"),
        Method(channel=Channel.IN_PERSON, duration=time(9, TimeUnit.DAY), note="phải xác minh"),
    ]
    assert facts.duration_lines(record(methods=cases)) == [
        "Trực tiếp: 3 ngày (hồ sơ thường)",
        "Trực tiếp: 9 ngày (phải xác minh)",
    ]


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [(0, "VND", "không mất phí"), (70_000, "VND", "70.000 đồng"), (1_500_000, "VND", "1.500.000 đồng"),
     ("12.5", "USD", "12,5 USD"), (20, "USD", "20 USD"), ("1E+5", "VND", "100.000 đồng")],
)  # fmt: skip
def test_amounts_are_written_as_people_read_them(amount: int | str, currency: str, said: str) -> None:
    assert facts.fee_value(fee(amount, currency=currency)) == said


def test_a_fee_without_amount_is_the_sources_line_and_without_either_nothing() -> None:
    assert facts.fee_value(fee(text="theo biểu giá của tỉnh")) == "theo biểu giá của tỉnh"
    assert facts.fee_value(fee(20_000, text="20.000 đồng")) == "20.000 đồng"
    assert facts.fee_value(fee(20_000, text="miễn với hộ nghèo")) == "20.000 đồng – miễn với hộ nghèo"
    bare = record(methods=[Method(channel=Channel.IN_PERSON, fees=[fee()])])
    assert facts.fee_lines(bare) == []
    assert sentences()["answers.fee_missing"] in text_for(bare, Aspect.FEE)


def test_times_are_told_by_channel_and_doubt_is_marked() -> None:
    lines = facts.duration_lines(record())
    assert lines[0] == "Trực tiếp: 3 ngày làm việc"
    marked = say("answers.duration_doubtful", channel="Trực tuyến", text="15")
    assert lines[1:] == [f"{marked} (nộp trên Cổng quốc gia)"]
    assert facts.online_lines(record())[0] == lines[1]


def test_filing_online_marks_doubt_and_leaves_out_what_is_missing() -> None:
    missing = Method(
        channel=Channel.ONLINE, duration=Duration(value=None, text="5 ngày", trust=Trust.MISSING), note="toàn trình"
    )
    assert facts.online_lines(record(methods=[missing], online_url="")) == ["Trực tuyến (toàn trình)"]
    assert say("answers.first_online_no", name="Cấp sổ tay mẫu") in text_for(record(methods=[]), Aspect.ONLINE)


@pytest.mark.parametrize(
    ("aspect", "key"),
    [(Aspect.FEE, "fee_missing"), (Aspect.DURATION, "duration_missing"), (Aspect.DOCUMENTS, "papers_missing"),
     (Aspect.STEPS, "steps_missing"), (Aspect.CONDITIONS, "conditions_missing"), (Aspect.FORM, "form_none"),
     (Aspect.RESULT, "result_missing"), (Aspect.LEGAL_BASIS, "legal_missing"), (Aspect.WHERE, "where_unknown")],
)  # fmt: skip
def test_what_the_record_does_not_hold_is_said_to_be_missing(aspect: Aspect, key: str) -> None:
    empty = Procedure(code="9.000002", name="Việc không rõ", source=Source(layout="curated"))
    text = text_for(empty, aspect)
    assert sentences()[f"answers.{key}"] in text
    assert "0 " not in text.replace(HOTLINE, "")  # no "có 0 bước"
    assert text.endswith("Nguồn: thủ tục 9.000002")


def test_counts_are_of_what_is_shown() -> None:
    assert "có 2 bước" in text_for(record(), Aspect.STEPS)
    assert "căn cứ vào 1 văn bản" in text_for(record(), Aspect.LEGAL_BASIS)
    assert "cần 2 loại giấy tờ" in text_for(record(), Aspect.DOCUMENTS)


def test_papers_with_counts_form_note_and_cases() -> None:
    text = text_for(record(), Aspect.DOCUMENTS)
    assert "• Tờ khai cấp sổ (1 bản chính, mẫu: Mẫu 01.docx)" in text
    assert "• Ảnh 4x6 (2 bản sao)" in text
    assert "• Lưu ý của nguồn: Xuất trình căn cước khi nộp" in text
    papers = record().paper_groups[0].papers
    cases = record(
        paper_groups=[PaperGroup(case="Cấp mới", papers=papers[:1]), PaperGroup(case="Cấp lại", papers=papers[1:])]
    )
    text = text_for(cases, Aspect.DOCUMENTS)
    assert "gồm 2 nhóm" in text
    assert "Giấy tờ cần có – Cấp lại:" in text


def test_police_procedures_are_not_booked_at_the_center() -> None:
    police = record(agencies=["Công an cấp xã"])
    assert sentences()["answers.where_police"] in text_for(police, Aspect.WHERE)
    titles = [choice.title for choice in card_of(answer(police, [Aspect.WHERE])).choices]
    assert say("answers.button_book") not in titles
    assert say("answers.button_book") in [c.title for c in card_of(answer(record(), [Aspect.WHERE])).choices]


def test_buttons_ask_for_what_was_not_shown_of_this_procedure() -> None:
    card = card_of(answer(record(), [Aspect.FEE, Aspect.DURATION]))
    asked = {
        c.command.entities.get("aspect") for c in card.choices if c.command and c.command.intent == "choose_procedure"
    }
    assert asked == {"documents", "where", "steps", "form"}
    assert {c.command.entities["procedure_code"] for c in card.choices if c.command} == {"9.000001"}


def test_several_wants_are_answered_in_one_card_in_their_order() -> None:
    card = card_of(answer(record(), [Aspect.DURATION, Aspect.FEE, Aspect.DURATION]))
    assert [section.heading for section in card.sections] == ["Thời gian giải quyết", "Lệ phí"]


def test_an_overview_has_summary_and_the_neighbours_it_knows() -> None:
    neighbours = [Confusion(code="9.000003", when="khi bị mất"), Confusion(code="9.000004", when="khác")]
    card = card_of(answer(record(confusions=neighbours), [Aspect.OVERVIEW], "", {"9.000003": "Cấp lại sổ"}))
    assert card.sections[0].lines == ["Dùng khi cần ghi chép."]
    assert card.sections[-1].lines == ["Cấp lại sổ (9.000003): khi bị mất"]


def test_the_source_says_only_what_is_known() -> None:
    card = card_of(answer(record(source=Source(layout="portal_page")), [Aspect.FEE]))
    assert card.source is not None
    assert source_text(card.source) == "Nguồn: thủ tục 9.000001"


def test_a_clarification_is_numbered_and_its_buttons_keep_the_want() -> None:
    names = ["Thủ tục đăng ký kết hôn", "Cấp sổ " + "dài " * 40]
    found = [Candidate(code=f"9.00000{i}", name=name, field="", score=1.0) for i, name in enumerate(names)]
    reply = clarify(found, Aspect.FEE)
    [message] = reply.messages
    assert isinstance(message, ChoicesMessage)
    first, second = message.text.split("\n")[1:]
    assert first == f"1. {names[0]}"
    assert second.startswith("2. Cấp sổ dài dài")
    assert (second[-1], len(second) < 120) == ("…", True)
    assert message.choices[0].title == "Đăng ký kết hôn"
    assert len(message.choices[1].title) <= 80
    assert message.choices[1].command is not None
    assert message.choices[1].command.entities == {"procedure_code": "9.000001", "aspect": "fee"}
    assert reply.trace.behaviour is Behaviour.CLARIFY


def test_a_photo_the_record_does_not_speak_of_is_said() -> None:
    silent = record(paper_groups=[PaperGroup(papers=[Paper(name="Tờ khai")])])
    assert say("answers.not_in_record") in text_for(silent, Aspect.DOCUMENTS, question="cần ảnh cỡ nào")
    assert say("answers.not_in_record") not in text_for(silent, Aspect.DOCUMENTS, question="anh tôi cần giấy tờ gì")
    photo = PaperGroup(papers=[Paper(name="02 ảnh cỡ 4cm x 6cm")])
    told = text_for(record(paper_groups=[photo]), Aspect.DOCUMENTS, question="can anh co nao")
    assert say("answers.not_in_record") not in told
    assert "4cm x 6cm" in told


def test_names_alike_until_the_cut_are_told_whole() -> None:
    names = [f"Cấp sổ {'dài ' * 40}{end}" for end in ("xanh", "đỏ")]
    found = [Candidate(code=f"9.00000{i}", name=name, field="", score=1.0) for i, name in enumerate(names)]
    assert distinct_names(found) == names


def test_a_long_name_is_called_by_its_short_one_and_told_whole_with_the_source() -> None:
    plain = record(name="Cấp sổ xanh.")
    assert called(plain) == "Cấp sổ xanh"
    assert source_of(plain).name == ""
    long = record(name="Cấp sổ " + "dài " * 40, short_name="Sổ dài")
    card = card_of(answer(long, [Aspect.FEE]))
    assert card.title.startswith("Sổ dài")
    assert long.name in card.text.split("Nguồn:")[1]
    cut = record(name="Cấp sổ " + "dài " * 40)
    assert called(cut).endswith("…")
    assert source_of(cut).name == cut.name


def test_buttons_are_told_apart_by_what_differs() -> None:
    common = "Cấp giấy chứng nhận quyền sử dụng đất, quyền sở hữu nhà ở và tài sản khác gắn liền với đất"
    names = [f"{common} lần đầu", f"{common} bị mất", common, "Tách thửa", "Tách thửa"]
    levels = [None, None, None, Level.COMMUNE, Level.PROVINCE]
    found = [
        Candidate(code=f"9.00000{i}", name=name, field="", level=level, score=1.0)
        for i, (name, level) in enumerate(zip(names, levels, strict=True))
    ]
    titles = distinct_titles(found)
    assert titles[:2] == ["… lần đầu", "… bị mất"]
    assert titles[2].startswith("Cấp giấy chứng nhận")
    assert titles[3:] == ["Tách thửa – cấp xã (phường, xã)", "Tách thửa – cấp thành phố"]
    assert len(set(titles)) == len(titles)
    assert all(len(title) <= 76 for title in titles)
    twins = distinct_titles([found[3], found[3].model_copy(update={"code": "9.000009"})])
    assert twins == ["Tách thửa – cấp xã (phường, xã) (9.000003)", "Tách thửa – cấp xã (phường, xã) (9.000009)"]


def test_every_name_of_the_catalogue_fits_a_button() -> None:
    for procedure in Catalogue(CURATED):
        assert 3 <= len(shorten(procedure.name)) <= 76


def test_nothing_that_fits_names_no_procedure_and_offers_a_person() -> None:
    reply = abstain()
    assert HOTLINE in reply.messages[0].text
    assert reply.trace.behaviour is Behaviour.HANDOFF
    assert reply.trace.procedure is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Phí cấp bản sao: theo Thông tư 281/2016/TT-BTC", "Phí cấp bản sao: theo Thông tư 281/2016/TT-BTC"),
        ("Lệ phí thu theo nghị quyết", "Lệ phí thu theo nghị quyết"),
        ("Theo quy định của Bộ Tài chính", "lệ phí Theo quy định của Bộ Tài chính"),
    ],
)
def test_a_fee_line_names_its_kind_once(text: str, line: str) -> None:
    methods = [Method(channel=Channel.IN_PERSON, fees=[fee(None, text=text)])]
    assert facts.fee_lines(record(methods=methods)) == [f"Trực tiếp: {line}"]


def test_what_is_free_is_said_without_naming_a_fee_and_in_the_words_of_the_source() -> None:
    free = record(methods=[Method(channel=Channel.IN_PERSON, fees=[fee(0, text="Miễn lệ phí")])])
    assert facts.fee_lines(free) == ["Trực tiếp: không mất phí – Miễn lệ phí"]
    assert text_for(free, Aspect.FEE).startswith("Cấp sổ tay mẫu: không mất phí.")
    half = [Method(channel=Channel.IN_PERSON, fees=[fee(0, text="Đúng hạn: miễn lệ phí")])]
    assert facts.fee_lines(record(methods=half)) == ["Trực tiếp: không mất phí – Đúng hạn: miễn lệ phí"]


def test_the_first_line_states_a_fee_and_a_time_that_hold_everywhere_and_without_conditions() -> None:
    def both(money: Fee, days: Duration) -> Procedure:
        ways = (Channel.IN_PERSON, Channel.ONLINE)
        return record(methods=[Method(channel=way, duration=days, fees=[money]) for way in ways])

    sure = both(fee(20_000), time(3, TimeUnit.WORKING_DAY, text="Không quá 03 ngày làm việc"))
    assert text_for(sure, Aspect.FEE).startswith("Cấp sổ tay mẫu: lệ phí 20.000 đồng.")
    assert text_for(sure, Aspect.DURATION).startswith("Cấp sổ tay mẫu: giải quyết trong 3 ngày làm việc.")
    halved = both(
        fee(20_000, text="giảm 50% đến hết năm"), time(3, TimeUnit.WORKING_DAY, text="3 ngày; xác minh thêm 10 ngày")
    )
    assert text_for(halved, Aspect.FEE).startswith(say("answers.first_fee", name="Cấp sổ tay mẫu"))
    assert text_for(halved, Aspect.DURATION).startswith(say("answers.first_duration", name="Cấp sổ tay mẫu"))
    assert text_for(record(), Aspect.FEE).startswith(say("answers.first_fee", name="Cấp sổ tay mẫu"))


def test_the_first_line_names_every_want() -> None:
    text = card_of(answer(record(), [Aspect.FEE, Aspect.DURATION, Aspect.WHERE])).text
    assert text.startswith("Cấp sổ tay mẫu: lệ phí, thời gian giải quyết và nơi nộp hồ sơ như sau.")


@pytest.mark.parametrize(
    ("agencies", "key", "bookable"),
    [
        (["Sở Tư pháp"], "where_anywhere", True),
        (["Cục Đường bộ Việt Nam", "Sở Xây dựng"], "where_anywhere", True),
        (["Ủy ban nhân dân cấp xã"], "where_anywhere", True),
        (["Công an cấp xã"], "where_police", False),
        (["Phòng Quản lý xuất nhập cảnh"], "where_police", False),
        (["Thuế cơ sở", "Thuế tỉnh, thành phố"], "where_elsewhere", False),
        (["Bảo hiểm xã hội cấp Tỉnh"], "where_elsewhere", False),
        (["Cơ quan đại diện Việt Nam ở nước ngoài"], "where_elsewhere", False),
        (["Cơ sở đăng kiểm"], "where_elsewhere", False),
        ([], "where_unknown", True),
    ],
)
def test_any_branch_is_named_only_where_the_center_takes_the_dossier(
    agencies: list[str], key: str, bookable: bool
) -> None:
    card = card_of(answer(record(agencies=agencies, receiving_place="", authority=[]), [Aspect.WHERE]))
    keys = ("where_anywhere", "where_police", "where_elsewhere", "where_unknown")
    assert [k for k in keys if say(f"answers.{k}") in card.text] == [key]
    assert (say("answers.button_book") in [choice.title for choice in card.choices]) is bookable


def test_a_question_the_record_does_not_answer_is_told_so_beside_its_conditions() -> None:
    assert (
        say("answers.not_in_record")
        in card_of(answer(record(conditions="Đủ 18 tuổi."), [Aspect.CONDITIONS], "chậm nộp bị xử phạt ra sao")).text
    )
    fined = answer(
        record(conditions="Nộp trong 30 ngày."), [Aspect.CONDITIONS], "không nộp trong 30 ngày thì bị phạt bao nhiêu"
    )
    assert say("answers.not_in_record") in card_of(fined).text
    plain = card_of(answer(record(conditions="Đủ 18 tuổi."), [Aspect.CONDITIONS], "điều kiện thế nào"))
    assert say("answers.not_in_record") not in plain.text


def test_filing_by_post_is_told_where_the_post_is_asked_about() -> None:
    told = card_of(answer(record(), [Aspect.ONLINE], "gửi bưu điện được không"))
    assert told.title.endswith("nộp qua bưu chính được.")
    assert say("answers.heading_online") not in told.text
    methods = [method for method in record().methods if method.channel.value != "postal"]
    none = card_of(answer(record(methods=methods), [Aspect.ONLINE], "gửi bưu điện được không"))
    assert none.title == say("answers.first_postal_no", name="Cấp sổ tay mẫu")
