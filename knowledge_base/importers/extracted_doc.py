"""Records read out of the old portal's .doc exports: `metadata`, `content`, `tables`.

The columns of the papers' table are shifted: `so_luong` holds the names of the forms, `ghi_chu` the quantities.  A cell
is told by what it holds, so a record with its columns in place is read as well.  Records of the first pass of that
extraction have no steps and no descriptions; the fuller reading of one procedure wins (`knowledge_base.joining`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from knowledge_base.importers import cells, clean, parts
from knowledge_base.importers.layout import Layout, Record
from knowledge_base.problems import add
from knowledge_base.procedure import FieldIssue, Paper, PaperGroup, Procedure, Source

# The exports were gathered in December 2025; no record says its day.
GATHERED_ON = dt.date(2025, 12, 15)
_QUANTITY = "Bản chính:"


def parse(record: Record) -> Procedure:
    """A `Procedure` as the export states it.  Raises BadInput (`no_code`)."""
    head, content, tables = (_part(record, key) for key in ("metadata", "content", "tables"))
    issues: list[FieldIssue] = []
    keys = ("hinh_thuc", "thoi_han_giai_quyet", "phi_le_phi", "mo_ta")
    rows = cells.rows(tables.get("hinh_thuc_nop"))
    methods = [cells.method(issues, *(cells.text(row, key) for key in keys)) for row in rows]
    if not methods:
        add(issues, "methods", "channels_unread")
    papers = [_paper(row) for row in cells.rows(tables.get("thanh_phan_ho_so"))]
    bases = [
        cells.basis(cells.text(row, "so_ky_hieu"), cells.text(row, "trich_yeu"))
        for row in cells.rows(tables.get("can_cu_phap_ly"))
    ]
    return Procedure(
        code=parts.code(cells.text(head, "mã_thủ_tục")),
        name=parts.name(cells.text(head, "tên_thủ_tục")),
        field=clean.value(cells.text(head, "lĩnh_vực")),
        levels=parts.levels(cells.text(head, "cấp_thực_hiện")),
        subjects=parts.subjects(cells.text(content, "đối_tượng_thực_hiện")),
        agencies=cells.bodies(cells.text(content, "cơ_quan_thực_hiện")),
        authority=cells.bodies(cells.text(content, "cơ_quan_có_thẩm_quyền")),
        receiving_place=clean.value_block(cells.text(content, "địa_chỉ_tiếp_nhận_hs")),
        methods=[method for method in methods if method],
        paper_groups=[PaperGroup(papers=papers)] if papers else [],
        steps=parts.steps(cells.text(content, "trình_tự_thực_hiện")),
        conditions=clean.value_block(cells.text(content, "yêu_cầu_điều_kiện_thực_hiện")),
        results=cells.results(cells.text(content, "kết_quả_thực_hiện")),
        legal_bases=parts.unique_bases(bases),
        source=Source(
            layout=Layout.EXTRACTED_DOC.value,
            data_date=parts.data_date(record, GATHERED_ON),
            decision=clean.value(cells.text(head, "số_quyết_định").removeprefix("Quyết định số ")),
        ),
        issues=issues,
    )


def _paper(row: Mapping[str, Any]) -> Paper:
    quantity, forms = cells.text(row, "ghi_chu"), cells.text(row, "so_luong")
    if _QUANTITY in forms:
        quantity, forms = forms, cells.text(row, "mau_don_to_khai")
    return cells.paper(cells.text(row, "ten_giay_to"), forms, quantity)


def _part(record: Record, key: str) -> Mapping[str, Any]:
    found = record.get(key)
    return found if isinstance(found, Mapping) else {}
