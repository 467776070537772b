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
CANDIDATES, NEAR = 8, 0.75
NAMED = 0.4  # share of a name that must be said; "công chứng" is said in the names of many


def compared(search: ProcedureSearch, text: str) -> tuple[Procedure, Procedure] | None:
    """The two procedures whose difference is asked for; None where `text` asks for none, or one is not found."""
    spoken = words(expand(text))
    plain = " ".join(fold(word) for word in spoken)
    if not _DIFFER.search(plain):
        return None
    named = [part for part in _parts(spoken, plain) if part]
    if len(named) != 2:
        return None
    found = [_named(search, part) for part in named]
    first, second = found
    return (first, second) if first and second and first.code != second.code else None


def _parts(spoken: list[str], plain: str) -> list[str]:
    """What stands between "và", "với", "khác", as it was typed, without what stands around it."""
    places = [0]
    for word in spoken:
        places.append(places[-1] + len(word) + 1)
    drop = {place for found in _AROUND.finditer(plain) for place in range(found.start(), found.end())}
    cut = {found.start() for found in _BETWEEN.finditer(plain)}
    parts: list[list[str]] = [[]]
    for word, place in zip(spoken, places, strict=False):
        if place in cut:
            parts.append([])
        elif place not in drop:
            parts[-1].append(word)
    return [" ".join(part) for part in parts]


def _named(search: ProcedureSearch, part: str) -> Procedure | None:
    """The procedure that fits `part` best, of those whose record tells when it is used."""
    ranked = search.rank(part, limit=CANDIDATES)
    near = [search.get(found.code) for found in ranked if found.score >= NEAR * ranked[0].score]
    return next((p for p in near if p and p.summary and len(part.split()) >= NAMED * len(called(p).split())), None)


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
