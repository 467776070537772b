"""Pages of the national portal as scraped in 2026: one record a page, all values strings.

Only `raw_text` (the whole text of the page) is whole in every record: some of the ready-made fields were cut where the
words of a heading stand inside a text.  So the page is split again here, at its headings.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from knowledge_base.importers import clean, page_tables, parts
from knowledge_base.importers.layout import Layout, Reason, Record, rejected
from knowledge_base.problems import add
from knowledge_base.procedure import FieldIssue, Procedure, Source

# The pages were scraped in June 2026; no record says its day, so all carry the middle of that month.
SCRAPED_ON = dt.date(2026, 6, 15)

_CODE = re.compile(r"Mã thủ tục\s*(\d\.\d{6})\s*Số quyết định")
_STEPS = "Trình Tự Thực Hiện"
_METHODS = page_tables.METHODS_HEAD
_PAPERS = "Thành phần hồ sơ"
_LEGAL = ("Căn cứ pháp lý" + page_tables.LEGAL_HEAD, "Căn cứ pháp lýKhông có thông tinCơ quan thực hiện")
_AGENCIES = "Cơ quan thực hiện"
_CONDITIONS = "Yêu cầu, điều kiện thực hiện"
_RESULTS = "Kết quả xử lý"
_KEYWORDS = "Từ khóa"  # opens what belongs to the page, not to the procedure
_RESULT_CODE = re.compile(
    r"Mã: ?(?:KQ[.\-]G\d\d[.\-]\d{6}|\d{3}(?:\.\d\d){2}\.[A-Z]?\d\d-[A-Z]{2}\d+|[A-Z]\d\d-[A-Z]{2}\d+|\d+"
    rf"|[\w.\-/]+?(?=[{clean.CAPITAL}][{clean.SMALL}]|[-+*]|\s|$))"
)


@dataclass(frozen=True, slots=True)
class Sections:
    """The parts of a page, scrubbed but else as they stand."""

    steps: str
    methods: str
    papers: str
    legal: str
    agencies: str
    conditions: str
    results: str


def parse(record: Record) -> Procedure:
    """A `Procedure` as the page states it.

    Raises:
        BadInput: no code, the content of another procedure, or a page that cannot be split.
    """
    code = parts.code(_text(record, "ma_thu_tuc"))
    page = clean.scrub(_text(record, "raw_text"))
    inside = _CODE.search(page)
    if inside is None:
        raise rejected(Reason.INVALID, f"{code}: the text of the page names no code")
    if inside[1] != code:
        raise rejected(Reason.FOREIGN_CONTENT, f"code {code}, content of {inside[1]}")
    sections = split(page[inside.end() :], code)
    issues: list[FieldIssue] = []
    if _was_cut(record, sections):
        add(issues, "source", "fields_cut", "repaired")
    return Procedure(
        code=code,
        name=parts.name(_text(record, "ten_thu_tuc")),
        field=clean.value(_text(record, "linh_vuc")),
        levels=parts.levels(_text(record, "cap_thuc_hien")),
        subjects=parts.subjects(_text(record, "doi_tuong_thuc_hien")),
        agencies=parts.bodies(sections.agencies),
        authority=parts.bodies(_text(record, "co_quan_co_tham_quyen")),
        receiving_place=clean.value_block(_text(record, "dia_chi_tiep_nhan")),
        methods=page_tables.methods(sections.methods, issues),
        paper_groups=page_tables.paper_groups(sections.papers, issues),
        steps=parts.steps(sections.steps),
        conditions=clean.value_block(re.sub(rf"\s*{_KEYWORDS}:?\s*$", "", sections.conditions)),
        results=clean.unique([clean.entry(part) for part in _RESULT_CODE.split(sections.results)]),
        legal_bases=page_tables.legal_bases(sections.legal),
        source=Source(
            layout=Layout.PORTAL_PAGE.value,
            url=clean.line(_text(record, "detail_url")),
            data_date=parts.data_date(record, SCRAPED_ON),
            decision=clean.value(_text(record, "so_quyet_dinh")),
        ),
        issues=issues,
    )


def split(page: str, code: str = "") -> Sections:
    """The parts of a page's text.

    Raises:
        BadInput: one of the headings that every page has is missing.
    """
    steps = page.find(_STEPS)
    methods = page.find(_METHODS, max(steps, 0))
    legal, head = max((page.rfind(anchor), anchor) for anchor in _LEGAL)
    if min(steps, methods, legal) < 0 or legal < methods:
        raise rejected(Reason.INVALID, f"{code}: a heading of the page is missing")
    papers = _papers_at(page, methods, legal)
    if head is _LEGAL[0]:
        body, tail = _cut(page[legal + len(head) :], _AGENCIES)
    else:
        body, tail = "", page[legal + len(head) :]
    agencies, tail = _cut(tail, _CONDITIONS)
    if _RESULTS in tail:
        conditions, tail = _cut(tail, _RESULTS)
        results = _cut(tail, _KEYWORDS)[0]
    else:
        conditions, results = _cut(tail, _KEYWORDS)[0], ""
    return Sections(
        steps=page[steps + len(_STEPS) : methods],
        methods=page[methods + len(_METHODS) : papers],
        papers=page[papers + len(_PAPERS) : legal],
        legal=body,
        agencies=agencies,
        conditions=conditions,
        results=results,
    )


def _papers_at(page: str, methods: int, legal: int) -> int:
    """Where the papers' heading stands: its first occurrence behind the last row of the channel table."""
    table = page.find(page_tables.PAPERS_HEAD, methods, legal)
    end = table if table >= 0 else legal
    places = [match.start() for match in re.finditer(_PAPERS, page[methods:end])]
    for place in places:
        if not page_tables.ROW.search(page, methods + place, end):
            return methods + place
    raise rejected(Reason.INVALID, "the heading of the papers is missing")


def _cut(text: str, anchor: str) -> tuple[str, str]:
    before, _, after = text.partition(anchor)
    return before, after


def _was_cut(record: Record, sections: Sections) -> bool:
    """Whether the record's own fields end elsewhere than the page's parts."""
    pairs = (
        ("trinh_tu_thuc_hien", sections.steps),
        ("cach_thuc_thuc_hien", page_tables.METHODS_HEAD.removeprefix("Cách Thức Thực Hiện") + sections.methods),
        ("thanh_phan_ho_so", sections.papers),
        ("yeu_cau_dieu_kien", sections.conditions),
    )
    return any(_squeezed(_text(record, key)) != _squeezed(part) for key, part in pairs if record.get(key))


def _squeezed(text: str) -> str:
    return "".join(clean.scrub(text).split())


def _text(record: Record, key: str) -> str:
    value = record.get(key)
    return value if isinstance(value, str) else ""
