"""Pages of the portal before 2026: one record a page, keys are the page's labels with a colon, tables kept."""

from __future__ import annotations

import datetime as dt

from knowledge_base.importers import cells, clean, parts
from knowledge_base.importers.layout import Layout, Record
from knowledge_base.problems import add
from knowledge_base.procedure import FieldIssue, PaperGroup, Procedure, Source

# The pages were gathered in April 2026; no record says its day, so all carry the middle of that month.
GATHERED_ON = dt.date(2026, 4, 15)
_NO_CASE = "bao gồm"  # the heading the portal gives to papers that are for everyone


def parse(record: Record) -> Procedure:
    """A `Procedure` as the page states it.  Raises BadInput (`no_code`)."""
    issues: list[FieldIssue] = []
    rows = cells.rows(record.get("Cách thức thực hiện:"))
    keys = ("Hình thức nộp", "Thời hạn giải quyết", "Phí, lệ phí", "Mô tả")
    methods = [cells.method(issues, *(cells.text(row, key) for key in keys)) for row in rows]
    if not methods:
        add(issues, "methods", "channels_unread")
    bases = [
        cells.basis(cells.text(row, "Số ký hiệu"), cells.text(row, "Trích yếu"))
        for row in cells.rows(record.get("Căn cứ pháp lý:"))
    ]
    return Procedure(
        code=parts.code(cells.text(record, "Mã thủ tục:")),
        name=parts.name(cells.text(record, "Tên thủ tục:")),
        field=clean.value(cells.text(record, "Lĩnh vực:")),
        levels=parts.levels(cells.text(record, "Cấp thực hiện:")),
        subjects=parts.subjects(cells.text(record, "Đối tượng thực hiện:")),
        agencies=cells.bodies(cells.text(record, "Cơ quan thực hiện:")),
        authority=cells.bodies(cells.text(record, "Cơ quan có thẩm quyền:")),
        receiving_place=clean.value_block(cells.text(record, "Địa chỉ tiếp nhận HS:")),
        methods=[method for method in methods if method],
        paper_groups=_groups(record),
        steps=parts.steps(cells.text(record, "Trình tự thực hiện:")),
        conditions=clean.value_block(cells.text(record, "Yêu cầu, điều kiện thực hiện:")),
        results=cells.results(cells.text(record, "Kết quả thực hiện:")),
        legal_bases=parts.unique_bases(bases),
        source=Source(
            layout=Layout.OLD_PORTAL.value,
            url=clean.line(cells.text(record, "reference")),
            data_date=parts.data_date(record, GATHERED_ON),
            decision=clean.value(cells.text(record, "Số quyết định:")),
        ),
        issues=issues,
    )


def _groups(record: Record) -> list[PaperGroup]:
    given = record.get("Thành phần hồ sơ:")
    groups = []
    for heading, rows in given.items() if isinstance(given, dict) else ():
        keys = ("Tên giấy tờ", "Mẫu đơn, tờ khai", "Số lượng")
        papers = [cells.paper(*(cells.text(row, key) for key in keys)) for row in cells.rows(rows)]
        case = parts.heading(heading)
        if papers:
            groups.append(PaperGroup(case="" if case.casefold() == _NO_CASE else case, papers=papers))
    return groups
