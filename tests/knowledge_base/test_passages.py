"""Inside one procedure: lines of its record, and never a line of anything else."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.passages import LINE_LIMIT, Passage, find_passages, lines_of, standing_passages
from knowledge_base.procedure import Channel, Duration, Fee, Method, Paper, PaperGroup, Procedure, Step
from tests.knowledge_base.invented import catalogue
from tests.knowledge_base.samples import made

PARTS = {"documents", "steps", "conditions", "fee", "duration", "where"}
KITES = made(
    name="Cấp giấy phép thả diều",
    field="Vui chơi",
    groups=[
        PaperGroup(
            case="Trường hợp diều có gắn đèn",
            papers=[
                Paper(name="Đơn xin thả diều theo mẫu số 01", originals=1),
                Paper(name="Giấy ủy quyền có chứng thực nếu người khác nộp thay", originals=1),
                Paper(name="Ảnh chụp con diều cỡ 9x12", copies=2),
            ],
        )
    ],
    methods=[
        Method(
            channel=Channel.IN_PERSON,
            duration=Duration(text="05 ngày làm việc kể từ khi nhận đủ hồ sơ"),
            fees=[Fee(text="Lệ phí thu theo Nghị quyết của hội đồng; Người già được miễn")],
            note="Nộp tại quầy số 3 của bãi diều",
        )
    ],
    steps=[
        Step(
            name="Bước 1: Chuẩn bị hồ sơ",
            text="Người thả diều nộp hồ sơ tại Trung tâm vui chơi. Trong thời hạn 03 ngày làm việc, cán bộ xem gió.",
        ),
        Step(name="Bước 2", text="- Diều dài trên hai mét phải được cân.\n- Sáo diều được nghe thử bởi hội đồng."),
    ],
    conditions="Người thả diều đủ 14 tuổi; Không thả diều gần đường dây điện.",
    receiving_place="Trung tâm vui chơi ngoài đê",
)


def record_of(procedure: Procedure) -> str:
    return procedure.model_dump_json().replace("\\n", "\n").replace('\\"', '"')


def test_lines_are_the_records_own() -> None:
    lines = list(lines_of(KITES))
    assert {line.part for line in lines} == PARTS
    for line in lines:
        assert line.text in record_of(KITES)
        assert line.text == line.text.strip()
    texts = [line.text for line in lines]
    assert "Diều dài trên hai mét phải được cân." in texts
    assert "Không thả diều gần đường dây điện." in texts
    assert list(lines_of(made())) == []


@pytest.mark.parametrize(
    ("question", "part", "piece"),
    [
        ("nhờ người khác nộp thay thì có cần ủy quyền không", "documents", "Giấy ủy quyền"),
        ("nho nguoi khac nop thay co can uy quyen ko", "documents", "Giấy ủy quyền"),
        ("diều gắn đèn thì sao", "documents", "gắn đèn"),
        ("bao nhiêu tuổi thì được thả", "conditions", "14 tuổi"),
        ("người già có được miễn không", "fee", "miễn"),
        ("có được thả gần đường dây điện không", "conditions", "dây điện"),
        ("ảnh chụp cỡ nào", "documents", "9x12"),
    ],
)
def test_the_line_that_answers_comes_first(question: str, part: str, piece: str) -> None:
    best = find_passages(KITES, question)[0]
    assert best.part == part
    assert piece in best.text
    assert 0 < best.score <= 1


@pytest.mark.parametrize("question", ["", "🙂", "mất bao lâu", "thả diều", "giấy phép thả diều", "bitcoin lên giá"])
def test_a_question_about_no_line_finds_none(question: str) -> None:
    assert find_passages(KITES, question) == []


def test_lines_of_the_wanted_part_are_preferred() -> None:
    twins = made(
        conditions="Trẻ em phải có người lớn trông coi suốt buổi",
        steps=[Step(text="Trẻ em phải có người lớn trông coi suốt giờ")],
    )
    for part in ("conditions", "steps"):
        assert find_passages(twins, "trẻ em có người lớn trông coi", (part,))[0].part == part


def test_no_line_twice_and_no_more_than_asked() -> None:
    many = made(
        conditions="Trẻ em phải đội mũ khi ra bãi.",
        steps=[Step(text="Trẻ em phải đội mũ khi ra bãi."), *(Step(text=f"Trẻ em mũ số {n} màu đỏ") for n in range(9))],
    )
    found = find_passages(many, "trẻ em đội mũ", limit=20)
    assert len({passage.text for passage in found}) == len(found) > 3
    assert find_passages(many, "trẻ em đội mũ", limit=2) == found[:2]
    assert find_passages(many, "trẻ em đội mũ", least=2.0) == []


def test_a_very_long_line_is_cut() -> None:
    long = made(conditions="Con dấu gỗ " + "khắc tay " * 400)
    (passage,) = find_passages(long, "con dấu gỗ khắc tay thế nào")
    assert len(passage.text) == LINE_LIMIT
    assert passage.text in record_of(long)


def test_standing_lines() -> None:
    where = standing_passages(KITES, "where")
    assert [passage.text for passage in where] == ["Người thả diều nộp hồ sơ tại Trung tâm vui chơi."]
    times = standing_passages(KITES, "duration")
    assert [passage.text for passage in times] == ["Trong thời hạn 03 ngày làm việc, cán bộ xem gió."]
    assert {passage.part for passage in where + times} == {"steps"}
    assert standing_passages(made(), "where") == standing_passages(made(), "duration") == []


def test_standing_lines_outside_the_tables_only() -> None:
    time = Duration(text="Trong thời hạn 05 ngày làm việc")
    counter = Method(channel=Channel.IN_PERSON, duration=time, note="Nộp hồ sơ tại quầy")
    tables = made(methods=[counter], receiving_place="Nộp hồ sơ tại trung tâm")
    assert standing_passages(tables, "where") == standing_passages(tables, "duration") == []
    repeated = made(steps=[Step(text=f"Nộp hồ sơ tại quầy số {n} nhé") for n in range(9)] * 2)
    assert len(standing_passages(repeated, "where")) == 3
    assert len(standing_passages(repeated, "where", limit=20)) == 9


_RECORDS = [*catalogue(), KITES]
_SPOKEN = sorted({word for procedure in _RECORDS for line in lines_of(procedure) for word in line.text.split()})


@given(st.sampled_from(_RECORDS), st.one_of(st.text(), st.lists(st.sampled_from(_SPOKEN), max_size=8).map(" ".join)))
def test_never_a_line_that_is_not_in_the_record(procedure: Procedure, question: str) -> None:
    own = {line.text[:LINE_LIMIT] for line in lines_of(procedure)}
    found: list[Passage] = find_passages(procedure, question, least=0.05, limit=10)
    for passage in [*found, *standing_passages(procedure, "where"), *standing_passages(procedure, "duration")]:
        assert passage.text in own
        assert passage.text in record_of(procedure)
        assert passage.part in PARTS
        assert 0 <= passage.score <= 1
    assert all(one.score >= other.score for one, other in itertools.pairwise(found))
