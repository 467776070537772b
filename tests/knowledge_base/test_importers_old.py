"""The old portal's pages, its .doc exports, and the portal's list of names."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from knowledge_base.errors import BadInput
from knowledge_base.importers import Reason, cells, parse
from knowledge_base.procedure import Channel, Duration, Fee, FeeKind, FieldIssue, Level, Paper, TimeUnit, Trust
from tests.knowledge_base.samples import OTHERS, sample


def test_an_old_page_is_read_with_its_tables() -> None:
    page = sample(OTHERS / "old.jsonl", "9.000001")
    assert (page.name, page.field) == ("Thủ tục cấp sổ tay mẫu", "Sổ tay")
    assert page.levels == [Level.COMMUNE, Level.PROVINCE]
    assert page.subjects == ["Công dân Việt Nam", "Tổ chức (không bao gồm doanh nghiệp, HTX)"]
    assert (page.agencies, page.authority) == (["Ủy ban nhân dân xã, phường"], [])
    assert (page.receiving_place, page.conditions) == ("Quầy số 3", "")
    assert [step.text for step in page.steps] == ["Bước 1: Nộp hồ sơ.", "Bước 2: Nhận sổ."]
    assert page.results == ["Sổ tay mẫu", "Thẻ kèm theo"]
    assert [basis.number for basis in page.legal_bases] == ["12/2025/NĐ-CP"]
    everyone, shown = page.paper_groups
    assert everyone.case == ""
    assert everyone.papers == [Paper(name="Tờ khai cấp sổ tay", originals=1, form="1.ToKhai.pdf")]
    assert shown.case == "Giấy tờ phải xuất trình"
    assert [(paper.originals, paper.copies) for paper in shown.papers] == [(1, 2), (0, 0)]
    counter, online, post = page.methods
    assert (counter.channel, counter.note) == (Channel.IN_PERSON, "Nộp tại quầy")
    assert (counter.duration.value, counter.duration.unit) == (3, TimeUnit.WORKING_DAY)
    assert counter.fees == [
        Fee(kind=FeeKind.CHARGE, amount=Decimal(20000), text="Người cao tuổi (trên 80): miễn"),
        Fee(kind=FeeKind.FEE, amount=Decimal(0)),
    ]
    assert online.duration.trust is Trust.MISSING
    assert online.fees == [Fee(kind=FeeKind.CHARGE, text="Mức lệ phí do Hội đồng nhân dân cấp tỉnh quyết định.")]
    assert post.duration == Duration(text="Ngay trong ngày; nếu nộp sau 15 giờ thì ngày hôm sau")
    assert (post.fees, post.note) == ([], "")
    assert (page.source.layout, page.source.data_date, page.source.decision) == (
        "old_portal", dt.date(2026, 4, 15), "12/QĐ-BMAU",
    )  # fmt: skip


def test_an_export_is_read_with_its_shifted_columns() -> None:
    record = sample(OTHERS / "doc.jsonl", "9.000031")
    (group,) = record.paper_groups
    assert group.papers == [
        Paper(name="Đơn đề nghị.", originals=1, form="Mau01.docx; Mau02.docx"),
        Paper(name="Ảnh con diều", copies=3),
    ]
    counter, online, post = record.methods
    assert (counter.duration.value, counter.duration.unit) == (1, TimeUnit.HOUR)
    assert counter.fees == [Fee(kind=FeeKind.CHARGE, amount=Decimal("1.5"), currency="USD")]
    assert (online.fees, online.note) == ([Fee(kind=FeeKind.FEE, amount=Decimal(0))], "Nộp ở cổng")
    (typed,) = post.fees  # a letter o where a zero was meant
    assert (typed.amount, typed.text, typed.trust) == (None, "o Đồng", Trust.DOUBTFUL)
    assert typed.reason
    assert len(record.steps) == 2
    assert record.legal_bases[0].number == "5/2024/TT-BMAU"
    assert (record.source.decision, record.source.data_date) == ("34/QĐ-BMAU", dt.date(2025, 12, 15))


def test_columns_in_place_are_read_as_well() -> None:
    row = {"ten_giay_to": "Đơn", "so_luong": "Bản chính: 2\nBản sao: 1", "ghi_chu": ""}
    record = parse({
        "metadata": {"mã_thủ_tục": "9.000032", "tên_thủ_tục": "Thả diều"}, "content": {},
        "tables": {"thanh_phan_ho_so": [row]},
    })  # fmt: skip
    assert record.papers == [Paper(name="Đơn", originals=2, copies=1)]


def test_the_list_gives_names_and_bodies_near_hanoi() -> None:
    item = sample(OTHERS / "list.json", "9.000003")
    assert item.name == "Thủ tục cấp sổ tay lưu động"
    assert (item.field, item.subjects) == ("Sổ tay", ["Công dân Việt Nam", "Hợp tác xã"])
    assert item.agencies == ["Ủy ban nhân dân cấp xã"]  # the other province's department is left out
    assert item.names_only
    assert item.source.url.endswith("/3")
    assert sample(OTHERS / "list.json", "9.000041").agencies == ["Sở Sổ tay Thành phố Hà Nội"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"type": "SPECIFIC", "departmentPromulgate": "UBND tỉnh Mẫu"}, Reason.OTHER_PROVINCE),
        ({"type": "SPECIFIC"}, Reason.OTHER_PROVINCE),
        ({"type": "STANDARD_INTERNAL"}, Reason.INTERNAL),
        ({"code": "9.000044-Xoa"}, Reason.NO_CODE),
    ],
)
def test_items_not_for_citizens_of_hanoi_are_set_aside(change: dict[str, str], reason: Reason) -> None:
    item = {"code": "9.000001", "name": "Cấp sổ", "categories": [], "departments": []}
    with pytest.raises(BadInput) as caught:
        parse(item | change)
    assert caught.value.data["reason"] is reason


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("", []),
        ("Phí :  Đồng", []),
        ("Lệ phí : Đồng Đồng (Theo thông tư)", [(FeeKind.CHARGE, None, "VND", "Theo thông tư")]),
        ("Phí : 2.000.000 Đồng (Cho lần đầu)\nPhí : 500000 Đồng (Cho lần sau)",
         [(FeeKind.FEE, 2_000_000, "VND", "Cho lần đầu"), (FeeKind.FEE, 500_000, "VND", "Cho lần sau")]),
        ("Lệ phí : 400.000 Đồng Lệ phí : 400.000 Đồng (Mỗi trường hợp)",
         [(FeeKind.CHARGE, 400_000, "VND", "Mỗi trường hợp")]),
        ("Phí : Theo quy định\nFile đính kèm: a.pdf", [(FeeKind.FEE, None, "VND", "Theo quy định")]),
        ("Phí : Miễn phí Đồng với người cao tuổi", [(FeeKind.FEE, None, "VND", "Miễn phí với người cao tuổi")]),
        ("Phí : 1. Mức thu bằng 50%", [(FeeKind.FEE, None, "VND", "1. Mức thu bằng 50%")]),
        ("Mức giá : 03 USD", [(FeeKind.OTHER, 3, "USD", "")]),
        ("Thu theo thỏa thuận", [(FeeKind.OTHER, None, "VND", "Thu theo thỏa thuận")]),
    ],
)  # fmt: skip
def test_charges(cell: str, found: list[tuple[FeeKind, int | None, str, str]]) -> None:
    issues: list[FieldIssue] = []
    assert [(fee.kind, fee.amount, fee.currency, fee.text) for fee in cells.charges(cell, issues)] == found
    assert not issues


def test_an_unknown_channel_is_noted() -> None:
    issues: list[FieldIssue] = []
    assert cells.method(issues, "Bồ câu", "1 Ngày", "", "") is None
    assert [issue.field for issue in issues] == ["methods"]
