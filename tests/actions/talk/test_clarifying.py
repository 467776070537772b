"""A clarifying question is asked once; then come a person and the list of events; then the person alone."""

from __future__ import annotations

from actions.messages import Behaviour, ChoicesMessage, Reply, TextMessage, Trace
from actions.talk.clarifying import MOST, Asked, once
from actions.talk.outcomes import Outcome
from actions.wording import sentences


def question(text: str = "Bạn muốn hỏi thủ tục nào?") -> Reply:
    return Reply(messages=[TextMessage(text=text)], trace=Trace(behaviour=Behaviour.CLARIFY, aspect="fee"))


def intents(reply: Reply) -> list[str]:
    [message] = reply.messages
    assert isinstance(message, ChoicesMessage)
    return [choice.command.intent for choice in message.choices if choice.command]


def test_the_same_question_is_never_asked_twice() -> None:
    reply, asked = once(question(), "offer:1,2", Asked())
    assert reply.plain_text == question().plain_text
    reply, asked = once(question(), "offer:1,2", asked)
    assert reply.plain_text == sentences()["talk.stuck"]
    assert intents(reply) == ["talk_to_human", "choose_journey"]
    assert (reply.trace.outcome, reply.trace.behaviour, reply.trace.aspect) == (
        Outcome.UNCLEAR_AGAIN, Behaviour.CLARIFY, "fee",
    )  # fmt: skip
    reply, asked = once(question(), "offer:1,2", asked)
    assert reply.plain_text == sentences()["talk.stuck_person"]


def test_what_is_still_listed_can_be_chosen_by_number() -> None:
    reply, _ = once(question(), "offer:1,2", Asked("offer:1,2", 1), listed=True)
    assert reply.plain_text == sentences()["talk.stuck_listed"]


def test_even_different_questions_come_to_an_end() -> None:
    asked = Asked()
    for number in range(MOST):
        reply, asked = once(question(), f"offer:{number}", asked)
        assert reply.plain_text == question().plain_text
    reply, _ = once(question(), "offer:another", asked)
    assert reply.plain_text == sentences()["talk.stuck"]


def test_the_slot_keeps_it_and_anything_else_is_nothing() -> None:
    asked = Asked("abstain", 2)
    assert Asked.of(asked.dump()) == asked
    assert Asked.of(None) == Asked.of("x") == Asked.of({}) == Asked()
