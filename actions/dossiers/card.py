"""The sections of the status card: where a dossier stands, whether it is in time, what to do by when, where to collect.

Only what the record says is told: no date, place or amount is made here.
"""

from __future__ import annotations

import datetime as dt

from actions.clock import HANOI
from actions.dossiers.model import Delivery, DossierStatus, FeeDue, StatusInfo, Supplement
from actions.dossiers.on_time import LateReason, Punctuality
from actions.dossiers.status import StatusAnswer
from actions.messages import Section
from actions.wording import say

S = DossierStatus
CLOSED_WITHOUT_RESULT = {S.NOT_RECEIVED, S.WITHDRAWN, S.STOPPED}
WITH_AGENCY = {S.RECEIVED, S.PROCESSING}
NOT_FETCHED = {Delivery.POST: "dossiers.todo_done_post", Delivery.ONLINE: "dossiers.todo_done_online"}
COLLECTED = {
    Delivery.IN_PERSON: "dossiers.collect_in_person",
    Delivery.POST: "dossiers.collect_post",
    Delivery.ONLINE: "dossiers.collect_online",
}


def sections_of(answer: StatusAnswer) -> list[Section]:
    """All sections in their order; those without lines are left out by the caller."""
    fees = "dossiers.heading_fees_due" if answer.status is S.PAYMENT else "dossiers.heading_fees"
    return [
        Section(lines=_head(answer)),
        Section(heading=say("dossiers.heading_time"), lines=_time(answer)),
        Section(heading=say("dossiers.heading_next"), lines=_next(answer)),
        Section(heading=say("dossiers.heading_supplements"), lines=_supplements(answer), style="list"),
        Section(heading=say(fees), lines=_fees(answer), style="list"),
        Section(heading=say("dossiers.heading_collect"), lines=_collect(answer), folded=answer.status is not S.DONE),
        Section(heading=say("dossiers.heading_results"), lines=list(answer.results), style="list"),
        Section(heading=say("dossiers.heading_notes"), lines=list(answer.notes), style="list"),
        Section(heading=say("dossiers.heading_places"), lines=_places(answer), folded=True),
    ]


def told_date(moment: dt.datetime) -> str:
    return f"{moment.astimezone(HANOI):%d/%m/%Y}"


def told_moment(moment: dt.datetime) -> str:
    """The day, with the hour where the system gave one."""
    local = moment.astimezone(HANOI)
    if local.time() == dt.time():
        return told_date(local)
    return say("dossiers.moment", time=f"{local:%H:%M}", date=told_date(local))


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
    lines += _apology(answer)
    if answer.received_at is not None:
        lines.append(say("dossiers.received_at", date=told_date(answer.received_at)))
    if answer.due_at is not None:
        lines.append(say("dossiers.due_at", date=told_moment(answer.due_at)))
    elif answer.punctuality is not Punctuality.NOT_STARTED and not without_result:
        lines.append(say("dossiers.no_due"))
    if answer.finished_at is not None:
        key = "dossiers.closed_at" if without_result else "dossiers.finished_at"
        lines.append(say(key, date=told_date(answer.finished_at)))
    if answer.returned_at is not None:
        lines.append(say("dossiers.returned_at", date=told_date(answer.returned_at)))
    return lines


def _punctuality(answer: StatusAnswer) -> str:
    without_result = answer.status in CLOSED_WITHOUT_RESULT
    if answer.late_reason is LateReason.NONE:
        ended = answer.punctuality is Punctuality.ENDED_ON_TIME
        key = "dossiers.closed_on_time" if without_result and ended else f"dossiers.time_{answer.punctuality.value}"
        return say(key)
    kind = "closed_late" if without_result else answer.punctuality.value
    key = f"dossiers.{kind}_{answer.late_reason.value}"
    if answer.late_reason is LateReason.DUE_PASSED and answer.due_at is not None:
        return say(key, due=told_moment(answer.due_at))
    return say(key)


def _apology(answer: StatusAnswer) -> list[str]:
    """The written apology as the system has it; for a late dossier also that the system has none."""
    apology = answer.apology
    if apology is None:
        running_late = answer.punctuality is Punctuality.LATE and answer.late_reason is LateReason.DUE_PASSED
        return [say("dossiers.no_apology")] if running_late else []
    lines = [say("dossiers.apology")]
    if apology.sent_at is not None:
        lines = [say("dossiers.apology_dated", date=told_date(apology.sent_at))]
    if apology.new_due is not None:
        passed = _end(apology.new_due) < answer.as_of and answer.punctuality is Punctuality.LATE
        key = "dossiers.apology_date_passed" if passed else "dossiers.apology_date"
        lines.append(say(key, date=told_moment(apology.new_due)))
    else:
        lines.append(say("dossiers.apology_no_date"))
    if apology.reason:
        lines.append(say("dossiers.apology_reason", reason=apology.reason))
    return lines


def _next(answer: StatusAnswer) -> list[str]:
    if answer.info is None:
        return []
    lines = [say("dossiers.next", text=answer.info.next), say("dossiers.todo", text=_todo(answer, answer.info))]
    by_when = _by_when(answer, answer.info)
    return [*lines, say("dossiers.by_when", text=by_when)] if by_when else lines


def _todo(answer: StatusAnswer, info: StatusInfo) -> str:
    """What the citizen should do: the state's own words, unless lateness or the way of delivery says otherwise."""
    if answer.status in WITH_AGENCY and answer.punctuality is Punctuality.LATE:
        promised = answer.apology.new_due if answer.apology else None
        if promised is not None and _end(promised) >= answer.as_of:
            return say("dossiers.todo_late_promised", date=told_moment(promised))
        return say("dossiers.todo_late")
    if answer.status in WITH_AGENCY and answer.punctuality is Punctuality.UNCOUNTED:
        return say("dossiers.todo_late")
    if answer.status is S.DONE and answer.delivery in NOT_FETCHED:
        return say(NOT_FETCHED[answer.delivery])
    return info.todo


def _by_when(answer: StatusAnswer, info: StatusInfo) -> str:
    if answer.status is S.SUPPLEMENT:
        limits = [one.answer_by for one in answer.supplements if one.answer_by and not one.answered_at]
        if limits:
            return say("dossiers.by_when_date", date=told_moment(min(limits)))
    return "" if answer.status is S.DONE and answer.delivery in NOT_FETCHED else info.by_when


def _supplements(answer: StatusAnswer) -> list[str]:
    if answer.status is S.SUPPLEMENT and not answer.supplements:
        return [say("dossiers.supplements_untold")]
    return [_supplement(supplement) for supplement in answer.supplements]


def _supplement(supplement: Supplement) -> str:
    content = supplement.content or say("dossiers.supplement_content_missing")
    line = say("dossiers.supplement", content=content)
    if supplement.requested_at is not None:
        line = say("dossiers.supplement_dated", content=content, date=told_date(supplement.requested_at))
    if supplement.answered_at is not None:
        line = say("dossiers.supplement_answered", line=line, date=told_date(supplement.answered_at))
    elif supplement.answer_by is not None:
        line = say("dossiers.supplement_by", line=line, date=told_moment(supplement.answer_by))
    if supplement.new_due is not None:
        line = say("dossiers.supplement_due", line=line, due=told_moment(supplement.new_due))
    return line


def _fees(answer: StatusAnswer) -> list[str]:
    if answer.status is S.PAYMENT and not answer.fees:
        return [say("dossiers.fees_untold")]
    return [_fee(fee) for fee in answer.fees]


def _fee(fee: FeeDue) -> str:
    key = {None: "dossiers.fee", True: "dossiers.fee_paid", False: "dossiers.fee_unpaid"}[fee.paid]
    amount = f"{fee.amount:,}".replace(",", ".")
    return say(key, name=fee.name or say("dossiers.fee_name_missing"), amount=amount)


def _collect(answer: StatusAnswer) -> list[str]:
    """How and where the result is handed over.  An address that results are sent to is the citizen's own: not told."""
    if answer.status is None or answer.status in CLOSED_WITHOUT_RESULT or answer.status is S.RETURNED:
        return []
    if answer.delivery is None:
        return [say("dossiers.collect_untold")] if answer.status is S.DONE else []
    lines = [say(COLLECTED[answer.delivery])]
    if answer.delivery is Delivery.IN_PERSON:
        lines.append(
            say("dossiers.collect_at", place=answer.collect_at) if answer.collect_at else say("dossiers.collect_slip")
        )
    return lines


def _places(answer: StatusAnswer) -> list[str]:
    places = {
        "dossiers.received_place": answer.received_place,
        "dossiers.handling_unit": answer.handling_unit,
        "dossiers.agency": answer.agency,
    }
    return [say(key, name=name) for key, name in places.items() if name]


def _end(moment: dt.datetime) -> dt.datetime:
    """To the end of its day when no hour was given."""
    local = moment.astimezone(HANOI)
    return local + dt.timedelta(days=1) if local.time() == dt.time() else local
