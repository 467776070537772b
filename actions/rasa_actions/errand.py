"""What one comes to the counter for: read from the words of a booking, corrected, and whether the counters take it."""

from __future__ import annotations

import asyncio
import re

import structlog

from actions.appointments.priority import without_ages
from actions.procedures.facts import Counter, counter_of
from actions.procedures.subject import named_words
from actions.procedures.titles import called, shorten
from actions.services import Services
from actions.wording import say
from knowledge_base.decision import Verdict
from knowledge_base.errors import Unavailable
from knowledge_base.focus import about
from knowledge_base.text import expand, words

log = structlog.get_logger()
# What is said of a procedure the Center's counters do not take: where the message names it, where it was asked about.
NOT_TAKEN = {
    Counter.POLICE: ("booking.police", "booking.police_asked"),
    Counter.ELSEWHERE: ("booking.elsewhere", "booking.elsewhere_asked"),
}
WHEN_AND_WHERE = re.compile(
    r"\b(?:(?:ở |o |tại |tai )?(?:chi nhánh|chi nhanh|cn|phường|phuong|xã|xa|quận|quan)(?: (?:số|so))? [^\s]+"
    r"|(?:ngày |ngay )?\d+(?: \d+)*(?: (?:h|g|giờ|gio|tháng|thang)\b)?(?: \d+)?"
    r"|(?:sáng|sang|chiều|chieu|trưa|trua|tối|toi) (?:mai|nay|kia|thứ|thu)\b|ngày mai|ngay mai|hôm nay|hom nay"
    r"|(?:thứ|thu) (?:hai|ba|tư|tu|năm|nam|sáu|sau|bảy|bay|\d)|lúc|luc(?= \d)|tuần sau|tuan sau|tuần này|tuan nay"
    r"|đặt lịch|dat lich|đặt hẹn|dat hen|hẹn|hen|nộp|nop)\b"
)
FOR_WHOM = re.compile(
    r"\b(?:cho|giúp|giup|hộ|ho) (?:mẹ|me|bố|bo|cha|ông|ong|bà|ba|cụ|cu|người già|nguoi gia)"
    r"(?: (?:tôi|toi|em|mình|minh))?\b"
)
_WRONG = r"(?:(?:à|a|ơ|o|ôi|không|khong|ko) )*(?:(?:nhầm|nham|lộn|lon) )?(?:(?:rồi|roi|là|la) )*"
INSTEAD = re.compile(
    rf"^{_WRONG}(.+?) (?:chứ|chu) (?:không|khong|ko)(?: phải| phai)?\b"
    r"|\b(?:không|khong|ko) (?:phải|phai) .+? (?:mà|ma)(?: (?:là|la))? (.+)$"
    r"|^(?:(?:à|a|ơ|o|ôi) )?(?:nhầm|nham|lộn|lon)(?: (?:rồi|roi))? "
    r"((?:làm|lam|đi làm|đăng ký|dang ky|xin|cấp|cap) .+)$"
)


def errand(text: str) -> str:
    """What one comes for: the message without the words of booking, person, place, day and hour."""
    return WHEN_AND_WHERE.sub(" ", about(FOR_WHOM.sub(" ", without_ages(text))))


def corrected(text: str) -> str:
    """The errand that a correction names: "làm kết hôn chứ không phải khai sinh", "không phải X mà là Y"; or empty."""
    match = INSTEAD.search(" ".join(words(expand(text))))
    return next((part for part in match.groups() if part), "") if match else ""


async def named_procedure(services: Services, text: str, sure: bool = False) -> str | None:
    """The procedure that `text` comes for, besides place and time; `sure`: only one that search would state."""
    if not text or not named_words(errand(text)):
        return None
    try:
        decision = await asyncio.to_thread(services.search().search, errand(text))
    except Unavailable as error:  # an appointment can be made without naming what for
        log.warning("errand not looked up", code=error.code.value, detail=error.detail)
        return None
    taken = (Verdict.ANSWER,) if sure else (Verdict.ANSWER, Verdict.CLARIFY)
    return decision.best.code if decision.verdict in taken and decision.best else None


def not_taken(services: Services, code: str | None, named: bool) -> str:
    """What to know before one comes for a procedure that the Center's counters do not take; else empty."""
    procedure = services.search().get(code) if code else None
    counter = counter_of(procedure) if procedure else Counter.CENTER
    if procedure is None or counter not in NOT_TAKEN:
        return ""
    bare, asked = NOT_TAKEN[counter]
    return say(bare) if named else say(asked, name=shorten(called(procedure), 80))
