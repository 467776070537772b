"""The personal checklist: the record's own facts, those of one case.

Fees and times are said by `actions.procedures.facts`, so what is in doubt stays marked as everywhere else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from actions.cases import record
from actions.cases.model import UNSURE, Answer, Answers, Interview, PaperPick, Question
from actions.messages import ChecklistItem, ChecklistMessage, Section
from actions.procedures import facts
from actions.procedures.answers import plain, source_of
from actions.procedures.titles import called
from actions.wording import say
from knowledge_base.procedure import Channel, Method, Paper, Procedure

OPEN_SHOWN = 10  # papers of cases that are still open; more of them are folded

Key = tuple[int, int]  # of a paper in the record: group, place


@dataclass(frozen=True, slots=True)
class Group:
    """Papers under one heading; `counted`: with the counts and forms of the record."""

    heading: str
    papers: list[Paper]
    counted: bool = True
    case: str = ""  # still open: the papers are due only if this is the citizen's case

    def items(self) -> list[ChecklistItem]:
        return [self._item(paper) for paper in self.papers]

    def _item(self, paper: Paper) -> ChecklistItem:
        if not self.counted:
            return ChecklistItem(label=paper.name, case=self.heading)
        return ChecklistItem(
            label=paper.name, originals=paper.originals, copies=paper.copies, form=paper.form, case=self.heading
        )

    def section(self) -> Section:
        lines = [facts.paper_line(paper) if self.counted else paper.name for paper in self.papers]
        return Section(heading=self.heading, lines=lines, style="list")


def paper_sections(message: ChecklistMessage) -> list[Section]:
    """The papers of a list as lines, one section a heading."""
    found: dict[str, list[str]] = {}
    for item in message.items:
        paper = Paper(name=item.label, originals=item.originals, copies=item.copies, form=item.form)
        found.setdefault(item.case, []).append(item.label if paper.is_note else facts.paper_line(paper))
    return [Section(heading=heading, lines=lines, style="list") for heading, lines in found.items()]


def checklist(procedure: Procedure, interview: Interview, answers: Answers) -> ChecklistMessage:
    """The list for the case that `answers` describe; what was not answered, or not surely, stays open in it."""
    answers = interview.settled(answers)
    groups, notes = _papers(interview, procedure, answers)
    groups, folded = _fold(groups)
    ways = ways_to_file(interview, procedure, answers)
    # rather a fee or a way too many than none: what a newer record tells differently is not hidden
    methods = [kept if kept.fees else bare for bare, kept in ways] or procedure.methods
    narrowed = procedure.model_copy(update={"methods": methods})
    notes = list(dict.fromkeys(notes + _notes(interview, procedure, answers)))
    case = [_answered(question, answers) for question in interview.asked(answers) if question.id in answers]
    none = [] if groups or folded else [say("answers.papers_missing")]
    sections = [
        Section(heading=say("cases.heading_papers"), lines=none),
        Section(heading=say("answers.heading_where"), lines=_where(narrowed), style="list"),
        Section(heading=say("answers.heading_fee"), lines=_fees(narrowed), style="list"),
        Section(heading=say("answers.heading_duration"), lines=_times(narrowed), style="list"),
        Section(heading=say("cases.heading_notes"), lines=notes, style="list"),
        Section(heading=say("cases.heading_case"), lines=case, style="list"),
    ]
    sections = [section for section in sections if section.lines]
    title = say("cases.title", name=called(procedure))
    source = source_of(procedure)
    return ChecklistMessage(
        text=plain(title, [*(group.section() for group in groups), *_named(folded), *sections], source),
        title=title,
        items=[item for group in groups for item in group.items()],
        sections=[*(group.section().model_copy(update={"folded": True}) for group in folded), *sections],
        source=source,
    )


def _fold(groups: list[Group]) -> tuple[list[Group], list[Group]]:
    """(to tick off, to fold): the papers of open cases are folded where they would bury the others."""
    still_open = [group for group in groups if group.case]
    bare = len(still_open) == len(groups)  # nothing else to tick off: more is borne
    if sum(len(group.papers) for group in still_open) <= OPEN_SHOWN * (3 if bare else 1):
        return groups, []
    return [group for group in groups if not group.case], still_open


def _named(folded: list[Group]) -> list[Section]:
    """What the plain text says of folded cases: which there are, with how many papers, and how to see them."""
    if not folded:
        return []
    lines = [say("cases.open_case", case=group.case, count=len(group.papers)) for group in folded]
    return [Section(heading=say("cases.heading_open"), lines=[*lines, say("cases.open_more")], style="list")]


def _papers(interview: Interview, procedure: Procedure, answers: Answers) -> tuple[list[Group], list[str]]:
    """The papers to hand in, to enclose, to show, then one group for each case that is still open; and their notes."""
    chosen = interview.chosen(answers)
    open_answers = [a for q in interview.questions if _open(q, answers) for a in q.answers]
    spared = _keys(procedure, (spare for answer in chosen for spare in answer.spares))
    bring = _keys(procedure, interview.bring) | _keys(procedure, (p for a in chosen for p in a.brings))
    submit = _keys(procedure, interview.always) | _keys(procedure, (p for a in chosen for p in a.needs))
    maybe = _keys(procedure, interview.sometimes) | _keys(procedure, (p for a in open_answers for p in a.placed))
    enclosed = [(record.lines(procedure, p.because)[0], _keys(procedure, [p])) for a in chosen for p in a.encloses]
    found: dict[str, list[Paper]] = {say("cases.heading_papers"): []}
    found |= {heading: [] for heading, _ in enclosed} | {say("cases.heading_bring"): []}
    notes, open_cases = [], {}
    for item in record.papers(procedure):
        if item.key in spared:
            continue
        heading = next((heading for heading, keys in enclosed if item.key in keys), None)
        if heading is None and item.key in bring:
            heading = say("cases.heading_bring")
        elif heading is None and (item.key in submit or not item.case):
            heading = say("cases.heading_papers")
        elif heading is None and item.key in maybe:
            heading = say("cases.heading_sometimes", case=item.case)
            open_cases[heading] = item.case
        if heading and item.paper.is_note:
            notes.append(facts.paper_line(item.paper))
        elif heading:
            found.setdefault(heading, []).append(item.paper)
    loose = {heading for heading, _ in enclosed}
    groups = [
        Group(heading, papers, heading not in loose, open_cases.get(heading, ""))
        for heading, papers in found.items()
        if papers
    ]
    return groups, notes


def _open(question: Question, answers: Answers) -> bool:
    return answers.get(question.id) == UNSURE or _still_open(question, answers)


def _still_open(question: Question, answers: Answers) -> bool:
    """Whether it was never asked because an earlier answer was not sure."""
    unsure = any(answers.get(name) == UNSURE for name in question.when)
    return question.id not in answers and (unsure or question.relevant(answers))


def _keys(procedure: Procedure, picks: Iterable[PaperPick]) -> set[Key]:
    return {item.key for pick in picks for item in record.picked(procedure, pick)}


def ways_to_file(interview: Interview, procedure: Procedure, answers: Answers) -> list[tuple[Method, Method]]:
    """(as recorded, with the fees of this case) for each way to file that the answers leave."""
    chosen = interview.chosen(answers)
    channels: set[Channel] = {answer.channel for answer in chosen if answer.channel}
    found = [method for method in procedure.methods if not channels or method.channel in channels]
    methods = _governing(interview, answers, "methods")
    found = [method for method in found if _kept(record.method_text(method), methods)]
    fees = _governing(interview, answers, "fees")
    return [(m, m.model_copy(update={"fees": [fee for fee in m.fees if _kept(fee.text, fees)]})) for m in found]


def _governing(interview: Interview, answers: Answers, what: str) -> list[tuple[str, bool]]:
    """(quote, whether it holds) for each quote that some answer of a question asked here speaks of."""
    return [
        (quote, answers.get(question.id) in (answer.id, UNSURE, None))
        for question in interview.questions
        if question.id in answers or _still_open(question, answers)
        for answer in question.answers
        for quote in _quotes(answer, what)
    ]


def _quotes(answer: Answer, what: str) -> list[str]:
    return list(answer.fees if what == "fees" else answer.methods)


def _kept(text: str, governing: list[tuple[str, bool]]) -> bool:
    """A line no answer speaks of stays; the others stay where an answer that was given names them."""
    mine = [holds for quote, holds in governing if record.holds(text, quote)]
    return any(mine) or not mine


def _where(procedure: Procedure) -> list[str]:
    channels = {method.channel for method in procedure.methods}
    lines = facts.agency_lines(procedure)
    if not channels or Channel.IN_PERSON in channels:
        lines.append(facts.counter_line(procedure))
    if Channel.ONLINE in channels and procedure.online_url:
        lines.append(say("answers.online_link", url=procedure.online_url))
    bare = [m for m in procedure.methods if m.note and not facts.duration_line(m, "")]  # else said with the time
    return lines + list(dict.fromkeys(f"{facts.channel_name(m)}: {m.note}" for m in bare))


def _fees(procedure: Procedure) -> list[str]:
    return facts.fee_lines(procedure) or [say("answers.fee_missing")]


def _times(procedure: Procedure) -> list[str]:
    return facts.duration_lines(procedure) or [say("answers.duration_missing")]


def _notes(interview: Interview, procedure: Procedure, answers: Answers) -> list[str]:
    chosen = interview.chosen(answers)
    grounds = [note for a in chosen for note in a.notes] + [spare.because for a in chosen for spare in a.spares]
    return [line for ground in grounds for line in record.lines(procedure, ground)]


def _answered(question: Question, answers: Answers) -> str:
    answer = question.answer(answers.get(question.id, ""))
    return say("cases.answered", ask=question.ask, answer=answer.say if answer else say("cases.unsure"))
