"""Journeys as messages: the list of events, the steps of one, and the buttons that lead from a step to the next."""

from __future__ import annotations

from collections.abc import Callable

from actions.journeys.journey import Journey, Step, journeys, next_step, openable
from actions.messages import TITLE_LIMIT, Behaviour, CardMessage, Choice, ChoicesMessage, Command, Reply, Trace
from actions.procedures.wants import Aspect
from actions.wording import say

Known = Callable[[str], bool]


def menu_choice() -> Choice:
    """The button that lists all events."""
    return Choice(title=say("journeys.menu"), command=Command(intent="choose_journey"))


def human_choice() -> Choice:
    return Choice(title=say("talk.human"), command=Command(intent="talk_to_human"))


def list_reply(of: list[Journey] | None = None, text: str = "") -> Reply:
    """The events as buttons: all of them, or those that a procedure belongs to."""
    choices = [journey_choice(journey) for journey in of or journeys().all()]
    text = text or say("journeys.list_of_procedure" if of else "journeys.list")
    return Reply(messages=[ChoicesMessage(text=text, choices=choices)], trace=Trace(behaviour=Behaviour.CLARIFY))


def journey_choice(journey: Journey) -> Choice:
    return Choice(title=journey.title, command=Command(intent="choose_journey", entities={"journey": journey.id}))


def steps_reply(journey: Journey, known: Known) -> Reply:
    """The steps in order, a button for each one that can be opened; numbers are theirs alone."""
    steps = openable(journey, known)
    numbers = {step.code: number for number, step in enumerate(steps, start=1)}
    lines = [say("journeys.steps", title=journey.title)]
    for step in journey.steps:
        more = _more(step, numbers)
        if step.code in numbers:
            lines.append(say("journeys.step", number=numbers[step.code], title=step.title, more=more))
        else:
            lines.append(say("journeys.step_unlisted", title=step.title, more=more))
    lines.append(say("journeys.steps_ask"))
    choices = [step_choice(step, step.title) for step in steps] or [human_choice()]
    message = ChoicesMessage(text="\n".join(lines), choices=choices)
    return Reply(messages=[message], trace=Trace(behaviour=Behaviour.ANSWER, aspect=Aspect.STEPS))


def _more(step: Step, numbers: dict[str, int]) -> str:
    said = f" {say('journeys.step_when', when=step.when)}" if step.when else ""
    if step.code not in numbers:  # neither its record nor its place is known here
        return said
    if step.by_when:
        said += say("journeys.step_by_when", by_when=step.by_when.say)
    before = [str(numbers[code]) for code in step.after if code in numbers]
    return said + (say("journeys.step_after", numbers=", ".join(before)) if before else "")


def step_choice(step: Step, title: str) -> Choice:
    entities = {"procedure_code": step.code, "aspect": Aspect.OVERVIEW.value}
    return Choice(title=title[:TITLE_LIMIT], command=Command(intent="choose_procedure", entities=entities))


def with_way_on(reply: Reply, code: str, current: Journey | None, known: Known) -> Reply:
    """`reply` about procedure `code` with the next step of the journey under way, or the way into its journeys."""
    card = reply.messages[-1] if reply.messages else None
    if not isinstance(card, CardMessage):
        return reply
    following = next_step(current, code, known) if current else None
    if following:
        card.choices.insert(0, step_choice(following, say("journeys.next", title=following.title)))
    if journeys().with_procedure(code):
        steps = current is not None and any(step.code == code for step in current.steps)
        title = say("journeys.all_steps") if steps else say("journeys.related")
        entities = {"journey": current.id} if current and steps else {"procedure_code": code}
        card.choices.append(Choice(title=title, command=Command(intent="choose_journey", entities=entities)))
    return reply
