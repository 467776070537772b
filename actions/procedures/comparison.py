"""Two procedures told apart: "tạm trú với thường trú khác nhau thế nào"."""

from __future__ import annotations

import re

from actions.messages import Behaviour, Choice, ChoicesMessage, Command, Reply, Trace
from actions.procedures.titles import called, shorten
from actions.procedures.wants import Aspect
from actions.wording import say
from knowledge_base.procedure import Procedure
from knowledge_base.search import ProcedureSearch
from knowledge_base.text import expand, fold, words

_DIFFER = re.compile(r"\b(?:khac (?:nhau|gi|cho nao|the nao|ra sao)|phan biet|giong nhau|so sanh)\b")
_BETWEEN = re.compile(r"\b(?:va|voi|hay|khac)\b")
# What stands around the two: asking, and the words of the difference itself.
_AROUND = re.compile(
    r"\b(?:the|vay|cho (?:toi|em|minh|hoi)|phan biet|so sanh|giua|giup(?: (?:toi|em|minh))?|khac(?: nhau)?|giong nhau|"
    r"gi(?: nhau)?|cho nao|the nao|ra sao|nhu the nao|o diem nao|cai|nhau|khong|a|z|vay)\b"
)
CANDIDATES, NEAR = 5, 0.8


def compared(search: ProcedureSearch, text: str) -> tuple[Procedure, Procedure] | None:
    """The two procedures whose difference is asked for; None where `text` asks for none, or one is not found."""
    plain = " ".join(fold(word) for word in words(expand(text)))
    if not _DIFFER.search(plain):
        return None
    named = [part for part in (" ".join(_AROUND.sub(" ", part).split()) for part in _BETWEEN.split(plain)) if part]
    if len(named) != 2:
        return None
    found = [_named(search, part) for part in named]
    first, second = found
    return (first, second) if first and second and first.code != second.code else None


def _named(search: ProcedureSearch, part: str) -> Procedure | None:
    """The procedure that fits `part` best, of those whose record tells when it is used."""
    ranked = search.rank(part, limit=CANDIDATES)
    near = [search.get(found.code) for found in ranked if found.score >= NEAR * ranked[0].score]
    return next((procedure for procedure in near if procedure and procedure.summary), None)


def difference(first: Procedure, second: Procedure) -> Reply:
    """What each is used for, in the words of its record, and a button to open it."""
    both = (first, second)
    lines = [say("answers.compared", name=called(p), summary=p.summary) for p in both]
    choices = [
        Choice(
            title=shorten(called(p)),
            command=Command(
                intent="choose_procedure", entities={"procedure_code": p.code, "aspect": Aspect.OVERVIEW.value}
            ),
        )
        for p in both
    ]
    text = "\n\n".join([say("answers.compare"), *lines])
    trace = Trace(behaviour=Behaviour.CLARIFY, aspect=Aspect.OVERVIEW)
    return Reply(messages=[ChoicesMessage(text=text, choices=choices)], trace=trace)
