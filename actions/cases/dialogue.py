"""What the interview says: a question with its answers, and where it leads."""

from __future__ import annotations

from actions.cases.model import UNSURE, Answers, Instead, Interview, Question
from actions.messages import TITLE_LIMIT, Behaviour, Choice, ChoicesMessage, Command, Reply, Trace
from actions.procedures.titles import called, shorten
from actions.procedures.wants import Aspect
from actions.wording import say
from knowledge_base.procedure import Procedure

# Entities of the buttons.
CODE, QUESTION, ANSWER = "procedure_code", "question", "answer"


def start_choice(procedure: Procedure) -> Choice:
    """The button below an answer that begins the interview."""
    return Choice(
        title=say("cases.button_start"), command=Command(intent="make_checklist", entities={CODE: procedure.code})
    )


def ask(procedure: Procedure, interview: Interview, question: Question, answers: Answers, how: str = "") -> Reply:
    """The question as a numbered list and as buttons.

    `how`: "" first; "again": what was said fitted no answer, which has been told; "resumed": something else came
    between; "first": there is no question before this one.  Asked once more, it offers a way around itself.
    """
    number = len(interview.settled(answers)) + 1
    lines = [say("cases.begin", name=shorten(called(procedure)))] if number == 1 and not how else []
    if how in ("resumed", "first"):
        lines.append(say(f"cases.asked_{how}"))
    lines.append(question.ask)
    if question.hint:
        lines.append(question.hint)
    lines += [say("cases.choice", number=n, say=answer.say) for n, answer in enumerate(question.answers, start=1)]
    lines.append(say("cases.how_to_answer"))
    told = [*((answer.id, answer.say) for answer in question.answers), (UNSURE, say("cases.unsure"))]
    choices = [
        Choice(
            title=title,
            command=Command(
                intent="choose_answer", entities={CODE: procedure.code, QUESTION: question.id, ANSWER: answer}
            ),
        )
        for answer, title in told
    ]
    if number > 1:
        choices.append(Choice(title=say("cases.button_back"), command=Command(intent="go_back")))
    if how:
        choices.append(all_papers(procedure))
    message = ChoicesMessage(text="\n".join(lines), choices=choices)
    return Reply(messages=[message], trace=Trace(behaviour=Behaviour.ASK_SLOT, procedure=procedure.code))


def all_papers(procedure: Procedure) -> Choice:
    """The way around the interview: the papers of all cases."""
    entities = {CODE: procedure.code, "aspect": Aspect.DOCUMENTS.value}
    return Choice(title=say("cases.button_all_papers"), command=Command(intent="choose_procedure", entities=entities))


def leads_to(procedure: Procedure, instead: Instead, reason: str, target: Procedure | None, held: bool) -> Reply:
    """Another procedure is the right one: the record's own reason, and the way there.

    `target` None: the catalogue at hand has no such procedure.  `held`: it has an interview of its own.
    """
    back = Choice(
        title=say("cases.button_edit"),
        command=Command(intent="make_checklist", entities={CODE: procedure.code, "value": "edit"}),
    )
    if target is None:
        text = say("cases.leads_to_unknown", code=instead.code, reason=reason)
        human = Choice(title=say("talk.human"), command=Command(intent="talk_to_human"))
        choices = [human, back]
    else:
        text = say("cases.leads_to", name=called(target), code=target.code, reason=reason)
        open_it = Choice(
            title=shorten(called(target), TITLE_LIMIT - 4),
            command=Command(intent="choose_procedure", entities={CODE: target.code, "aspect": Aspect.OVERVIEW.value}),
        )
        choices = [*([start_choice(target)] if held else []), open_it, back]
    trace = Trace(behaviour=Behaviour.ANSWER, procedure=target.code if target else procedure.code)
    return Reply(messages=[ChoicesMessage(text=text, choices=choices)], trace=trace)
