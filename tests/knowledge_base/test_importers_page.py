"""Scraped pages: split at their headings, tables cut apart."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest

from knowledge_base.errors import BadInput
from knowledge_base.importers import Reason, parse, read_records
from knowledge_base.importers.page_forms import split_form
from knowledge_base.importers.page_tables import legal_bases, methods, paper_groups, run_together
from knowledge_base.procedure import Channel, FeeKind, FieldIssue, Level, TimeUnit, Trust
from tests.knowledge_base.samples import PAGES, sample


def test_a_page_becomes_a_procedure() -> None:
    page = sample(PAGES, "9.000001")
    assert page.name == "Thủ tục cấp sổ tay mẫu lần đầu"
    assert page.levels == [Level.COMMUNE, Level.PROVINCE]
    assert page.subjects == [
        "Tổ chức (không bao gồm doanh nghiệp, HTX)", "Cán bộ, công chức, viên chức", "Công dân Việt Nam",
    ]  # fmt: skip
    assert page.agencies == ["Phòng Sổ tay", "Cục về trật tự, trật tự sổ"]
    assert [step.text.split(":")[0] for step in page.steps] == ["Bước 1", "Bước 2"]
    assert page.conditions == ""
    assert page.results == ["Sổ tay mẫu", "Giấy báo từ chối"]
    assert [basis.number for basis in page.legal_bases] == ["12/2024/QH15", "03/2025/TT-BTP"]
    assert page.source.model_dump() == {
        "layout": "portal_page",
        "url": "https://dichvucong.gov.vn/thu-tuc-hanh-chinh/mau-9.000001",
        "data_date": dt.date(2026, 6, 15),
        "decision": "7/QĐ-MAU",
    }
    assert page.issues == []


def test_channel_rows_keep_the_words_of_the_source() -> None:
    online, postal, counter = sample(PAGES, "9.000001").methods
    assert online.channel is Channel.ONLINE
    assert (online.duration.value, online.duration.unit) == (7, TimeUnit.WORKING_DAY)
    assert online.duration.text == "7 Ngày làm việc"
    assert (online.fees[0].amount, online.fees[0].currency) == (10000, "VND")
    assert online.fees[0].text == "Nộp qua mạng thu 10.000 đồng/sổ (đã gồm tem)."
    assert online.note == "Nộp trên cổng."
    assert (postal.channel, postal.fees) == (Channel.POSTAL, [])
    assert (counter.duration.value, counter.duration.unit) == (Decimal("12.5"), TimeUnit.DAY)
    assert counter.fees[0].amount == 0
    assert counter.note == "Nộp tại quầy; Trực tiếp là cách nhanh."


def test_papers_quantities_forms_and_groups() -> None:
    submit, lost = sample(PAGES, "9.000001").paper_groups
    assert (submit.case, lost.case) == ("Giấy tờ phải nộp", "Trường hợp làm mất")
    assert [(paper.originals, paper.copies) for paper in submit.papers] == [(1, 0), (0, 2), (1, 1), (0, 0)]
    assert submit.papers[0].name == "b) Ảnh cỡ 4cm x 6cm, chụp năm 2026"
    assert submit.papers[2].name.endswith("Thông tư số 03/2025/TT-BTP")
    assert submit.papers[2].form == "Mau so 01.docx; Mau so 02.docx"
    assert submit.papers[3].is_note
    assert lost.papers[0].name == "Đơn trình báo có nêu 01 bản chính đã mất"


def test_fields_cut_at_a_heading_within_a_text_are_read_from_the_whole_page() -> None:
    page = sample(PAGES, "9.000002")
    assert page.steps[0].text == "Người dân nộp đơn. Thành phần hồ sơ xem bên dưới."
    assert [issue.action for issue in page.issues if issue.field == "source"] == ["repaired"]


def test_content_of_another_procedure_is_refused() -> None:
    record = next(raw.record for raw in read_records(PAGES) if raw.record and raw.record["ma_thu_tuc"] == "9.000003")
    with pytest.raises(BadInput, match=r"content of 9\.000009") as caught:
        parse(record)
    assert caught.value.data["reason"] is Reason.FOREIGN_CONTENT


def test_time_in_words_and_no_papers() -> None:
    page = sample(PAGES, "9.000004")
    assert [method.duration.text for method in page.methods] == ["Không phải trả kết quả", ""]
    assert page.methods[1].duration.trust is Trust.MISSING
    assert page.paper_groups == []
    assert page.legal_bases == []
    assert page.agencies


@pytest.mark.parametrize(
    ("digits", "ways"),
    [
        ("120,000", [("1", "20,000")]),
        ("1200", [("1", "200")]),
        ("123", [("1", "23"), ("12", "3")]),
        ("1120,000", [("1", "120,000"), ("11", "20,000")]),
        ("20,000", []),
    ],
)
def test_time_and_amount_run_together(digits: str, ways: list[tuple[str, str]]) -> None:
    assert run_together(digits) == ways


def test_numbers_that_cannot_be_told_apart_are_not_stated() -> None:
    issues: list[FieldIssue] = []
    (method,) = methods("Trực tiếp123 VNĐ", issues)
    assert method.duration.trust is Trust.MISSING
    assert (method.fees[0].amount, method.fees[0].trust, method.fees[0].text) == (None, Trust.DOUBTFUL, "123 VNĐ")
    assert issues


def test_rows_of_every_kind() -> None:
    rows = methods(
        "Trực tiếp3 Giờ5 USD(Phí cấp thẻ)Trực tuyến2Miễn phíDịch vụ bưu chính6 Tháng1,200,000 VNĐ(Lệ phí (mới)", []
    )
    assert [row.duration.unit for row in rows] == [TimeUnit.HOUR, None, TimeUnit.MONTH]
    assert (rows[0].fees[0].currency, rows[0].fees[0].kind) == ("USD", FeeKind.FEE)
    assert (rows[1].duration.value, rows[1].duration.trust) == (2, Trust.DOUBTFUL)
    assert (rows[2].fees[0].amount, rows[2].fees[0].kind) == (1200000, FeeKind.CHARGE)
    assert methods("", []) == []


def test_headings_without_papers_stay_as_notes() -> None:
    head = "Tên giấy tờMẫu đơn, tờ khaiSố lượng"
    groups = paper_groups(f"Kèm theo:{head}--{head}Đơn1 bản chínhNộp qua mạng thì khai trên mạng.", [])
    assert [(group.case, [paper.name for paper in group.papers]) for group in groups] == [
        ("", ["Kèm theo:"]), ("", ["Đơn"]), ("", ["Nộp qua mạng thì khai trên mạng."]),
    ]  # fmt: skip
    assert groups[2].papers[0].is_note


@pytest.mark.parametrize(
    ("cell", "name", "form"),
    [
        ("Tờ khai theo mẫu.Mau01.docx", "Tờ khai theo mẫu.", "Mau01.docx"),
        ("Đơn theo Nghị định số 1/2026/NĐ-CPmẫu đơn.doc", "Đơn theo Nghị định số 1/2026/NĐ-CP", "mẫu đơn.doc"),
        ("Đơn theo Thông tư 1/2026/TT-BNNMTMus03.docx", "Đơn theo Thông tư 1/2026/TT-BNNMT", "Mus03.docx"),
        ("Đơn theo Thông tư 1/2026/TT-BNNMT.Mẫu số 3.docx", "Đơn theo Thông tư 1/2026/TT-BNNMT.", "Mẫu số 3.docx"),
        ("Tờ khai (mẫu 8A) của xã47-Mẫu 8A-Tờ khai.doc", "Tờ khai (mẫu 8A) của xã", "47-Mẫu 8A-Tờ khai.doc"),
        ("Đơn kèm ảnh 4x6 cm.mau 12 (1).doc", "Đơn kèm ảnh 4x6 cm.", "mau 12 (1).doc"),
        ("Đơn đề nghị theo mẫu quy địnhvăn bản.docx", "Đơn đề nghị theo mẫu quy định", "văn bản.docx"),
        ("Bản khai(2).1.Ban khai.docmẫu số 2.docx", "Bản khai(2).", "1.Ban khai.doc; mẫu số 2.docx"),
        ("Đơn theo mẫu1.000001.docx", "Đơn theo mẫu", "1.000001.docx"),
        ("Mau01.docx", "Mau01", "Mau01.docx"),
        ("Xem http://example.invalid/a/mau.doc", "Xem http://example.invalid/a/mau.doc", ""),
        ("Tệp văn bản (.docx, .pdf) của báo cáo", "Tệp văn bản (.docx, .pdf) của báo cáo", ""),
        ("Giấy tờ tùy thân", "Giấy tờ tùy thân", ""),
    ],
)
def test_form_file_is_split_from_the_name(cell: str, name: str, form: str) -> None:
    assert split_form(cell) == (name, form, True)


def test_unsplit_form_is_told() -> None:
    name, form, sure = split_form("don de nghi theo mau.doc")
    assert (form, sure) == ("", False)
    assert not re.search(r"\.docx?$", name)


def test_legal_numbers_out_of_a_broken_table() -> None:
    found = legal_bases("143/2025/QH15 định số 96/2026/NĐ-CP ngày 31/3/2026;96/2026/NĐ-CPLuật mẫu 202068/2020/QH14")
    assert [basis.number for basis in found] == ["143/2025/QH15", "96/2026/NĐ-CP", "68/2020/QH14"]
