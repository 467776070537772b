"""One good clarifying question, never the same one twice: after it comes a person, or the list by event of life."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from actions.journeys.answers import human_choice, menu_choice
from actions.messages import Behaviour, ChoicesMessage, Reply, Trace
from actions.talk.outcomes import Outcome
from actions.wording import say

MOST = 2  # clarifying questions in a row, even different ones
STUCK = "stuck"


@dataclass(frozen=True)
class Asked:
    """The last clarifying question and how many came in a row; kept in the slot `asked`."""

    key: str = ""
    count: int = 0

    @classmethod
    def of(cls, slot: Any) -> Asked:
        return cls(str(slot["key"]), int(slot["count"])) if isinstance(slot, dict) and "key" in slot else cls()

    def dump(self) -> dict[str, Any]:
        return {"key": self.key, "count": self.count}


def once(reply: Reply, key: str, asked: Asked, listed: bool = False) -> tuple[Reply, Asked]:
    """`reply`, a clarifying question named `key`, unless it was just asked; then the way past it.

    `listed`: procedures were offered and can still be chosen by number.
    """
    if asked.key == STUCK:
        return person_reply(reply.trace), Asked(STUCK, asked.count + 1)
    if asked.key == key or asked.count >= MOST:
        return stuck_reply(reply.trace, listed), Asked(STUCK, asked.count + 1)
    return reply, Asked(key, asked.count + 1)


def stuck_reply(trace: Trace, listed: bool) -> Reply:
    text = say("talk.stuck_listed" if listed else "talk.stuck")
    return _reply(text, trace)


def person_reply(trace: Trace) -> Reply:
    """Still unclear after that: only a person is left to name."""
    return _reply(say("talk.stuck_person"), trace)


def _reply(text: str, trace: Trace) -> Reply:
    kept = Trace(behaviour=trace.behaviour or Behaviour.CLARIFY, aspect=trace.aspect, outcome=Outcome.UNCLEAR_AGAIN)
    return Reply(messages=[ChoicesMessage(text=text, choices=[human_choice(), menu_choice()])], trace=kept)
