"""The samples under tests/samples: invented records in the portal's layouts, each with a few of the known faults."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from knowledge_base.importers import parse, read_records
from knowledge_base.procedure import LegalBasis, Method, PaperGroup, Procedure, Source

FOLDER = Path(__file__).resolve().parent.parent / "samples"
PAGES = FOLDER / "portal_page.jsonl"
API = FOLDER / "portal_api"
OTHERS = FOLDER / "other_layouts"
TODAY = dt.date(2026, 11, 22)
LEGAL = [LegalBasis(number="12/2025/NĐ-CP", name="Nghị định mẫu")]


def sample(path: Path, code: str) -> Procedure:
    """The procedure `code` of a sample file, as read."""
    for raw in read_records(path):
        record = raw.record or {}
        data = record.get("data", record)
        if code in [str(data.get(key)).strip() for key in ("ma_thu_tuc", "code", "Mã thủ tục:", "thu_tuc_id")]:
            return parse(record)
    raise AssertionError(f"{code} is not in {path.name}")


def made(
    code: str = "9.000001",
    *,
    methods: list[Method] | None = None,
    groups: list[PaperGroup] | None = None,
    date: dt.date | None = dt.date(2026, 7, 18),
    layout: str = "portal_api",
    **fields: object,
) -> Procedure:
    """A procedure for a test of one rule."""
    source = Source(layout=layout, data_date=date)
    values = {"code": code, "name": "Cấp sổ tay mẫu", "methods": methods or [], "paper_groups": groups or []}
    return Procedure.model_validate({**values, "legal_bases": LEGAL, "source": source, **fields})
