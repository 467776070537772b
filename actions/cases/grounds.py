"""Whether an interview still rests on the record: every faulty key is named, none is guessed around."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from actions.cases import record
from actions.cases.checklist import ways_to_file
from actions.cases.model import MOST_ASKED, UNSURE, Answer, Ground, Interview, PaperPick, Question
from knowledge_base.procedure import Procedure
from knowledge_base.text import fold

WAYS_NAMED = 3  # of the ways through with the same fault
SHOWN = ("xuat trinh", "doi chieu", "mang theo")  # what the record itself says of a paper one only brings along


def faults(interview: Interview, procedure: Procedure, every_way: bool = True) -> list[str]:
    """One line `key: what` for each rule that the record does not bear out; empty: the interview may be held.

    Without `every_way` the ways through are not walked, which may be thousands: the check of a turn.
    """
    found = [*_questions(interview), *_tops(interview, procedure)]
    for question in interview.questions:
        for answer in question.answers:
            key = f"questions.{question.id}.{answer.id}"
            found += [f"{key}.{line}" for line in _answer(answer, procedure)]
    if not found:  # what follows walks the ways through, and needs them sound
        found = list(_papers(interview, procedure))
        if every_way:
            found += islice(_ways(interview, procedure), WAYS_NAMED)
    return found


def _questions(interview: Interview) -> Iterator[str]:
    seen: dict[str, Question] = {}
    for question in interview.questions:
        key = f"questions.{question.id}"
        if question.id in seen:
            yield f"{key}: this id comes twice"
        ids = [answer.id for answer in question.answers]
        if len(ids) != len(set(ids)):
            yield f"{key}.answers: an id comes twice"
        said = [record.plain(answer.say) for answer in question.answers]
        if len(said) != len(set(said)):
            yield f"{key}.answers: two answers say the same"
        for word, conditions in (("when", question.when), ("unless", question.unless)):
            for name, wanted in conditions.items():
                if name not in seen:
                    yield f"{key}.{word}: no earlier question {name}"
                elif unknown := [answer for answer in wanted if not seen[name].answer(answer)]:
                    yield f"{key}.{word}.{name}: no such answer: {', '.join(unknown)}"
        decides = any(question.id in (*later.when, *later.unless) for later in interview.questions)
        if not decides and len({answer.effect for answer in question.answers}) == 1:
            yield f"{key}: no answer changes anything"
        seen[question.id] = question


def _tops(interview: Interview, procedure: Procedure) -> Iterator[str]:
    for name, picks in _top_lists(interview):
        for number, pick in enumerate(picks):
            yield from (f"{name}.{number}: {line}" for line in _pick(pick, procedure))
            if name == "bring":
                yield from (f"{name}.{number}: {line}" for line in _shown(pick, procedure))
            if name == "sometimes" and any(not item.case for item in record.picked(procedure, pick)):
                yield f"{name}.{number}: a paper everyone needs is not “sometimes”"


def _top_lists(interview: Interview) -> list[tuple[str, list[PaperPick]]]:
    return [("always", interview.always), ("bring", interview.bring), ("sometimes", interview.sometimes)]


def _pick(pick: PaperPick, procedure: Procedure) -> Iterator[str]:
    found = record.picked(procedure, pick)
    if not found:
        yield f"no paper of the record fits {_shown_pick(pick)}"
    elif pick.paper and len(found) > 1:
        yield f"{len(found)} papers of the record fit {_shown_pick(pick)}; quote a longer piece or name the group"


def _shown_pick(pick: PaperPick) -> str:
    parts = (f"group “{pick.group}”" if pick.group is not None else "", f"“{pick.paper}”" if pick.paper else "")
    return ", ".join(part for part in parts if part)


def _shown(pick: PaperPick, procedure: Procedure) -> Iterator[str]:
    for item in record.picked(procedure, pick):
        if not any(word in fold(f"{item.case} {item.paper.name}") for word in SHOWN):
            yield f"the record does not say that “{item.paper.name[:60]}” is only shown (xuất trình, đối chiếu)"


def _answer(answer: Answer, procedure: Procedure) -> Iterator[str]:
    if answer.channel and all(method.channel is not answer.channel for method in procedure.methods):
        yield f"channel: the record has no {answer.channel.value}"
    placed: list[tuple[str, Sequence[PaperPick]]] = [
        ("needs", answer.needs),
        ("brings", answer.brings),
        ("encloses", answer.encloses),
    ]
    for name, picks in placed:
        for number, pick in enumerate(picks):
            yield from (f"{name}.{number}: {line}" for line in _pick(pick, procedure))
            if any(not item.case for item in record.picked(procedure, pick)):
                yield f"{name}.{number}: this paper is for everyone (its group has no case) and stays; see spares"
            if name == "brings":
                yield from (f"{name}.{number}: {line}" for line in _shown(pick, procedure))
    for number, spare in enumerate(answer.spares):
        yield from (f"spares.{number}: {line}" for line in _pick(spare, procedure))
    for name, grounded in (("encloses", answer.encloses), ("spares", answer.spares)):
        for number, pick in enumerate(grounded):
            yield from (f"{name}.{number}.because: {line}" for line in _ground(pick.because, procedure))
    for number, note in enumerate(answer.notes):
        yield from (f"notes.{number}: {line}" for line in _ground(note, procedure))
    for number, quote in enumerate(answer.fees):
        if not record.fees(procedure, quote):
            yield f"fees.{number}: no fee of the record says “{quote}”"
    for number, quote in enumerate(answer.methods):
        if not any(record.holds(record.method_text(method), quote) for method in procedure.methods):
            yield f"methods.{number}: no way to file of the record says “{quote}”"
    if answer.instead:
        yield from (f"instead.because: {line}" for line in _ground(answer.instead.because, procedure))
        if answer.instead.because.part == "confusion":
            right = [c for c in procedure.confusions if record.holds(c.when, answer.instead.because.quote)]
            if right and answer.instead.code not in {confusion.code for confusion in right}:
                yield f"instead.code: the record leads to {right[0].code} there"
        if answer.instead.code == procedure.code:
            yield "instead.code: this very procedure"


def _ground(ground: Ground, procedure: Procedure) -> Iterator[str]:
    found = record.lines(procedure, ground)
    if not found:
        yield f"no {ground.part} of the record says “{ground.quote}”"
    elif len(found) > 1:
        yield f"{len(found)} lines of the record say “{ground.quote}”; quote a longer piece"


def _papers(interview: Interview, procedure: Procedure) -> Iterator[str]:
    """Each paper is placed once: by the top lists, or by answers, or (group without a case) for everyone."""
    placed: dict[tuple[int, int], str] = {}
    for name, picks in _top_lists(interview):
        for item in (item for pick in picks for item in record.picked(procedure, pick)):
            if item.key in placed:
                yield f"{name}: “{item.paper.name[:60]}” is also in {placed[item.key]}"
            placed[item.key] = name
    for question in interview.questions:
        for answer in question.answers:
            for item in (item for pick in answer.placed for item in record.picked(procedure, pick)):
                if placed.get(item.key) in ("always", "bring", "sometimes"):
                    yield f"{placed[item.key]}: “{item.paper.name[:60]}” depends on question {question.id} as well"
                placed.setdefault(item.key, f"question {question.id}")
    for item in record.papers(procedure):
        if item.case and item.key not in placed:
            yield (
                f"always/bring/sometimes: nothing says when “{item.paper.name[:60]}” of group “{item.case}” is needed"
            )


def _ways(interview: Interview, procedure: Procedure) -> Iterator[str]:
    """Every way through: short enough, and with a way to file left."""
    longest = max(len(answers) for answers in ways(interview))
    if longest > MOST_ASKED:
        yield f"questions: {longest} are asked on one way, at most {MOST_ASKED} are wanted"
        return
    for answers in ways(interview):
        if interview.instead(answers) or not procedure.methods:
            continue
        left = ways_to_file(interview, procedure, answers)
        if not left:
            yield f"questions: the answers {', '.join(answers.values())} leave no way to file"
        elif any(bare.fees and not kept.fees for bare, kept in left):
            yield f"questions: the answers {', '.join(answers.values())} leave a way to file without its fees"


def ways(interview: Interview) -> Iterator[dict[str, str]]:
    """Every complete set of answers, unsure ones included."""
    open_ways: list[dict[str, str]] = [{}]
    while open_ways:
        answers = open_ways.pop()
        question = interview.next_question(answers)
        if question is None:
            yield answers
            continue
        choices = (UNSURE, *(answer.id for answer in reversed(question.answers)))
        open_ways += [{**answers, question.id: choice} for choice in choices]
