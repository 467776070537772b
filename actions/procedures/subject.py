"""Which procedure a message is about: the current one, another, several, or none."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from knowledge_base.decision import Candidate, Decision, Verdict
from knowledge_base.focus import subject_words
from knowledge_base.search import ProcedureSearch
from knowledge_base.text import expand, fold, words

SWITCH_MARGIN = 0.12  # how much better than the current procedure a neighbour must fit before we move to it
STAY_RANK = 3  # the current procedure among the first so many: the question is about it
CORRECTION = re.compile(
    r"^(?:khong|ko|a|uh|nham)\b.*\b(?:y (?:toi|em|minh|chau)|co|chu khong)\b|\by (?:toi|em|minh) la\b|\bco$"
)
ORDINALS = {"dau": 0, "nhat": 0, "mot": 0, "hai": 1, "nhi": 1, "ba": 2, "bon": 3, "tu": 3, "cuoi": -1}


@dataclass(frozen=True)
class Subject:
    """`code` when one procedure is meant; `candidates` when it must be asked; neither when none fits."""

    code: str | None = None
    candidates: list[Candidate] = field(default_factory=list)
    followed: bool = False  # the message had no subject of its own
    reason: str = ""


def find_subject(search: ProcedureSearch, text: str, current: str | None, offered: list[str]) -> Subject:
    """The procedure `text` is about, given the `current` one and those last `offered` as buttons."""
    chosen = pick_offered(text, offered, search)
    if chosen:
        return Subject(chosen, reason="offered")
    about = subject_words(text)
    if current and not about:
        return Subject(current, followed=True, reason="no_subject")
    decision = search.search(text)
    if decision.verdict is Verdict.ABSTAIN and decision.reason == "code":
        return Subject(reason="unknown_code")
    if current and search.get(current):
        return _with_current(search, text, current, about, decision)
    return _from(decision)


def _from(decision: Decision) -> Subject:
    if decision.verdict is Verdict.ANSWER and decision.best:
        return Subject(decision.best.code, reason=decision.reason)
    if decision.verdict is Verdict.CLARIFY:
        return Subject(candidates=decision.candidates[:4], reason=decision.reason)
    return Subject(reason=decision.reason)


def _with_current(search: ProcedureSearch, text: str, current: str, about: list[str], decision: Decision) -> Subject:
    best = decision.best
    if CORRECTION.search(fold(expand(text)).strip()):
        near = _neighbour(search, text, current)
        if near:
            return Subject(near, reason="correction")
    if decision.verdict is Verdict.ANSWER and best and best.code != current:
        now = next((c for c in decision.candidates if c.code == current), None)
        if now is None or best.score - now.score >= search.fusion.margin:
            return Subject(best.code, reason=decision.reason)
    near = _neighbour(search, text, current)
    if near:
        return Subject(near, reason="neighbour")
    ranks = [c.code for c in decision.candidates[:STAY_RANK]]
    if current in ranks or len(about) <= 3 or decision.verdict is Verdict.ABSTAIN:
        return Subject(current, followed=True, reason="detail")
    return _from(decision)


def _neighbour(search: ProcedureSearch, text: str, current: str) -> str | None:
    """A procedure of the same field that fits clearly better: "không, ý tôi là cấp lại vì bị mất"."""
    procedure = search.get(current)
    if procedure is None:
        return None
    ranked = [c for c in search.rank(text, limit=60) if c.field == procedure.field]
    if not ranked or ranked[0].code == current:
        return None
    own = next((c.score for c in ranked if c.code == current), 0.0)
    margin = SWITCH_MARGIN / 2 if CORRECTION.search(fold(expand(text)).strip()) else SWITCH_MARGIN
    return ranked[0].code if ranked[0].score - own >= margin and ranked[0].score >= margin else None


def pick_offered(text: str, offered: list[str], search: ProcedureSearch) -> str | None:
    """The offered procedure a short reply points at: "2", "cái đầu", or words of one name alone."""
    if not offered:
        return None
    plain = [fold(word) for word in words(text)]
    if len(plain) > 8:
        return None
    numbers = [int(word) for word in plain if word.isdigit() and len(word) == 1]
    if len(numbers) == 1 and 1 <= numbers[0] <= len(offered) and len(plain) <= 4:
        return offered[numbers[0] - 1]
    if plain and len(plain) <= 4 and any(word in ("cai", "thu", "so", "muc", "dau", "cuoi") for word in plain):
        for word in plain:
            if word in ORDINALS:
                index = ORDINALS[word]
                return offered[index] if -1 <= index < len(offered) else None
    ranked = [c for c in search.rank(text, limit=40) if c.code in offered]
    if ranked and (len(ranked) == 1 or ranked[0].score - ranked[1].score >= SWITCH_MARGIN):
        return ranked[0].code if subject_words(text) else None
    return None
