"""The administrative procedure (thủ tục hành chính, TTHC) as the assistant knows it.

One model for every source: the national portal's API, its scraped pages, and the curated YAML that officers edit.
Amounts are integers in đồng unless `currency` says otherwise.  A value the source leaves in doubt keeps the source's
own line in `text` with `trust = doubtful`; the number beside it is then never stated to a citizen.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, field_validator

NAMES_ONLY = "portal_list"  # the layout that names procedures and tells nothing of what they ask for
CODE_PATTERN = r"^\d\.\d{6}$"


class Level(StrEnum):
    """Cấp thực hiện, in the order in which a citizen of Hanoi meets them."""

    COMMUNE = "commune"  # cấp xã
    PROVINCE = "province"  # cấp tỉnh
    MINISTRY = "ministry"  # cấp bộ
    OTHER = "other"  # cơ quan khác


class Channel(StrEnum):
    IN_PERSON = "in_person"  # trực tiếp
    ONLINE = "online"  # trực tuyến
    POSTAL = "postal"  # dịch vụ bưu chính


class TimeUnit(StrEnum):
    WORKING_DAY = "working_day"
    DAY = "day"
    HOUR = "hour"
    MONTH = "month"


class FeeKind(StrEnum):
    FEE = "fee"  # phí
    CHARGE = "charge"  # lệ phí
    OTHER = "other"


class Trust(StrEnum):
    """How far a field may be stated: as fact, as the source's own marked line, or not at all."""

    STATED = "stated"
    DOUBTFUL = "doubtful"
    MISSING = "missing"


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Fee(Model):
    """One charge.  `amount` 0 with `trust = stated` means free; `amount` None means only `text` is known."""

    kind: FeeKind = FeeKind.CHARGE
    amount: Decimal | None = Field(default=None, ge=0)
    currency: str = "VND"
    text: str = ""
    trust: Trust = Trust.STATED
    reason: str = ""


class Duration(Model):
    """Processing time.  `text` is the source's own line, shown when value and unit alone do not tell the truth."""

    value: Decimal | None = Field(default=None, ge=0)
    unit: TimeUnit | None = None
    text: str = ""
    trust: Trust = Trust.STATED
    reason: str = ""


class Method(Model):
    """One way to file (cách thức thực hiện): channel, time, fees.  A channel may come twice, once per case."""

    channel: Channel
    duration: Duration = Field(default_factory=lambda: Duration(trust=Trust.MISSING))
    fees: list[Fee] = Field(default_factory=list)
    note: str = ""


class Paper(Model):
    """One paper of the dossier.  0 originals and 0 copies is a note of the source, not a paper."""

    name: str
    originals: int = Field(default=0, ge=0)
    copies: int = Field(default=0, ge=0)
    form: str = ""  # name or file name of the blank form

    @property
    def is_note(self) -> bool:
        return self.originals == 0 and self.copies == 0


class PaperGroup(Model):
    """Papers of one case (`case` empty: for everyone)."""

    case: str = ""
    papers: list[Paper] = Field(default_factory=list)


class Step(Model):
    name: str = ""
    text: str = ""


class LegalBasis(Model):
    number: str = ""
    name: str = ""


class Source(Model):
    """Where a record was read, and of what day its content is."""

    layout: str  # portal_api | portal_page | old_portal | extracted_doc | portal_list | curated
    url: str = ""
    data_date: dt.date | None = None
    decision: str = ""  # số quyết định công bố


class FieldIssue(Model):
    """What an importer or an officer found wrong with a field, and what became of it."""

    field: str
    problem: str
    action: str = "kept"  # kept | repaired | set_aside


class Confusion(Model):
    """A neighbouring procedure people mean when they ask for this one, and how to tell."""

    code: str = Field(pattern=CODE_PATTERN)
    when: str


class Quote(Model):
    """A line of the source in its own words, and the part of the record it stands in."""

    part: str
    text: str


class Procedure(Model):
    code: str = Field(pattern=CODE_PATTERN)
    name: str = Field(min_length=3)
    field: str = ""  # lĩnh vực
    levels: list[Level] = Field(default_factory=list)
    subjects: list[str] = Field(default_factory=list)
    agencies: list[str] = Field(default_factory=list)  # cơ quan thực hiện
    authority: list[str] = Field(default_factory=list)  # cơ quan có thẩm quyền quyết định
    receiving_place: str = ""
    methods: list[Method] = Field(default_factory=list)
    paper_groups: list[PaperGroup] = Field(default_factory=list)
    steps: list[Step] = Field(default_factory=list)
    conditions: str = ""
    results: list[str] = Field(default_factory=list)
    legal_bases: list[LegalBasis] = Field(default_factory=list)
    online_url: str = ""
    source: Source
    issues: list[FieldIssue] = Field(default_factory=list)
    # fields filled from another record: field -> its layout and day, "portal_list 2026-07-18"
    origins: dict[str, str] = Field(default_factory=dict)
    # what the curated layer adds
    short_name: str = Field(default="", max_length=76, description="What people call it, where the name is long")
    summary: str = ""
    confusions: list[Confusion] = Field(default_factory=list)
    phrasings: list[str] = Field(default_factory=list)
    # lines of the imported record that the curated one tells in its own words; quoted where they answer a detail
    verbatim: list[Quote] = Field(default_factory=list)

    @field_validator("code")
    @classmethod
    def _strip(cls, value: str) -> str:
        return value.strip()

    @property
    def own_origin(self) -> str:
        """Layout and day of the record itself, as `origins` writes them."""
        date = self.source.data_date
        return f"{self.source.layout} {date.isoformat()}" if date else self.source.layout

    @property
    def names_only(self) -> bool:
        """Whether the best source at hand is the portal's list: no papers, charges, times, steps or conditions."""
        return self.source.layout == NAMES_ONLY

    @property
    def papers(self) -> list[Paper]:
        """Every real paper, over all cases (notes left out)."""
        return [paper for group in self.paper_groups for paper in group.papers if not paper.is_note]

    @property
    def forms(self) -> list[str]:
        seen: dict[str, None] = {}
        for paper in self.papers:
            if paper.form:
                seen.setdefault(paper.form)
        return list(seen)
