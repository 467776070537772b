"""The portal's API records."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import pytest

from knowledge_base.errors import BadInput
from knowledge_base.importers import Reason, parse, read_records
from knowledge_base.procedure import Channel, FeeKind, Level, TimeUnit, Trust
from tests.knowledge_base.samples import API, sample

FILE = API / "9.000001.json"


def test_record_with_envelope() -> None:
    record = sample(FILE, "9.000001")
    assert record.name == "Cấp sổ tay mẫu lần đầu"
    assert (record.field, record.levels) == ("Sổ tay", [Level.COMMUNE])
    assert record.agencies == ["Phòng Sổ tay", "Ủy ban nhân dân cấp xã"]  # bodies and kinds of body
    assert record.receiving_place == "Quầy số 1"
    assert record.conditions == ""
    assert [step.text for step in record.steps] == ["Bước 1: Nộp hồ sơ.", "Bước 2: Nhận sổ."]
    assert [(basis.number, basis.name) for basis in record.legal_bases] == [("12/2025/NĐ-CP", "Nghị định mẫu")]
    assert record.source.decision == "7/QĐ-MAU"
    assert record.source.url.endswith("/mau-9.000001")


def test_methods_and_fees() -> None:
    online, counter, postal, second = sample(FILE, "9.000001").methods
    assert (online.channel, online.duration.text) == (Channel.ONLINE, "7 Ngày làm việc")
    assert [(fee.amount, fee.kind) for fee in online.fees] == [(10000, FeeKind.CHARGE), (0, FeeKind.CHARGE)]
    assert (counter.duration.value, counter.duration.unit, counter.duration.trust) == (1, None, Trust.DOUBTFUL)
    assert [(fee.amount, fee.text) for fee in counter.fees] == [(None, "Theo quy định của Hội đồng nhân dân cấp tỉnh")]
    assert (postal.duration.text, postal.fees) == ("Không quá 15 ngày kể từ ngày nhận đủ hồ sơ", [])
    assert (second.duration.value, second.duration.unit) == (Decimal("12.5"), TimeUnit.DAY)


def test_papers() -> None:
    (group,) = sample(FILE, "9.000001").paper_groups
    assert group.case == "Giấy tờ phải nộp"
    assert [(paper.name, paper.originals, paper.copies, paper.form) for paper in group.papers] == [
        ("Tờ khai cấp sổ", 1, 1, "Mus01.docx; Mus02.docx"),
        ("Ảnh cỡ 4cm x 6cm", 2, 0, ""),
        ("Lưu ý mang theo thẻ.", 0, 0, ""),
    ]


def test_bare_record_of_hanoi_is_kept() -> None:
    assert sample(API / "9.000011.json", "9.000011").code == "9.000011"


def test_other_provinces_and_internal_ones_are_refused() -> None:
    reasons = []
    for raw in read_records(API / "others.jsonl"):
        with pytest.raises(BadInput) as caught:
            parse(raw.record or {})
        reasons.append(caught.value.data["reason"])
    assert reasons == [Reason.OTHER_PROVINCE, Reason.INTERNAL]


@pytest.mark.parametrize(
    ("fields", "date"),
    [
        ({"updatedAt": 1777312416933}, dt.date(2026, 7, 18)),  # changed in April, read in July
        ({"updatedAt": 0}, dt.date(2026, 7, 18)),
        ({"updatedAt": 10**18}, dt.date(2026, 7, 18)),
        ({"updatedAt": None}, dt.date(2026, 7, 18)),
        ({"updatedAt": "gần đây"}, dt.date(2026, 7, 18)),
        ({"_crawled_on": "2026-09-17"}, dt.date(2026, 9, 17)),
        ({"_crawled_on": "hôm qua"}, dt.date(2026, 7, 18)),
    ],
)
def test_day_of_the_content(fields: dict[str, object], date: dt.date) -> None:
    data = json.loads(FILE.read_text(encoding="utf-8"))["data"]
    assert parse({**data, **fields}).source.data_date == date


def test_notation_of_another_code_is_foreign_content() -> None:
    data = json.loads(FILE.read_text(encoding="utf-8"))["data"]
    with pytest.raises(BadInput) as caught:
        parse({**data, "codeNotation": "9.000099"})
    assert caught.value.data["reason"] is Reason.FOREIGN_CONTENT


def test_steps_with_names_keep_them() -> None:
    data = json.loads(FILE.read_text(encoding="utf-8"))["data"]
    named = {**data, "executionSteps": [{"name": "Nộp", "description": "Nộp tại quầy."}, {"name": "Nhận"}]}
    assert [(step.name, step.text) for step in parse(named).steps] == [("Nộp", "Nộp tại quầy."), ("Nhận", "")]
