"""The procedures that a follow-up may lead to, with the evidence for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from actions.procedures.following.neighbours import Vector, cues_said, neighbours_of
from actions.procedures.following.phrases import (
    is_after,
    is_contrast,
    is_correction,
    is_needed,
    turns_to,
    without_manner,
)
from knowledge_base.decision import Decision, Verdict
from knowledge_base.focus import about, subject_words
from knowledge_base.passages import find_passages
from knowledge_base.procedure import Procedure
from knowledge_base.search import ProcedureSearch

FOUND, FOUND_WITH_TITLE = 8, 10  # best candidates of the message alone, and of it beside the title in hand
SPOKEN_FROM = 0.5  # share of the best score from which one spoken of before is an option
TOLD_FROM = 0.9  # score of a line of the current record from which it tells what is asked
NEARER_DECOY = -0.2  # `Decision.lead` under which a question that none answers is much nearer than any procedure
OWN_LOW = 0.3  # score of the procedure in hand under which the message is not like it
TOLD_AT_LEAST = 5  # words of a subject in fewer of which nothing is told at all
LONG = 12  # words of a subject from which a message counts as long

Evidence = dict[str, float]  # what is not there is 0


@dataclass(frozen=True)
class Option:
    """`code`: the procedure in hand, another one, or None for nothing that the catalogue holds."""

    code: str | None
    evidence: Evidence


def options(search: ProcedureSearch, text: str, current: str, spoken: Sequence[str] = ()) -> list[Option]:
    """What `text` may be about while `current` is in hand; the first option is to stay."""
    procedure = search.get(current)
    if procedure is None:
        raise KeyError(current)
    seen = _Seen(search, text, procedure, spoken)
    return [
        Option(current, seen.for_staying()),
        *(Option(code, seen.for_turning(code)) for code in seen.codes()),
        Option(None, seen.for_nothing()),
    ]


def told_by(procedure: Procedure | None, text: str) -> bool:
    """Whether a line of the record tells of just what `text` asks."""
    return procedure is not None and bool(find_passages(procedure, text, limit=1, least=TOLD_FROM))


class _Seen:
    """One message beside the procedure in hand: two searches, the signs in its words, the names near by."""

    def __init__(self, search: ProcedureSearch, text: str, current: Procedure, spoken: Sequence[str]) -> None:
        self.search, self.text, self.current, self.spoken = search, text, current, spoken
        self.near = neighbours_of(search)
        asked = about(without_manner(text)) or about(text)
        self.decision: Decision = search.search(asked, len(search), guarded=True)
        title = current.short_name or current.name
        self.alone = {c.code: c.score for c in self.decision.candidates}
        self.beside = {c.code: c.score for c in search.rank(f"{title} {asked}", len(search))}
        self.best = max(self.alone.values(), default=0.0)
        others = {code: score for code, score in self.beside.items() if code != current.code}
        self.best_beside = max(others.values(), default=0.0)
        self.first_beside = max(others, key=lambda code: others[code], default=None)
        self.vector: Vector = self.near.vector(asked or text)
        self.cues = cues_said(text)
        self.known_cues = self.near.cues(current.code)
        self.confusions = {confusion.code: confusion.when for confusion in current.confusions}
        self.length = min(len(subject_words(text)), LONG) / LONG
        self.signs = {
            "corrects": float(is_correction(text)),
            "contrasts": float(is_contrast(text)),
            "after": float(is_after(text)),
            "turns": float(turns_to(text)),
        }
        self.told = told_by(current, text)
        self.stated = self.decision.verdict is Verdict.ANSWER

    def codes(self) -> Iterator[str]:
        """Procedures that the message may lead to, each once."""
        given = {self.current.code}
        again = [code for code in self.spoken if self.alone.get(code, 0.0) >= SPOKEN_FROM * self.best]
        for code in (
            *list(self.alone)[:FOUND],
            *list(self.beside)[:FOUND_WITH_TITLE],
            *self.near.family(self.current.code),
            *self.confusions,
            *again,
        ):
            if code not in given and self.search.get(code):
                given.add(code)
                yield code

    def for_turning(self, code: str) -> Evidence:
        score, beside = self.alone.get(code, 0.0), self.beside.get(code, 0.0)
        first = bool(self.decision.best) and self.decision.candidates[0].code == code
        named = self.near.cues(code)
        procedure = self.search.get(code)
        when = self.confusions.get(code)
        return {
            "turn": 1.0,
            "score": score,
            "share": score / self.best if self.best else 0.0,
            "first": float(first),
            "confidence": self.decision.confidence if first else 0.0,
            "stated": float(first and self.stated),
            "beside": beside,
            "beside_share": beside / self.best_beside if self.best_beside else 0.0,
            "beside_first": float(code == self.first_beside),
            "same_field": float(procedure is not None and procedure.field == self.current.field),
            "cues_met": float(min(2, len(self.cues & named - self.known_cues))),
            "cues_missed": len(self.cues - named) / len(self.cues) if self.cues else 0.0,
            "cues_unsaid": float(min(3, len(named - self.cues - self.known_cues))),
            "name": float(self.vector @ self.near.name_vector(code)),
            "adds": float(self.vector @ self.near.difference(self.current.code, code)),
            "drops": float(self.vector @ self.near.difference(code, self.current.code)),
            "confused": float(when is not None),
            "when": float(self.vector @ self.near.vector(about(when))) if when else 0.0,
            "spoken": float(code in self.spoken),
            "length": self.length,
            **self.signs,
        }

    def for_staying(self) -> Evidence:
        own = self.alone.get(self.current.code, 0.0)
        return {
            "stay": 1.0,
            "own": own,
            "own_share": own / self.best if self.best else 1.0,
            "own_beside": self.beside.get(self.current.code, 0.0) / self.best_beside if self.best_beside else 1.0,
            "told": float(self.told),
            "needed": float(is_needed(self.text)),
            "other_cues": float(min(2, len(self.cues - self.known_cues))),
            "cues_told": self._share_of_cues(self.near.told_cues(self.current.code)),
            "other_best": self.best,
            "other_stated": float(self.stated),
            "other_confidence": self.decision.confidence,
            "stay_length": self.length,
            **{f"stay_{sign}": value for sign, value in self.signs.items()},
        }

    def _is_decoy(self) -> bool:
        """Whether the message is like what nothing answers, and like nothing of the procedure in hand."""
        own = self.alone.get(self.current.code, 0.0)
        if self.length * LONG < TOLD_AT_LEAST:
            return False
        far = self.decision.verdict is Verdict.ABSTAIN and self.decision.lead < NEARER_DECOY
        return far and own < OWN_LOW and not self.told

    def _share_of_cues(self, known: frozenset[str]) -> float:
        return len(self.cues & known) / len(self.cues) if self.cues else 0.0

    def for_nothing(self) -> Evidence:
        return {
            "nothing": 1.0,
            "abstains": float(self.decision.verdict is Verdict.ABSTAIN),
            "nothing_best": self.best,
            "nothing_lead": self.decision.lead,
            "decoy": float(self._is_decoy()),
            "nothing_length": self.length,
        }
