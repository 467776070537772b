"""What a citizen is told about a dossier: the status card, and a way on for each thing that can go wrong."""

from __future__ import annotations

import datetime as dt
import math

from actions.clock import HANOI
from actions.dossiers.codes import DossierCode, Part
from actions.dossiers.model import DossierStatus, FeeDue, Supplement
from actions.dossiers.on_time import LateReason, Punctuality
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
CLOSED_WITHOUT_RESULT = {DossierStatus.NOT_RECEIVED, DossierStatus.WITHDRAWN, DossierStatus.STOPPED}

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
    as_of = say("dossiers.as_of", time=f"{answer.as_of.astimezone(HANOI):%H:%M}", date=_date(answer.as_of))
    sections = [section for section in _sections(answer) if section.lines]
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


def ask_code_reply() -> Reply:
    return _asking(say("dossiers.ask_code"))


def ask_factor_reply() -> Reply:
    return _asking(say("dossiers.ask_factor"))


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
    if error.code is ErrorCode.DOSSIER_DATE_IMPOSSIBLE and error.data.get("future"):
        return say("dossiers.date_future")
    minutes = error.data.get("minutes")
    if error.code is ErrorCode.DOSSIER_TOO_MANY_TRIES and isinstance(minutes, int) and minutes > MINUTES_TOLD:
        return say("dossiers.too_many_tries_hours", hours=math.ceil(minutes / 60))
    province = error.data.get("province")
    if error.code is ErrorCode.DOSSIER_OTHER_PROVINCE and f"dossiers.province_{province}" in sentences():
        return say("dossiers.other_province_named", province=province, name=say(f"dossiers.province_{province}"))
    return say_error(error)


def _sections(answer: StatusAnswer) -> list[Section]:
    return [
        Section(lines=_head(answer)),
        Section(heading=say("dossiers.heading_time"), lines=_time(answer)),
        Section(heading=say("dossiers.heading_next"), lines=_next(answer)),
        Section(heading=say("dossiers.heading_supplements"), lines=_supplements(answer), style="list"),
        Section(heading=say("dossiers.heading_fees"), lines=[_fee(fee) for fee in answer.fees], style="list"),
        Section(heading=say("dossiers.heading_results"), lines=list(answer.results), style="list"),
        Section(heading=say("dossiers.heading_notes"), lines=list(answer.notes), style="list"),
        Section(heading=say("dossiers.heading_places"), lines=_places(answer), folded=True),
    ]


def _head(answer: StatusAnswer) -> list[str]:
    if answer.info is not None:
        lines = [say("dossiers.status", name=answer.info.name, meaning=answer.info.meaning)]
    elif answer.status_raw:
        lines = [say("dossiers.status_unknown", raw=answer.status_raw)]
    else:
        lines = [say("dossiers.status_unknown_empty")]
    name = _procedure(answer.procedure_name)
    if name and answer.procedure_code:
        lines.append(say("dossiers.procedure_with_code", name=name, code=answer.procedure_code))
    elif name := name or answer.procedure_code:
        lines.append(say("dossiers.procedure", name=name))
    if answer.owner_masked:
        lines.append(say("dossiers.owner", name=answer.owner_masked))
    return lines


def _procedure(name: str) -> str:
    """The name without the word that the line begins with anyway."""
    word = say("dossiers.procedure_word")
    if name.casefold().startswith(f"{word} ".casefold()):
        name = name[len(word) :].strip()
    return name[:1].upper() + name[1:]


def _time(answer: StatusAnswer) -> list[str]:
    without_result = answer.status in CLOSED_WITHOUT_RESULT
    lines = [] if without_result and answer.punctuality is Punctuality.UNKNOWN else [_punctuality(answer)]
    if answer.received_at is not None:
        lines.append(say("dossiers.received_at", date=_date(answer.received_at)))
    if answer.due_at is not None:
        lines.append(say("dossiers.due_at", date=_moment(answer.due_at)))
    elif answer.punctuality is not Punctuality.NOT_STARTED and not without_result:
        lines.append(say("dossiers.no_due"))
    if answer.finished_at is not None:
        key = "dossiers.closed_at" if without_result else "dossiers.finished_at"
        lines.append(say(key, date=_date(answer.finished_at)))
    if answer.returned_at is not None:
        lines.append(say("dossiers.returned_at", date=_date(answer.returned_at)))
    return lines


def _punctuality(answer: StatusAnswer) -> str:
    without_result = answer.status in CLOSED_WITHOUT_RESULT
    if answer.late_reason is LateReason.NONE:
        return say("dossiers.closed_on_time" if without_result else f"dossiers.time_{answer.punctuality.value}")
    kind = "closed_late" if without_result else answer.punctuality.value
    key = f"dossiers.{kind}_{answer.late_reason.value}"
    if answer.late_reason is LateReason.DUE_PASSED and answer.due_at is not None:
        return say(key, due=_moment(answer.due_at))
    return say(key)


def _next(answer: StatusAnswer) -> list[str]:
    if answer.info is None:
        return []
    with_agency = answer.status in (DossierStatus.RECEIVED, DossierStatus.PROCESSING)
    late = with_agency and answer.punctuality is Punctuality.LATE
    todo = say("dossiers.todo_late") if late else answer.info.todo
    return [say("dossiers.next", text=answer.info.next), say("dossiers.todo", text=todo)]


def _supplements(answer: StatusAnswer) -> list[str]:
    return [_supplement(supplement) for supplement in answer.supplements]


def _supplement(supplement: Supplement) -> str:
    content = supplement.content or say("dossiers.supplement_content_missing")
    line = say("dossiers.supplement", content=content)
    if supplement.requested_at is not None:
        line = say("dossiers.supplement_dated", content=content, date=_date(supplement.requested_at))
    if supplement.new_due is not None:
        line = say("dossiers.supplement_due", line=line, due=_moment(supplement.new_due))
    return line


def _fee(fee: FeeDue) -> str:
    key = {None: "dossiers.fee", True: "dossiers.fee_paid", False: "dossiers.fee_unpaid"}[fee.paid]
    amount = f"{fee.amount:,}".replace(",", ".")
    return say(key, name=fee.name or say("dossiers.fee_name_missing"), amount=amount)


def _places(answer: StatusAnswer) -> list[str]:
    places = {
        "dossiers.received_place": answer.received_place,
        "dossiers.handling_unit": answer.handling_unit,
        "dossiers.agency": answer.agency,
    }
    return [say(key, name=name) for key, name in places.items() if name]


def _source(answer: StatusAnswer) -> SourceLine | None:
    if not answer.procedure_code:
        return None
    return SourceLine(code=answer.procedure_code, data_date=answer.as_of.astimezone(HANOI).date())


def _date(moment: dt.datetime) -> str:
    return f"{moment.astimezone(HANOI):%d/%m/%Y}"


def _moment(moment: dt.datetime) -> str:
    """The day, with the hour where the system gave one."""
    local = moment.astimezone(HANOI)
    if local.time() == dt.time():
        return _date(local)
    return say("dossiers.moment", time=f"{local:%H:%M}", date=_date(local))
