"""Facts of a record as lines a citizen can read: one function a part, nothing added, nothing guessed."""

from __future__ import annotations

import re
from decimal import Decimal
from enum import Enum, auto

from actions.wording import say
from knowledge_base.procedure import Channel, Duration, Fee, Method, Paper, Procedure, Trust
from knowledge_base.text import fold

FORM_WORDS = ("to khai", "mau so", "theo mau", "(mau", "don ", "giay de nghi", "phieu ", "van ban de nghi")
POLICE = ("cong an", "cuc canh sat", "phong canh sat", "xuat nhap canh", "an ninh mang")
CENTER = "trung tam phuc vu hanh chinh cong"
# Agencies of a city as records name them: departments, people's committees, and what belongs to either.
_OF_THE_CITY = re.compile(
    r"^(?:giam doc |van phong |bo phan mot cua |chi cuc .*)?so (?!chi huy\b)|\buy ban nhan dan\b|\bubnd\b|"
    rf"\b{CENTER}\b|\bvan phong dang ky dat dai\b|"
    r"\bco quan dang ky kinh doanh\b|\bphong (?:kinh te|van hoa|tu phap|noi vu)\b|"
    r"^(?:co quan|don vi|nguoi dung dau) .*cap (?:tinh|xa)\b"
)
_FREE = re.compile(r"(?:duoc )?(?:mien|khong (?:thu|mat|phai nop))(?: (?:le )?phi| phi,? le phi)?\W*")
_KINDS = re.compile(r"(?:le )?phi\b|mien\b|khong (?:thu|mat)\b|muc\b")


class Counter(Enum):
    """Who takes a dossier over a counter, as far as its record tells."""

    CENTER = auto()  # a department or a people's committee: any branch of the Center
    POLICE = auto()  # not taken at the Center (Quyết định 151/QĐ-TTPVHCC)
    ELSEWHERE = auto()  # tax, social insurance, a ministry, an embassy: the agency itself
    UNKNOWN = auto()  # the record names no agency


def number(value: Decimal) -> str:
    """20000 -> "20.000", 12.5 -> "12,5"."""
    whole = value.to_integral_value()
    if value == whole:
        return f"{int(whole):,}".replace(",", ".")
    return f"{value.normalize():f}".replace(".", ",")


def channel_name(method: Method) -> str:
    return say(f"answers.channel_{method.channel.value}")


def paper_line(paper: Paper) -> str:
    """One paper with its counts and form; a note of the source is marked as such."""
    if paper.is_note:
        return say("answers.papers_note", text=paper.name)
    counts = []
    if paper.originals:
        counts.append(say("answers.paper_originals", count=paper.originals))
    if paper.copies:
        counts.append(say("answers.paper_copies", count=paper.copies))
    if paper.form and fold(paper.form) not in fold(paper.name):
        counts.append(say("answers.paper_form", form=paper.form))
    return f"{paper.name} ({', '.join(counts)})"


def paper_groups(procedure: Procedure) -> list[tuple[str, list[str]]]:
    """(case, lines) for each group that has any."""
    return [(g.case, [paper_line(p) for p in g.papers if p.name]) for g in procedure.paper_groups if g.papers]


def fee_value(fee: Fee) -> str:
    """The amount in words, with the source's own text where it says more."""
    if fee.amount is None:
        return fee.text
    if fee.amount == 0:
        value = say("answers.fee_free")
    elif fee.currency == "VND":
        value = say("answers.fee_amount", amount=number(fee.amount))
    else:
        value = say("answers.fee_amount_other", amount=number(fee.amount), currency=fee.currency)
    if fee.text and fold(fee.text).startswith(fold(value)):
        return fee.text
    return f"{value} – {fee.text}" if fee.text else value


def fee_named(fee: Fee) -> str:
    """ "lệ phí 20.000 đồng"; the kind is left out where the words name it already."""
    value = fee_value(fee)
    if fee.amount == 0 or _KINDS.match(fold(value)):
        return value
    return f"{say(f'answers.fee_kind_{fee.kind.value}').lower()} {value}"


def one_fee(procedure: Procedure) -> str:
    """The fee, where the record states one and the same bare amount for every way to file; else empty."""
    fees = [fee for method in procedure.methods for fee in method.fees]
    if not fees or not all(method.fees for method in procedure.methods):
        return ""
    if any(fee.trust is not Trust.STATED or fee.amount is None or _says_more(fee) for fee in fees):
        return ""
    said = {fee_named(fee.model_copy(update={"text": ""})) for fee in fees}
    return said.pop() if len(said) == 1 else ""


def _says_more(fee: Fee) -> bool:
    """Whether the source's words hold more than the amount: a condition, a rebate, another case."""
    if fee.amount == 0 and _FREE.fullmatch(fold(fee.text)):
        return False
    bare = fee_value(fee.model_copy(update={"text": ""}))
    return fold(fee_value(fee)) != fold(bare)


def one_duration(procedure: Procedure) -> str:
    """The time, where the record states one and the same bare time for every way to file; else empty."""
    times = [method.duration for method in procedure.methods]
    if not times or any(t.trust is not Trust.STATED or t.value is None or t.unit is None for t in times):
        return ""
    said = {say(f"answers.duration_{t.unit.value}", value=number(t.value)) for t in times if t.unit and t.value}
    more = any(t.text and not _only_says(t) for t in times)
    return said.pop() if len(said) == 1 and not more else ""


def _only_says(duration: Duration) -> bool:
    """Whether the source's words say the time and nothing else: "Không quá 07 ngày làm việc"."""
    bare = re.sub(r"\b(?:trong|thoi han|toi da|khong qua|la|thoi gian|giai quyet)\b|[^\w ]", " ", fold(duration.text))
    plain = " ".join(bare.split())
    value = fold(duration_value(duration.model_copy(update={"text": ""})))
    return plain in ("", value, f"0{value}")


def fee_lines(procedure: Procedure) -> list[str]:
    """One line a channel and charge, equal lines of several channels joined; doubtful ones marked."""
    found: dict[str, list[str]] = {}
    for method in procedure.methods:
        for fee in method.fees:
            channel = channel_name(method)
            if fee.trust is Trust.MISSING or (fee.trust is Trust.STATED and not fee_value(fee)):
                continue
            if fee.trust is Trust.DOUBTFUL:
                key = "fee_doubtful" if fee.text else "fee_doubtful_bare"
                line = say(f"answers.{key}", channel="\0", **({"text": fee.text} if fee.text else {}))
            else:
                line = f"\0: {fee_named(fee)}"
            channels = found.setdefault(line, [])
            if channel not in channels:
                channels.append(channel)
    return [line.replace("\0", ", ".join(channels), 1) for line, channels in found.items()]


def duration_value(duration: Duration) -> str:
    if duration.value is None or duration.unit is None:
        return duration.text
    value = say(f"answers.duration_{duration.unit.value}", value=number(duration.value))
    padded = f"0{value}" if duration.value < 10 else value
    if duration.text and fold(duration.text) not in (fold(value), fold(padded)):
        value = f"{value} – {duration.text}"
    return value


def duration_line(method: Method, channel: str) -> str:
    """The time of one way to file, marked where it is doubtful; empty when the source says none."""
    duration = method.duration
    if duration.trust is Trust.MISSING or not (duration.text or duration.value is not None):
        return ""
    if duration.trust is Trust.DOUBTFUL:
        bare = duration.text or number(duration.value or Decimal(0))
        return say("answers.duration_doubtful", channel=channel, text=bare)
    return f"{channel}: {duration_value(duration)}"


def duration_lines(procedure: Procedure) -> list[str]:
    """One line a channel, equal ones joined, with the channel's own note where it has one."""
    found: dict[str, list[str]] = {}
    for method in procedure.methods:
        line = duration_line(method, "\0")
        if not line:
            continue
        if method.note:
            line += f" ({method.note})"
        channels = found.setdefault(line, [])
        if channel_name(method) not in channels:
            channels.append(channel_name(method))
    return [line.replace("\0", ", ".join(channels), 1) for line, channels in found.items()]


def where_lines(procedure: Procedure) -> list[str]:
    return [*agency_lines(procedure), counter_line(procedure)]


def counter_line(procedure: Procedure) -> str:
    """Who takes the dossier over a counter."""
    return say(
        {
            Counter.CENTER: "answers.where_anywhere",
            Counter.POLICE: "answers.where_police",
            Counter.ELSEWHERE: "answers.where_elsewhere",
            Counter.UNKNOWN: "answers.where_unknown",
        }[counter_of(procedure)]
    )


def agency_lines(procedure: Procedure) -> list[str]:
    lines = []
    if procedure.agencies:
        lines.append(say("answers.where_agency", agency="; ".join(procedure.agencies)))
    if procedure.receiving_place:
        lines.append(say("answers.where_receiving", place=procedure.receiving_place))
    if procedure.authority and procedure.authority != procedure.agencies:
        lines.append(say("answers.where_authority", agency="; ".join(procedure.authority)))
    if procedure.levels:
        levels = ", ".join(say(f"answers.level_{level.value}") for level in procedure.levels)
        lines.append(say("answers.where_levels", levels=levels))
    return lines


def counter_of(procedure: Procedure) -> Counter:
    """Read off the agencies the record names."""
    names = [fold(name) for name in [*procedure.agencies, procedure.receiving_place] if name]
    if any(police in name for name in names for police in POLICE):
        return Counter.POLICE
    if not names:
        return Counter.UNKNOWN
    if CENTER not in fold(procedure.receiving_place) and procedure.agencies:
        names = names[: len(procedure.agencies)]  # the place is often a page of prose that names many
    return Counter.CENTER if any(_OF_THE_CITY.search(name) for name in names) else Counter.ELSEWHERE


def step_lines(procedure: Procedure) -> list[str]:
    lines = []
    for step in procedure.steps:
        text = step.text.strip()
        lines.append(f"{step.name}: {text}" if step.name and text else step.name or text)
    return [line for line in lines if line]


def form_lines(procedure: Procedure) -> list[str]:
    """Papers that are forms: those with a blank attached, and those whose name says so."""
    lines: dict[str, None] = {}
    for paper in procedure.papers:
        if paper.form or any(word in fold(paper.name) for word in FORM_WORDS):
            lines.setdefault(paper_line(paper))
    return list(lines)


def legal_lines(procedure: Procedure) -> list[str]:
    lines: dict[str, None] = {}
    for basis in procedure.legal_bases:
        both = basis.name and basis.number and fold(basis.number) not in fold(basis.name)
        lines.setdefault(f"{basis.name} ({basis.number})" if both else basis.name or basis.number)
    return [line for line in lines if line]


def postal_lines(procedure: Procedure) -> list[str]:
    return list(dict.fromkeys(_way_lines(procedure, Channel.POSTAL)))


def _way_lines(procedure: Procedure, channel: Channel) -> list[str]:
    return [
        (duration_line(m, channel_name(m)) or channel_name(m)) + (f" ({m.note})" if m.note else "")
        for m in procedure.methods
        if m.channel is channel
    ]


def online_lines(procedure: Procedure) -> list[str]:
    lines = _way_lines(procedure, Channel.ONLINE)
    if procedure.online_url:
        lines.append(say("answers.online_link", url=procedure.online_url))
    return list(dict.fromkeys(lines))
