"""Inside one procedure: the lines of its record that answer a question about a detail."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from knowledge_base.focus import subject_words
from knowledge_base.index.terms import query_terms, terms
from knowledge_base.procedure import Procedure
from knowledge_base.text import fold, words

LINE_LIMIT = 600  # characters of a quoted line
_SPLIT = re.compile(r"\n+|(?<=[.;])\s+(?=[A-ZĐÂĂÊÔƠƯÀÁẢÃẠÈÉÌÍÒÓÙÚÝ(+\-–•])")


@dataclass(frozen=True, slots=True)
class Passage:
    """One line of the record: in which part it stands, its words as the source has them, how well it fits (0..1)."""

    part: str  # documents | steps | conditions | fee | duration | where | result
    text: str
    score: float = 0.0


def lines_of(procedure: Procedure) -> Iterator[Passage]:
    """Every line of the record that can be quoted, with its part."""
    for group in procedure.paper_groups:
        if group.case:
            yield Passage("documents", group.case)
        for paper in group.papers:
            yield Passage("documents", paper.name)
    for method in procedure.methods:
        for fee in method.fees:
            yield from _split("fee", fee.text)
        yield from _split("duration", method.duration.text)
        yield from _split("where", method.note)
    for step in procedure.steps:
        yield from _split("steps", f"{step.name}\n{step.text}")
    yield from _split("conditions", procedure.conditions)
    yield from _split("where", procedure.receiving_place)
    for quote in procedure.verbatim:
        yield Passage(quote.part, quote.text)


def _said_everywhere(procedure: Procedure) -> set[str]:
    """Words that name the procedure itself: they tell no line of it from another."""
    return {fold(word) for word in words(f"{procedure.name} {procedure.field}")}


_STANDING = {
    "where": re.compile(
        r"\bnop (?:ho so |truc tiep |don |giay to )*(?:tai|cho|den|ve|o)\b|\bco quan (?:tiep nhan|bhxh)\b"
    ),
    "duration": re.compile(
        r"\b(?:han nop|cham nhat|trong thoi han|thoi han|trong vong|khong qua)\b"
        r".{0,60}?(?:\b\d+ )?\b(?:ngay|thang|gio|nam)\b"
    ),
}
_ORDER = ("conditions", "steps")  # where such lines are told best first


def standing_passages(procedure: Procedure, about: str, limit: int = 3) -> list[Passage]:
    """Lines outside the tables that say where to file (`where`) or within what time (`duration`)."""
    pattern = _STANDING[about]
    found: dict[str, Passage] = {}
    for part in _ORDER:
        for line in lines_of(procedure):
            if line.part == part and pattern.search(fold(line.text)):
                found.setdefault(fold(line.text), Passage(line.part, line.text[:LINE_LIMIT], 0.5))
    return list(found.values())[:limit]


def _split(part: str, text: str) -> Iterator[Passage]:
    for line in _SPLIT.split(text or ""):
        line = line.strip(" \t-–+•*")
        if len(line) > 12:
            yield Passage(part, line)


@lru_cache(maxsize=1 << 13)
def _terms_of(line: str) -> frozenset[str]:
    """Terms of a line of a record; the procedures most asked are asked again."""
    return frozenset(terms(line))


def find_passages(
    procedure: Procedure, question: str, parts: tuple[str, ...] = (), limit: int = 3, least: float = 0.34
) -> list[Passage]:
    """The lines that fit `question` best, best first; lines of `parts` are preferred.

    The score is the share of the question's own weighted words that the line holds; words that the procedure says
    everywhere weigh little.
    """
    lines = list(lines_of(procedure))
    about = set(subject_words(question)) - _said_everywhere(procedure)
    if not lines or not about:
        return []
    wanted = {t: w for t, w in query_terms(question).items() if t[0] != "f" or t[2:] in about}
    held = [_terms_of(line.text) for line in lines]
    frequency = Counter(term for line in held for term in line)
    weight = {t: w * math.log(1 + len(lines) / (1 + frequency[t])) for t, w in wanted.items()}
    total = sum(w for t, w in weight.items() if t[0] == "f") or 1.0
    scored: list[tuple[float, Passage]] = []
    for line, own in zip(lines, held, strict=True):
        score = sum(weight[t] for t in weight if t in own) / total
        if line.part in parts:
            score *= 1.25
        score *= min(1.0, 0.6 + len(line.text) / 200)
        if score >= least:
            scored.append((score, Passage(line.part, line.text[:LINE_LIMIT], round(min(score, 1.0), 3))))
    scored.sort(key=lambda pair: -pair[0])
    found: dict[str, Passage] = {}
    for _, passage in scored:
        found.setdefault(fold(passage.text), passage)
    return list(found.values())[:limit]
