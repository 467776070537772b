"""An invented record with every kind of trust, and what tests need to compare an answer with it."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from actions.messages import CardMessage, Reply
from actions.wording import sentences
from knowledge_base.changes import load_changes
from knowledge_base.procedure import (
    Channel,
    Duration,
    Fee,
    FeeKind,
    LegalBasis,
    Level,
    Method,
    Paper,
    PaperGroup,
    Procedure,
    Source,
    Step,
    TimeUnit,
    Trust,
)

SOURCE = Source(
    layout="curated", url="https://dichvucong.gov.vn/9.000001", data_date=dt.date(2026, 7, 18), decision="1234/QĐ-BTP"
)


def fee(amount: int | str | None = None, trust: Trust = Trust.STATED, text: str = "", currency: str = "VND") -> Fee:
    value = None if amount is None else Decimal(amount)
    return Fee(kind=FeeKind.CHARGE, amount=value, trust=trust, text=text, currency=currency)


def time(
    value: int | str | None, unit: TimeUnit | None = None, trust: Trust = Trust.STATED, text: str = ""
) -> Duration:
    return Duration(value=None if value is None else Decimal(value), unit=unit, trust=trust, text=text)


def record(**changes: object) -> Procedure:
    """Each channel says something else: stated, doubtful, missing."""
    values: dict[str, object] = {
        "code": "9.000001",
        "name": "Cấp sổ tay mẫu",
        "field": "Việc làm mẫu",
        "levels": [Level.COMMUNE],
        "agencies": ["Ủy ban nhân dân cấp xã"],
        "methods": [
            Method(channel=Channel.IN_PERSON, duration=time(3, TimeUnit.WORKING_DAY), fees=[fee(20_000)]),
            Method(
                channel=Channel.ONLINE,
                duration=time(15, None, Trust.DOUBTFUL, "15"),
                fees=[fee(8, Trust.DOUBTFUL, "Lệ phí: 8 đồng")],
                note="nộp trên Cổng quốc gia",
            ),
            Method(channel=Channel.POSTAL, duration=Duration(trust=Trust.MISSING), fees=[fee(999, Trust.MISSING)]),
        ],
        "paper_groups": [
            PaperGroup(
                papers=[
                    Paper(name="Tờ khai cấp sổ", originals=1, form="Mẫu 01.docx"),
                    Paper(name="Ảnh 4x6", copies=2),
                    Paper(name="Xuất trình căn cước khi nộp"),
                ]
            )
        ],
        "steps": [Step(name="Bước 1", text="Nộp hồ sơ."), Step(text="Nhận kết quả trong 3 ngày."), Step()],
        "conditions": "Từ đủ 14 tuổi.\nĐang cư trú tại Hà Nội.",
        "results": ["Sổ tay mẫu"],
        "legal_bases": [
            LegalBasis(number="12/2025/NĐ-CP", name="Nghị định mẫu"),
            LegalBasis(number="12/2025/NĐ-CP", name="Nghị định mẫu"),
            LegalBasis(),
        ],
        "online_url": "https://dichvucong.gov.vn/nop",
        "source": SOURCE,
        "summary": "Dùng khi cần ghi chép.",
    }
    return Procedure.model_validate({**values, **changes})


def card_of(reply: Reply) -> CardMessage:
    [card] = reply.messages
    assert isinstance(card, CardMessage)
    return card


def numbers_in(text: str) -> set[str]:
    """Runs of digits, the grouping of thousands taken out."""
    return set(re.findall(r"\d+", re.sub(r"(?<=\d)[.,](?=\d{3}(?!\d))", "", text)))


def numbers_of(procedure: Procedure) -> set[str]:
    """Every number of the record and of the wording, counts of its lists, and its dates as they are written."""
    allowed = numbers_in(procedure.model_dump_json()) | numbers_in(" ".join(sentences().values()))
    for change in load_changes():
        allowed |= numbers_in(change.number) | numbers_in(f"{change.starts:%d/%m/%Y}")
    for method in procedure.methods:
        for amount in (method.duration.value, *(fee.amount for fee in method.fees)):
            if amount is not None:
                allowed |= numbers_in(f"{amount.normalize():f}") | numbers_in(
                    f"{amount.normalize():f}".replace(".", ",")
                )
    steps = len(procedure.steps) + 1
    papers = sum(len(group.papers) for group in procedure.paper_groups) + 1
    allowed |= {str(count) for count in range(max(steps, papers, len(procedure.legal_bases) + 1, 9))}
    date = procedure.source.data_date
    return allowed | (numbers_in(f"{date:%d/%m/%Y}") if date else set())
