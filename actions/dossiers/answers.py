"""What a citizen is told about a dossier: the status card, and a way on for each thing that can go wrong."""

from __future__ import annotations

import datetime as dt
import math

from actions.clock import HANOI
from actions.dossiers.card import sections_of, told_date
from actions.dossiers.codes import DossierCode, Part
from actions.dossiers.status import StatusAnswer
from actions.messages import (
    Behaviour,
    CardMessage,
    Choice,
    ChoicesMessage,
    Command,
    Message,
    Reply,
    Section,
    SourceLine,
    TextMessage,
    Trace,
)
from actions.wording import say, say_error, sentences
from knowledge_base.errors import ErrorCode, TthcError

MINUTES_TOLD = 90  # beyond it hours are told
PORTAL_URL = "https://dichvucong.gov.vn"

BEHAVIOURS = {
    ErrorCode.DOSSIER_CODE_MALFORMED: Behaviour.ASK_SLOT,
    ErrorCode.DOSSIER_DATE_IMPOSSIBLE: Behaviour.ASK_SLOT,
    ErrorCode.DOSSIER_FACTOR_MALFORMED: Behaviour.ASK_SLOT,
    ErrorCode.DOSSIER_OTHER_PROVINCE: Behaviour.DECLINE,
    ErrorCode.DOSSIER_ELSEWHERE: Behaviour.STATUS,
    ErrorCode.DOSSIER_REFUSED: Behaviour.STATUS,
    ErrorCode.DOSSIER_TOO_MANY_TRIES: Behaviour.DECLINE,
    ErrorCode.DOSSIER_SYSTEM_DOWN: Behaviour.DEGRADED,
}
WITH_PORTAL = {
    ErrorCode.DOSSIER_OTHER_PROVINCE,
    ErrorCode.DOSSIER_ELSEWHERE,
    ErrorCode.DOSSIER_REFUSED,
    ErrorCode.DOSSIER_TOO_MANY_TRIES,
    ErrorCode.DOSSIER_SYSTEM_DOWN,
}


def status_reply(answer: StatusAnswer) -> Reply:
    """The status card.  Its `text` holds every fact of its sections."""
    title = say("dossiers.card_title", code=answer.code)
    as_of = say("dossiers.as_of", time=f"{answer.as_of.astimezone(HANOI):%H:%M}", date=told_date(answer.as_of))
    sections = [section for section in sections_of(answer) if section.lines]
    text = [title]
    for section in sections:
        text += [section.heading] if section.style == "list" else []
        text += [f"- {line}" for line in section.lines] if section.style == "list" else section.lines
    card = CardMessage(
        text="\n".join([*text, as_of]),
        title=title,
        sections=[*sections, Section(lines=[as_of])],
        source=_source(answer),
    )
    return Reply(messages=[card], trace=Trace(behaviour=Behaviour.STATUS, procedure=answer.procedure_code or None))


def error_reply(error: TthcError) -> Reply:
    """The sentence for an error of this room, and the national portal where it is the way on."""
    text = _error_text(error)
    message: Message = TextMessage(text=text)
    if error.code in WITH_PORTAL:
        message = ChoicesMessage(text=text, choices=[Choice(title=say("dossiers.portal"), url=PORTAL_URL)])
    behaviour = BEHAVIOURS.get(error.code, Behaviour.DEGRADED)
    return Reply(messages=[message], trace=Trace(behaviour=behaviour, error=error.code.value))


def ask_code_reply(without: bool = False) -> Reply:
    """`without`: asked before, and the answer held no code: where it stands, and what to do without it."""
    return _asking(say("dossiers.ask_code_again" if without else "dossiers.ask_code"))


def ask_factor_reply(again: bool = False) -> Reply:
    """`again`: it was asked before, so that the way around it is told as well."""
    return _asking(say("dossiers.ask_factor_again" if again else "dossiers.ask_factor"))


def confirm_code_reply(code: DossierCode, yes: Command, no: Command) -> Reply:
    """Asks whether a code typed without punctuation was read rightly; `yes` and `no` belong to the dialogue."""
    choices = [
        Choice(title=say("dossiers.confirm_yes"), command=yes),
        Choice(title=say("dossiers.confirm_no"), command=no),
    ]
    message = ChoicesMessage(text=say("dossiers.confirm_code", code=code), choices=choices)
    return Reply(messages=[message], trace=Trace(behaviour=Behaviour.CLARIFY))


def _asking(text: str) -> Reply:
    return Reply(messages=[TextMessage(text=text)], trace=Trace(behaviour=Behaviour.ASK_SLOT))


def _error_text(error: TthcError) -> str:
    missing = error.data.get("missing")
    if error.code is ErrorCode.DOSSIER_CODE_MALFORMED and isinstance(missing, list) and missing:
        parts = [say(f"dossiers.part_{part.value}") for part in Part if part.value in missing]
        return say("dossiers.incomplete", parts=f" {say('dossiers.part_join')} ".join(parts))
    if error.code is ErrorCode.DOSSIER_DATE_IMPOSSIBLE:
        return _date_text(error)
    minutes = error.data.get("minutes")
    if error.code is ErrorCode.DOSSIER_TOO_MANY_TRIES and isinstance(minutes, int) and minutes > MINUTES_TOLD:
        return say("dossiers.too_many_tries_hours", hours=math.ceil(minutes / 60))
    province = error.data.get("province")
    if error.code is ErrorCode.DOSSIER_OTHER_PROVINCE and f"dossiers.province_{province}" in sentences():
        return say("dossiers.other_province_named", province=province, name=say(f"dossiers.province_{province}"))
    return say_error(error)


def _date_text(error: TthcError) -> str:
    meant = error.data.get("meant")
    if isinstance(meant, dt.date):
        return say("dossiers.date_day_first", day=f"{meant:%d/%m/%Y}", digits=f"{meant:%y%m%d}")
    if error.data.get("future"):
        return say("dossiers.date_future")
    return say("dossiers.date_early") if error.data.get("early") else say_error(error)


def _source(answer: StatusAnswer) -> SourceLine | None:
    if not answer.procedure_code:
        return None
    return SourceLine(code=answer.procedure_code, data_date=answer.as_of.astimezone(HANOI).date())
