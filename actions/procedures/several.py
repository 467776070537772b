"""Several procedures in one message: "mất cả căn cước với bằng lái, làm lại cả hai thế nào"."""

from __future__ import annotations

import re

from actions.messages import CardMessage, Choice, Command, Reply, Section
from actions.procedures.titles import called, shorten
from actions.procedures.wants import Aspect
from actions.wording import say
from knowledge_base.decision import Verdict
from knowledge_base.focus import about, subject_words
from knowledge_base.preference import base_name
from knowledge_base.search import ProcedureSearch
from knowledge_base.text import expand, fold, words

MOST = 3
LINKED_AMONG = 3  # best candidates among which a procedure that does all at once is looked for
LEAST = 2  # words of a part that names a procedure
SURE = 0.7  # confidence from which a part names one, where search alone would ask back
_BETWEEN = re.compile(r"\b(?:va|voi|lan|cung voi|cung nhu|vua|roi|ca)\b|[,;.?!]")
_BOTH = re.compile(r"\b(?:ca (?:hai|2|ba|3)(?! (?:vo|dua|ben|con|nguoi|chau|bo|me))|vua .+ vua|dong thoi)\b")
_LINKED = re.compile(r"^lien thong\b")  # one procedure that does what is named beside one another
# What is to be done with all of them: said once, meant for each.
_DONE = re.compile(r"\b(?:lam lai|cap lai|xin lai|doi lai|cap doi|lam moi|bi mat|mat het|gia han|sang ten|cap moi)\b")


def several(search: ProcedureSearch, text: str) -> list[str]:
    """Codes of the procedures that `text` names beside one another, in its order; none where it is about one."""
    spoken = words(expand(text))
    plain = " ".join(fold(word) for word in spoken)
    if not _BOTH.search(plain):
        return []
    if any(_LINKED.search(base_name(found.name)) for found in search.rank(about(text), limit=LINKED_AMONG)):
        return []
    done = " ".join(_DONE.findall(plain))
    found: dict[str, str] = {}
    for part in _BETWEEN.split(plain):
        if len(subject_words(part)) < LEAST:
            continue
        decision = search.search(about(f"{part} {done}" if done and not _DONE.search(part) else part), guarded=True)
        best = decision.best
        if best and (decision.verdict is Verdict.ANSWER or decision.confidence >= SURE):
            found.setdefault(base_name(best.name), best.code)
    return list(found.values())[:MOST] if len(found) > 1 else []


def with_others(reply: Reply, search: ProcedureSearch, codes: list[str], key: str = "answers.others") -> None:
    """The answer about one, with a line (`key`) and a button for each of the others."""
    card = reply.messages[-1]
    others = [procedure for code in codes if (procedure := search.get(code))]
    if not isinstance(card, CardMessage) or not others:
        return
    line = say(key, names="; ".join(called(p) for p in others))
    card.sections.insert(0, Section(lines=[line]))
    card.text = f"{line}\n\n{card.text}"
    entities = {"aspect": (reply.trace.aspect or Aspect.OVERVIEW)}
    card.choices[:0] = [
        Choice(
            title=shorten(called(procedure)),
            command=Command(intent="choose_procedure", entities={"procedure_code": procedure.code, **entities}),
        )
        for procedure in others
    ]
