"""The way through an interview, and the list at its end."""

from __future__ import annotations

from actions.cases.checklist import checklist, paper_sections
from actions.cases.model import UNSURE
from actions.wording import say
from knowledge_base.procedure import Paper
from tests.actions.cases.records import interview, record

SELF = {"viec": "cap_lai", "nguoi": "tu_nop", "nop": "truc_tiep", "han": "dung"}


def papers(answers: dict[str, str]) -> dict[str, list[str]]:
    made = checklist(record(), interview(), answers)
    return {section.heading: section.lines for section in paper_sections(made)}


def section(answers: dict[str, str], heading: str) -> list[str]:
    made = checklist(record(), interview(), answers)
    return next((s.lines for s in made.sections if s.heading == say(heading)), [])


def asked(answers: dict[str, str]) -> list[str]:
    found, given = [], {}
    while question := interview().next_question(given):
        found.append(question.id)
        given[question.id] = answers[question.id]
    return found


def test_a_question_is_asked_only_where_it_matters() -> None:
    assert asked({**SELF}) == ["viec", "nguoi", "nop", "han"]
    assert asked({**SELF, "nguoi": "lam_thay", "tuoi": "chua"}) == ["viec", "nguoi", "tuoi", "nop"]
    assert asked({**SELF, "nguoi": UNSURE}) == ["viec", "nguoi", "nop", "han"]
    assert asked({"viec": "ban_sao"}) == ["viec"]


def test_papers_of_all_and_of_this_case_with_counts_and_forms() -> None:
    sometimes = say("cases.heading_sometimes", case="Sổ của người nước ngoài")
    assert papers(SELF) == {
        say("cases.heading_papers"): [
            "Tờ khai cấp sổ (1 bản chính, mẫu: Mẫu số 01)",
            "Giấy chứng nhận cũ (1 bản chính)",
        ],
        say("cases.heading_bring"): ["Căn cước (1 bản chính)"],
        sometimes: ["Hộ chiếu (1 bản chính)"],
    }
    child = {"viec": "lan_dau", "nguoi": "lam_thay", "tuoi": "chua", "nop": "qua_mang"}
    assert papers(child)[say("cases.heading_papers")] == [
        "Tờ khai cấp sổ (1 bản chính, mẫu: Mẫu số 01)", "Văn bản ủy quyền (1 bản chính)", "Giấy khai sinh (2 bản sao)",
    ]  # fmt: skip
    assert say("cases.heading_bring") not in papers(child)


def test_a_paper_is_spared_only_with_its_reason() -> None:
    spared = {**SELF, "viec": "lan_dau"}
    assert "Giấy chứng nhận cũ" not in str(papers(spared))
    assert section(spared, "cases.heading_notes") == ["Chưa từng có sổ thì không phải nộp Giấy chứng nhận cũ."]


def test_what_goes_by_post_carries_the_line_of_the_record_and_no_counts() -> None:
    posted = {**SELF, "nop": "buu_chinh"}
    assert papers(posted)["Gửi bưu chính thì kèm bản sao có chứng thực"] == ["Căn cước"]


def test_notes_are_lines_and_notes_of_the_record() -> None:
    agent = {"viec": "cap_lai", "nguoi": "lam_thay", "tuoi": "du", "nop": "qua_mang"}
    assert section(agent, "cases.heading_notes") == [
        "Lưu ý của nguồn: Văn bản ủy quyền lập ở nước ngoài phải hợp pháp hóa",
        "Người thân đi thay không cần giấy ủy quyền.",
        "Nhận sổ: Mang giấy hẹn đến nhận sổ.",
    ]


def test_fee_and_time_are_those_of_the_channel_and_case_and_keep_their_doubt() -> None:
    assert section(SELF, "answers.heading_fee") == ["Trực tiếp: không mất phí – Đúng hạn: miễn lệ phí"]
    assert section(SELF, "answers.heading_duration") == ["Trực tiếp: 3 ngày làm việc"]
    late = {**SELF, "nop": "qua_mang", "han": "qua"}
    assert section(late, "answers.heading_fee") == [
        say("answers.fee_doubtful", channel="Trực tuyến", text="Quá hạn: theo mức của thành phố")
    ]
    (time,) = section(late, "answers.heading_duration")
    assert time.startswith(say("answers.duration_doubtful", channel="Trực tuyến", text="Trong ngày"))
    assert "10.000" not in checklist(record(), interview(), late).text


def test_where_to_go_is_that_of_the_channel() -> None:
    assert say("answers.where_anywhere") in section(SELF, "answers.heading_where")
    online = section({**SELF, "nop": "qua_mang"}, "answers.heading_where")
    assert say("answers.where_anywhere") not in online
    assert say("answers.online_link", url="https://so.example.vn") in online


def test_what_is_not_known_stays_open_with_every_case_of_it() -> None:
    unsure = dict.fromkeys(("viec", "nguoi", "nop", "han"), UNSURE)
    found = papers(unsure)
    assert found[say("cases.heading_papers")][1] == "Giấy chứng nhận cũ (1 bản chính)"
    for case in ("Làm thay người khác", "Người chưa đủ 14 tuổi", "Giấy tờ phải xuất trình"):
        assert say("cases.heading_sometimes", case=case) in found
    assert len(section(unsure, "answers.heading_fee")) == 4
    assert f"Ai đi nộp hồ sơ? – {say('cases.unsure')}" in section(unsure, "cases.heading_case")


def test_a_changed_answer_takes_its_details_with_it() -> None:
    given = {"viec": "cap_lai", "nguoi": "lam_thay", "tuoi": "chua", "nop": "truc_tiep"}
    changed = interview().settled({**given, "nguoi": "tu_nop"})
    assert changed == {"viec": "cap_lai", "nguoi": "tu_nop", "nop": "truc_tiep"}
    question = interview().next_question(changed)
    assert question is not None
    assert question.id == "han"
    assert "Giấy khai sinh" not in str(papers({**given, "nguoi": "tu_nop"}))
    assert interview().back(given) == {"viec": "cap_lai", "nguoi": "lam_thay", "tuoi": "chua"}
    assert interview().back({}) == {}


def test_another_procedure_ends_the_interview() -> None:
    instead = interview().instead({"viec": "ban_sao"})
    assert instead is not None
    assert instead.code == "9.000002"
    assert interview().next_question({"viec": "ban_sao"}) is None


def test_the_plain_text_holds_every_fact() -> None:
    made = checklist(record(), interview(), SELF)
    for line in [*(item.label for item in made.items), *(line for s in made.sections for line in s.lines)]:
        assert line in made.text
    assert made.title in made.text
    assert "9.000001" in made.text


def test_a_record_without_papers_says_so() -> None:
    bare = record(paper_groups=[])
    simple = interview().model_copy(update={"sometimes": [], "questions": interview().questions[4:]})
    made = checklist(bare, simple, {})
    assert made.items == []
    assert say("answers.papers_missing") in made.text
    assert made.sections[0].lines == [say("answers.papers_missing")]


def test_a_fee_the_interview_does_not_know_is_shown_rather_than_none() -> None:
    """A record read anew may tell its fees in other words; "no fee is named" would then be false."""
    changed = record()
    for method in changed.methods:
        method.fees = [fee for fee in method.fees if fee.text.startswith("Quá hạn")]
    made = checklist(changed, interview(), SELF)
    assert "Quá hạn: theo mức của thành phố" in made.text
    assert say("answers.fee_missing") not in made.text


def test_open_cases_that_would_bury_the_list_are_folded_and_named() -> None:
    many = [Paper(name=f"Giấy xác nhận loại {place}", originals=1) for place in range(30)]
    groups = [
        group.model_copy(update={"papers": many}) if group.case == "Người chưa đủ 14 tuổi" else group
        for group in record().paper_groups
    ]
    unsure = dict.fromkeys(("viec", "nguoi", "nop", "han"), UNSURE)
    made = checklist(record(paper_groups=groups), interview(), unsure)
    folded = {section.heading: section.lines for section in made.sections if section.folded}
    assert len(folded[say("cases.heading_sometimes", case="Người chưa đủ 14 tuổi")]) == 30
    assert say("cases.open_case", case="Người chưa đủ 14 tuổi", count=30) in made.text
    assert "Giấy xác nhận loại 7" not in made.text
    assert say("cases.open_more") in made.text
    assert not [item for item in made.items if "Chỉ khi" in item.case]
