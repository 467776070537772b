"""What the loader refuses: a rule that does not rest on the record, named by file and key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from structlog.testing import capture_logs

from actions.cases.grounds import faults
from actions.cases.load import Interviews, load_interviews
from actions.cases.model import Interview
from knowledge_base.errors import BadInput, ErrorCode
from tests.actions.cases.records import content, interview, record

Change = Callable[[dict[str, Any]], object]


def test_an_interview_that_fits_has_no_fault() -> None:
    assert faults(interview(), record()) == []


def answer(content: dict[str, Any], question: int, number: int) -> dict[str, Any]:
    found: dict[str, Any] = content["questions"][question]["answers"][number]
    return found


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (
            lambda c: answer(c, 1, 1).update(needs=[{"group": "Làm thay"}]),
            "questions.nguoi.lam_thay.needs.0: no paper of the record fits group “Làm thay”",
        ),
        (
            lambda c: answer(c, 1, 1).update(needs=[{"paper": "Văn bản ủy quyền"}]),
            "questions.nguoi.lam_thay.needs.0: 2 papers of the record fit “Văn bản ủy quyền”; "
            "quote a longer piece or name the group",
        ),
        (
            lambda c: answer(c, 1, 1).update(notes=[{"condition": "không phải đóng phí"}]),
            "questions.nguoi.lam_thay.notes.0: no condition of the record says “không phải đóng phí”",
        ),
        (
            lambda c: answer(c, 1, 1)["needs"].append({"paper": "Tờ khai cấp sổ"}),
            "questions.nguoi.lam_thay.needs.1: this paper is for everyone (its group has no case) and stays; "
            "see spares",
        ),
        (
            lambda c: answer(c, 1, 1).update(brings=[{"group": "Người chưa đủ 14 tuổi"}]),
            "questions.nguoi.lam_thay.brings.0: the record does not say that “Giấy khai sinh” is only shown "
            "(xuất trình, đối chiếu)",
        ),
        (
            lambda c: answer(c, 0, 0)["spares"][0].update(because={"condition": "được miễn"}),
            "questions.viec.lan_dau.spares.0.because: no condition of the record says “được miễn”",
        ),
        (
            lambda c: answer(c, 0, 2)["instead"].update(code="9.000003"),
            "questions.viec.ban_sao.instead.code: the record leads to 9.000002 there",
        ),
        (
            lambda c: answer(c, 3, 0).update(fees=["Miễn cho người nghèo"]),
            "questions.nop.truc_tiep.fees.0: no fee of the record says “Miễn cho người nghèo”",
        ),
        (
            lambda c: c.update(sometimes=[]),
            "always/bring/sometimes: nothing says when “Hộ chiếu” of group “Sổ của người nước ngoài” is needed",
        ),
        (
            lambda c: c.update(always=[{"group": "Làm thay người khác"}]),
            "always: “Văn bản ủy quyền” depends on question nguoi as well",
        ),
        (
            lambda c: c["questions"][2].update(when={"nop": ["truc_tiep"]}),
            "questions.tuoi.when: no earlier question nop",
        ),
        (
            lambda c: c["questions"][2].update(when={"nguoi": ["ai_do"]}),
            "questions.tuoi.when.nguoi: no such answer: ai_do",
        ),
        (
            lambda c: answer(c, 0, 0).update(methods=["Nộp trên cổng"]),
            "questions: the answers cap_lai, tu_nop, qua_mang, dung leave no way to file",
        ),
        (
            lambda c: [c["questions"].pop(), answer(c, 0, 0).update(fees=["Đúng hạn", "Quá hạn"])],
            "questions: the answers cap_lai, tu_nop, truc_tiep leave a way to file without its fees",
        ),
        (
            lambda c: [answer(c, 2, 1).pop("needs"), c["sometimes"].append({"group": "Người chưa đủ 14 tuổi"})],
            "questions.tuoi: no answer changes anything",
        ),
    ],
)
def test_what_the_record_does_not_say_is_refused(change: Change, fault: str) -> None:
    changed = content()
    change(changed)
    assert fault in faults(Interview.model_validate(changed), record())


def test_too_many_questions_on_one_way_are_refused() -> None:
    changed = content()
    changed["questions"].append({**changed["questions"][3], "id": "nop_lai"})
    assert "questions: 5 are asked on one way, at most 4 are wanted" in faults(
        Interview.model_validate(changed), record()
    )


def test_every_fault_names_file_and_key(tmp_path: Path) -> None:
    for name, text in {
        "9.000001.yml": yaml.safe_dump({**content(), "sometimes": []}, allow_unicode=True),
        "9.000002.yml": 'code: "9.000002"\nquestions: []\n',
        "9.000003.yml": 'code: "9.000004"\n' + yaml.safe_dump({"questions": content()["questions"]}),
        "list.yml": "- a\n",
        "open.yml": 'code: "open\nquestions: 1\n',
        "more.yml": "code: '9.000005'\ncolour: red\nquestions: []\n",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "latin.yml").write_bytes("code: é".encode("latin-1"))
    with pytest.raises(BadInput) as caught:
        load_interviews({"9.000001": record()}, tmp_path)
    assert caught.value.code is ErrorCode.BAD_FILE
    detail = caught.value.detail
    assert "9.000001.yml: always/bring/sometimes: nothing says when “Hộ chiếu”" in detail
    assert "9.000002.yml: questions: List should have at least 1 item" in detail
    assert "9.000003.yml: code: 9.000004 is not the name of the file" in detail
    assert "list.yml: file: Input should be a valid dictionary" in detail
    assert "open.yml: line " in detail
    assert "more.yml: colour: Extra inputs are not permitted" in detail
    assert "latin.yml: encoding: not UTF-8" in detail


def test_a_record_that_changed_takes_its_interview_with_it() -> None:
    """A newer import that no longer has a group: the interview is not offered, and the log says why."""
    interviews = Interviews({"9.000001": interview()})
    assert interviews.of(record()) == interview()
    assert interviews.of(record(code="9.000009")) is None
    newer = record()
    newer.paper_groups.pop(2)
    with capture_logs() as logs:
        assert interviews.of(newer) is None
        assert interviews.of(newer) is None
    assert len(logs) == 1
    assert "Người chưa đủ 14 tuổi" in logs[0]["detail"]
    assert interviews.of(record()) == interview()


def test_a_broken_file_costs_its_own_interview_alone(tmp_path: Path) -> None:
    (tmp_path / "9.000001.yml").write_text(yaml.safe_dump(content(), allow_unicode=True), encoding="utf-8")
    (tmp_path / "9.000002.yml").write_text("code: [", encoding="utf-8")
    with capture_logs() as logs:
        interviews = Interviews.open(tmp_path)
    assert interviews.of(record()) is not None
    assert [entry["log_level"] for entry in logs] == ["error"]
