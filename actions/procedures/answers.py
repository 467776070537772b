"""The answer to a question about one procedure: first line answers, then the detail, then source, date and link."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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
    Trace,
)
from actions.procedures import facts
from actions.procedures.deadlines import asks_deadline, deadline_lines
from actions.procedures.titles import called, distinct_names, distinct_titles
from actions.procedures.wants import Aspect, asks_penalty, asks_photo, asks_post
from actions.wording import say
from knowledge_base.decision import Candidate
from knowledge_base.focus import subject_words
from knowledge_base.passages import LINE_LIMIT, Passage, find_passages, lines_of, standing_passages
from knowledge_base.procedure import Procedure, Trust
from knowledge_base.text import fold, words

QUOTES = 5
FOLD_FROM = 8  # lines; a longer section may be folded by the channel

Style = str
Part = Callable[[Procedure], list[str]]

_OVERVIEW = (Aspect.DOCUMENTS, Aspect.FEE, Aspect.DURATION, Aspect.WHERE)
# Parts of the record in which the answer to each want may stand, for quoting.
_PARTS: dict[Aspect, tuple[str, ...]] = {
    Aspect.DOCUMENTS: ("documents",),
    Aspect.FEE: ("fee",),
    Aspect.DURATION: ("duration", "conditions", "steps"),
    Aspect.WHERE: ("where", "steps"),
    Aspect.STEPS: ("steps",),
    Aspect.CONDITIONS: ("conditions", "steps"),
    Aspect.FORM: ("documents",),
    Aspect.ONLINE: ("where", "steps"),
    Aspect.RESULT: ("result", "steps"),
}
_BUTTONS = (Aspect.DOCUMENTS, Aspect.FEE, Aspect.DURATION, Aspect.WHERE, Aspect.STEPS, Aspect.FORM)


def answer(
    procedure: Procedure, aspects: list[Aspect], question: str = "", names: dict[str, str] | None = None
) -> Reply:
    """Reply about `procedure` for each of `aspects`.

    `question` selects the passages to quote; `names` maps codes to names for the confusions.
    """
    if procedure.names_only:
        return _names_only(procedure, aspects)
    parts = list(_OVERVIEW) if Aspect.OVERVIEW in aspects else list(dict.fromkeys(aspects))
    sections: list[Section] = []
    if Aspect.OVERVIEW in aspects and procedure.summary:
        sections.append(Section(heading=say("answers.heading_overview"), lines=[procedure.summary]))
    for aspect in parts:
        sections.extend(section_of(procedure, aspect))
    limited = asks_deadline(question)
    if limited:
        sections.insert(0, _deadline(procedure))
    found = _found(procedure, question, aspects) if question else []
    fined = asks_penalty(question)
    if fined:
        found = [passage for passage in found if "phat" in fold(passage.text).split()]
    quoted = _unseen(procedure, found, sections)
    if quoted and Aspect.CONDITIONS in aspects:
        sections.insert(0, quoted_section(quoted))  # "nhờ người khác được không": the line that says so is the answer
    elif quoted:
        sections.append(quoted_section(quoted).model_copy(update={"folded": True}))
    elif _left_open(procedure, question, aspects, bool(found), fined):
        sections.insert(0, Section(lines=[say("answers.not_in_record")]))
    if Aspect.OVERVIEW in aspects:
        sections.extend(_confusions(procedure, names or {}))
    first = say("answers.first_deadline", name=called(procedure)) if limited else _first(procedure, aspects, parts)
    if Aspect.ONLINE in aspects and asks_post(question):
        first, sections = _by_post(procedure, first, sections, alone=len(parts) == 1)
    return _card(procedure, aspects, first, sections, follow_ups(procedure, parts))


def _deadline(procedure: Procedure) -> Section:
    """By when to file, in the record's words; that it does not say so where it does not."""
    lines = [_ended(line) for line in deadline_lines(procedure)] or [say("answers.deadline_missing")]
    return Section(heading=say("answers.heading_deadline"), lines=lines, style="list")


def _left_open(procedure: Procedure, question: str, aspects: list[Aspect], found: bool, fined: bool) -> bool:
    """Whether the record does not speak of just what is asked."""
    if asks_photo(question):
        return not any("ảnh" in words(line.text) for line in lines_of(procedure))
    bare = not procedure.conditions or fined or bool(subject_words(question))
    return Aspect.CONDITIONS in aspects and not found and bare


def _by_post(procedure: Procedure, first: str, sections: list[Section], alone: bool) -> tuple[str, list[Section]]:
    """What the record says of filing by post, in place of what it says of the net."""
    lines = facts.postal_lines(procedure)
    net = say("answers.heading_online")
    kept = [section for section in sections if section.heading != net]
    if lines:
        kept.insert(0, Section(heading=say("answers.heading_postal"), lines=lines, style="list"))
    name = called(procedure)
    told = say("answers.first_postal_yes", name=name) if lines else say("answers.first_postal_no", name=name)
    return (told if alone else first), kept


def _first(procedure: Procedure, aspects: list[Aspect], parts: list[Aspect]) -> str:
    """The first line: the answer to one want, or what the card tells about several."""
    if len(parts) == 1 or Aspect.OVERVIEW in aspects:
        return first_line(procedure, aspects[0])
    wants = [say(f"answers.heading_{aspect.value}").lower() for aspect in parts]
    joined = say("answers.first_and", several=", ".join(wants[:-1]), last=wants[-1])
    return say("answers.first_several", name=called(procedure), wants=joined)


def _names_only(procedure: Procedure, aspects: list[Aspect]) -> Reply:
    """The answer where no source tells more than a name: that it is so, what else is known, a person to ask.

    Where even the agency is not known, nothing is said of where to file and no appointment is offered.
    """
    sections = [Section(lines=[say("answers.names_only")])]
    if procedure.agencies:
        sections += section_of(procedure, Aspect.WHERE)
    for aspect in (Aspect.RESULT, Aspect.LEGAL_BASIS):
        if aspect in aspects and _SIMPLE[aspect][0](procedure):
            sections += section_of(procedure, aspect)
    first = first_line(procedure, Aspect.WHERE if aspects[0] is Aspect.WHERE else Aspect.OVERVIEW)
    choices = follow_ups(procedure, list(_BUTTONS)) if procedure.agencies else []
    human = Choice(title=say("answers.button_human"), command=Command(intent="talk_to_human"))
    return _card(procedure, aspects, first, sections, [*choices, human])


def _card(
    procedure: Procedure, aspects: list[Aspect], first: str, sections: list[Section], choices: list[Choice]
) -> Reply:
    source = source_of(procedure)
    card = CardMessage(
        text=plain(first, sections, source), title=first, sections=sections, source=source, choices=choices
    )
    aspect = Aspect.OVERVIEW if Aspect.OVERVIEW in aspects else aspects[0]
    return Reply(messages=[card], trace=Trace(behaviour=Behaviour.ANSWER, procedure=procedure.code, aspect=aspect))


def source_of(procedure: Procedure) -> SourceLine:
    """Where the facts come from; with the official name where the answer goes by a shorter one."""
    return SourceLine(
        code=procedure.code,
        name="" if called(procedure) in procedure.name else procedure.name,
        decision=procedure.source.decision,
        data_date=procedure.source.data_date,
        url=procedure.source.url,
    )


def section_of(procedure: Procedure, aspect: Aspect) -> list[Section]:
    """The section(s) of one want; a missing field is said to be missing."""
    heading = say(f"answers.heading_{aspect.value}")
    if aspect is Aspect.DOCUMENTS:
        return _documents(procedure, heading)
    part, missing, style = _SIMPLE[aspect]
    lines = part(procedure) or ([say(f"answers.{missing}")] if missing else [])
    if not lines:
        return []
    return [Section(heading=heading, lines=lines, style=style, folded=len(lines) > FOLD_FROM)]  # type: ignore[arg-type]


_SIMPLE: dict[Aspect, tuple[Part, str, Style]] = {
    Aspect.FEE: (facts.fee_lines, "fee_missing", "list"),
    Aspect.DURATION: (facts.duration_lines, "duration_missing", "list"),
    Aspect.WHERE: (facts.where_lines, "", "list"),
    Aspect.STEPS: (facts.step_lines, "steps_missing", "steps"),
    Aspect.CONDITIONS: (lambda p: p.conditions.splitlines(), "conditions_missing", "plain"),
    Aspect.FORM: (facts.form_lines, "form_none", "list"),
    Aspect.RESULT: (lambda p: list(p.results), "result_missing", "list"),
    Aspect.LEGAL_BASIS: (facts.legal_lines, "legal_missing", "list"),
    Aspect.ONLINE: (facts.online_lines, "", "list"),
}


def _documents(procedure: Procedure, heading: str) -> list[Section]:
    groups = facts.paper_groups(procedure)
    if not groups:
        return [Section(heading=heading, lines=[say("answers.papers_missing")])]
    sections = []
    for index, (case, lines) in enumerate(groups):
        title = f"{heading} – {case}" if case else heading
        folded = len(lines) > FOLD_FROM or index > 2
        sections.append(Section(heading=title, lines=lines, style="list", folded=folded))
    return sections


def first_line(procedure: Procedure, aspect: Aspect) -> str:
    """The line that answers."""
    name = called(procedure)
    if aspect is Aspect.DOCUMENTS:
        cases = [g.case for g in procedure.paper_groups if g.papers]
        if len(cases) > 1:
            return say("answers.first_documents_cases", name=name, cases=len(cases))
        if procedure.papers:
            return say("answers.first_documents", name=name, count=len(procedure.papers))
        return say("answers.first_overview", name=name)
    if aspect is Aspect.WHERE:
        if procedure.agencies:
            return say("answers.first_where", name=name, agency="; ".join(procedure.agencies[:3]))
        return say("answers.first_where_unknown", name=name)
    if aspect is Aspect.ONLINE:
        online = any(m.channel.value == "online" for m in procedure.methods)
        return say(f"answers.first_online_{'yes' if online else 'no'}", name=name)
    if aspect is Aspect.FEE and (told := facts.one_fee(procedure)):
        return say("answers.first_fee_one", name=name, told=told)
    if aspect is Aspect.DURATION and (told := facts.one_duration(procedure)):
        return say("answers.first_duration_one", name=name, told=told)
    if aspect in (Aspect.STEPS, Aspect.LEGAL_BASIS):
        count = len(_SIMPLE[aspect][0](procedure))
        return say(f"answers.first_{aspect.value}", name=name, count=count) if count else name
    return say(f"answers.first_{aspect.value}", name=name)


def _found(procedure: Procedure, question: str, aspects: list[Aspect]) -> list[Passage]:
    """Passages that fit the question, then those that always bear on the want."""
    parts = tuple(part for aspect in aspects for part in _PARTS.get(aspect, ()))
    found = find_passages(procedure, question, parts)
    for aspect in aspects:
        if aspect in (Aspect.WHERE, Aspect.DURATION):
            found += standing_passages(procedure, aspect.value)
    return found


def _unseen(procedure: Procedure, found: list[Passage], sections: list[Section]) -> list[Passage]:
    """Those of `found` that are not in the answer already."""
    shown = fold("\n".join(line for section in sections for line in section.lines))
    unseen = {fold(p.text): p for p in found if fold(p.text) not in shown and not _doubtful(procedure, p)}
    return list(unseen.values())[:QUOTES]


def _doubtful(procedure: Procedure, passage: Passage) -> bool:
    """Whether a bare quote would state what is in doubt: it is shown with its mark, in its own section, or not at all.

    Beside a doubtful fee no line of the fee table is quoted; an imported one may hold the very amount that an officer
    doubted in other words.
    """
    if passage.part == "fee":
        return any(fee.trust is Trust.DOUBTFUL for method in procedure.methods for fee in method.fees)
    times = [method.duration for method in procedure.methods if method.duration.trust is Trust.DOUBTFUL]
    return passage.part == "duration" and any(fold(passage.text) in fold(time.text) for time in times)


def quoted_section(passages: list[Passage]) -> Section:
    return Section(heading=say("answers.heading_passages"), lines=[_ended(p.text) for p in passages], style="list")


def _ended(line: str) -> str:
    """A line that was cut for its length ends at a whole word and shows it: half a number is another number."""
    return line if len(line) < LINE_LIMIT else f"{line.rsplit(' ', 1)[0].rstrip(' ,;')}…"


def _confusions(procedure: Procedure, names: dict[str, str]) -> list[Section]:
    lines = [
        say("answers.confusion_line", name=names[c.code], code=c.code, when=c.when)
        for c in procedure.confusions
        if c.code in names
    ]
    return [Section(heading=say("answers.heading_confusions"), lines=lines, style="list", folded=True)] if lines else []


def plain(first: str, sections: list[Section], source: SourceLine | None) -> str:
    """The plain-text form, with every fact of the card."""
    blocks = [first]
    for section in sections:
        lines = list(section.lines)
        if section.style == "list":
            lines = [f"• {line}" for line in lines]
        elif section.style == "steps":
            lines = [f"{number}. {line}" for number, line in enumerate(lines, start=1)]
        if lines:
            blocks.append("\n".join([f"{section.heading}:", *lines] if section.heading else lines))
    if source:
        blocks.append(source_text(source))
    return "\n\n".join(blocks)


def source_text(source: SourceLine) -> str:
    return say(
        "answers.source",
        code=source.code,
        name=say("answers.source_name", name=source.name) if source.name else "",
        decision=say("answers.source_decision", decision=source.decision) if source.decision else "",
        date=say("answers.source_date", date=f"{source.data_date:%d/%m/%Y}") if source.data_date else "",
        url=f"\n{source.url}" if source.url else "",
    )


def follow_ups(procedure: Procedure, shown: list[Aspect]) -> list[Choice]:
    """Buttons for what was not shown, then the booking where the Center takes the procedure."""
    choices = [
        Choice(
            title=say(f"answers.button_{aspect.value}"),
            command=Command(intent="choose_procedure", entities={"procedure_code": procedure.code, "aspect": aspect}),
        )
        for aspect in _BUTTONS
        if aspect not in shown
    ]
    if facts.counter_of(procedure) in (facts.Counter.CENTER, facts.Counter.UNKNOWN):
        choices.append(
            Choice(
                title=say("answers.button_book"),
                command=Command(intent="book_appointment", entities={"procedure_code": procedure.code}),
            )
        )
    return choices


def clarify(candidates: list[Candidate], aspect: Aspect) -> Reply:
    """Two to four procedures as buttons, and as a numbered list that may be answered by number."""
    lines = [say("answers.clarify")]
    lines += [
        say("answers.clarify_line", number=number, name=name)
        for number, name in enumerate(distinct_names(candidates), start=1)
    ]
    choices = [
        Choice(
            title=title,
            command=Command(
                intent="choose_procedure", entities={"procedure_code": candidate.code, "aspect": aspect.value}
            ),
        )
        for title, candidate in zip(distinct_titles(candidates), candidates, strict=True)
    ]
    return Reply(
        messages=[ChoicesMessage(text="\n".join(lines), choices=choices)],
        trace=Trace(behaviour=Behaviour.CLARIFY, aspect=aspect),
    )


def abstain(
    key: str = "abstain", behaviour: Behaviour = Behaviour.HANDOFF, way_on: Sequence[Choice] = ()
) -> Reply:
    """Nothing fits: say so, name no procedure, offer a person, and before that any `way_on`."""
    human = Choice(title=say("answers.button_human"), command=Command(intent="talk_to_human"))
    message: Message = ChoicesMessage(text=say(f"answers.{key}"), choices=[*way_on, human])
    return Reply(messages=[message], trace=Trace(behaviour=behaviour))
