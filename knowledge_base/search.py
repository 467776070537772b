"""From a citizen's words to a decision: which procedure they mean, if any.

Exact codes and exact names first.  Otherwise every view is asked in both ways, dense and sparse; a procedure's score
is a tuned weighted sum of its best hit in each (`FUSION`), with a small preference for the level a citizen meets
first.  Two fitted probabilities turn evidence into answer, clarify or abstain (`confidence.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from knowledge_base.confidence import GUARDED, GUARDED_EASE, Confidence, Evidence
from knowledge_base.decision import Candidate, Decision, Verdict
from knowledge_base.decoys import Decoys, is_decoy
from knowledge_base.encoder import Encoder
from knowledge_base.index.build import ensure, prepare
from knowledge_base.index.port import Probe, VectorIndex
from knowledge_base.index.terms import query_terms
from knowledge_base.index.views import ASK, BODY, DENSE_VIEWS, GIST, NAME, SPARSE_VIEWS
from knowledge_base.preference import Preference, distance, first_level, name_key
from knowledge_base.procedure import Level, Procedure
from knowledge_base.text import words

CODE = re.compile(r"(?<![\d.])\d\.\d{6}(?!\d)")
DEPTH = {NAME: 60, ASK: 80, GIST: 60, BODY: 40}

Signal = tuple[str, str]  # view, "dense" | "sparse"
RIVALS = 5  # candidates among which rivals of the best are looked for
LONG = 24  # words from which a question counts as long
TWINS_WITHIN = 0.03  # a rival this near is a twin
SIGNALS: tuple[Signal, ...] = (*((v, "dense") for v in DENSE_VIEWS), *((v, "sparse") for v in SPARSE_VIEWS))


@dataclass(frozen=True)
class Fusion:
    """Weights of the signals, and the preference for near levels."""

    weights: dict[Signal, float] = field(
        default_factory=lambda: {
            (NAME, "dense"): 0.20,
            (ASK, "dense"): 0.45,
            (NAME, "sparse"): 0.30,
            (ASK, "sparse"): 0.20,
            (GIST, "sparse"): 0.45,
            (BODY, "sparse"): 0.10,
        }
    )
    level: dict[Level, float] = field(
        default_factory=lambda: {Level.COMMUNE: 0.05, Level.PROVINCE: 0.03, Level.OTHER: 0.0, Level.MINISTRY: 0.0}
    )

    def of_level(self, level: Level | None) -> float:
        return self.level.get(level, 0.0) if level else 0.0


class ProcedureSearch:
    """Search over one catalogue.  Thread-safe for reading once built."""

    def __init__(
        self,
        procedures: Iterable[Procedure],
        index: VectorIndex,
        encoder: Encoder,
        fusion: Fusion | None = None,
        decoys: Decoys | None = None,
    ) -> None:
        self._by_code = {procedure.code: procedure for procedure in procedures}
        self._preference = Preference(self._by_code)
        self._level = {code: first_level(procedure) for code, procedure in self._by_code.items()}
        self._by_name: dict[str, str] = {}
        for procedure in sorted(self._by_code.values(), key=distance):  # of one name, the level met first
            self._by_name.setdefault(name_key(procedure.name), procedure.code)
        self.index = index
        self.encoder = encoder
        self.fusion = fusion or Fusion()
        self._level_bonus = {code: self.fusion.of_level(level) for code, level in self._level.items()}
        prepared = prepare(self._by_code.values(), encoder.name, decoys)
        self._statistics = prepared.statistics
        self.rebuilt = ensure(index, prepared, encoder)

    def __len__(self) -> int:
        return len(self._by_code)

    def __iter__(self) -> Iterator[Procedure]:
        return iter(self._by_code.values())

    @cached_property
    def confidence(self) -> Confidence:
        return self.encoder.confidence

    def get(self, code: str) -> Procedure | None:
        return self._by_code.get(code)

    def search(self, question: str, limit: int = 10, guarded: bool = False) -> Decision:
        """The decision for `question`, with at most `limit` candidates.

        `guarded`: the dialogue's guards have let it pass, so that something answers it more likely than not.

        Raises:
            Unavailable: SEARCH_DOWN, the engine cannot answer.
        """
        named = CODE.search(question)
        if named:
            return self._exact(named.group(), "code") or Decision(verdict=Verdict.ABSTAIN, reason="code")
        code = self._by_name.get(name_key(question))
        if code:
            exact = self._exact(code, "name")
            if exact:
                return exact
        found = self.signals(question)
        return self.decide(question, self._ranked(found, question, limit), found, GUARDED if guarded else 1.0)

    def rank(self, question: str, limit: int = 10) -> list[Candidate]:
        """Candidates by fused score, best first."""
        return self._ranked(self.signals(question), question, limit)

    def _ranked(self, found: dict[str, dict[Signal, float]], question: str, limit: int) -> list[Candidate]:
        scored = []
        weights = self.fusion.weights
        for code, signals in found.items():
            if is_decoy(code):
                continue
            score = self._level_bonus[code]
            for signal, value in signals.items():
                score += weights[signal] * value
            scored.append((score, code))
        settled = self._preference.settle(scored, question)
        return [self.candidate(code, score) for score, code in settled[:limit]]

    def signals(self, question: str) -> dict[str, dict[Signal, float]]:
        """For each procedure found, its best value (0 to about 1) under each signal."""
        if not words(question):
            return {}
        vector = self.encoder.encode([question])[0]
        weights = query_terms(question)
        probes: list[Probe] = []
        kinds: list[tuple[Signal, float]] = []
        if vector.any():
            for view in DENSE_VIEWS:
                probes.append(Probe(view, DEPTH[view], dense=vector.tolist()))
                kinds.append(((view, "dense"), 1.0))
        for view in SPARSE_VIEWS:
            sparse, best = self._statistics[view].query_vector(weights)
            if sparse:
                probes.append(Probe(view, DEPTH[view], sparse=sparse))
                kinds.append(((view, "sparse"), best))
        found: dict[str, dict[Signal, float]] = {}
        if not probes:
            return found
        for (signal, best), hits in zip(kinds, self.index.ask(probes), strict=True):
            for _, code, score in hits:
                values = found.get(code)
                if values is None:
                    if code not in self._by_code and not is_decoy(code):
                        continue
                    values = found[code] = {}
                if signal not in values:  # hits come best first
                    values[signal] = score / best
        return found

    def decide(
        self,
        question: str,
        ranked: list[Candidate],
        found: dict[str, dict[Signal, float]] | None = None,
        odds: float = 1.0,
    ) -> Decision:
        """Answer, clarify or abstain: by how sure the search is that something answers, and that the best one does."""
        if not ranked:
            return Decision(verdict=Verdict.ABSTAIN, reason="empty")
        evidence = self._evidence(question, ranked, found or {})
        answerable, right = self.confidence.of(evidence, odds)
        answer_from = self.confidence.answer_from - (GUARDED_EASE if odds > 1 else 0.0)
        if answerable < self.confidence.clarify_from:
            verdict, reason = Verdict.ABSTAIN, "low"
        elif right >= answer_from:
            verdict, reason = Verdict.ANSWER, "score"
        else:
            verdict, reason = Verdict.CLARIFY, "twins" if evidence.gap < TWINS_WITHIN else "low"
        return Decision(
            verdict=verdict, candidates=ranked, confidence=round(right, 4), lead=round(evidence.lead, 3), reason=reason
        )

    def weigh(self, question: str, limit: int = 10) -> tuple[list[Candidate], Evidence | None]:
        """Candidates and the evidence on the best one; no evidence where a code or an exact name settles it."""
        if CODE.search(question) or name_key(question) in self._by_name:
            return self.search(question, limit).candidates, None
        found = self.signals(question)
        ranked = self._ranked(found, question, limit)
        return ranked, self._evidence(question, ranked, found) if ranked else Evidence(*[0.0] * len(Evidence._fields))

    def _evidence(self, question: str, ranked: list[Candidate], found: dict[str, dict[Signal, float]]) -> Evidence:
        best = ranked[0]
        behind = {c.code: best.score - c.score for c in ranked[1:RIVALS]}
        rivals = self._preference.rivals(best.code, behind, question)
        signals = found.get(best.code, {})
        decoy = max((values.get((ASK, "dense"), 0.0) for code, values in found.items() if is_decoy(code)), default=0.0)
        asked, named = signals.get((ASK, "dense"), 0.0), signals.get((NAME, "dense"), 0.0)
        return Evidence(
            score=best.score,
            gap=min((behind[code] for code in rivals), default=best.score),
            lead=max(asked, named) - decoy,
            asked=asked,
            named=named,
            words=signals.get((GIST, "sparse"), 0.0),
            length=min(len(words(question)), LONG) / LONG,
        )

    def _exact(self, code: str, reason: str) -> Decision | None:
        if code not in self._by_code:
            return None
        return Decision(
            verdict=Verdict.ANSWER, candidates=[self.candidate(code, 1.0)], confidence=1.0, lead=1.0, reason=reason
        )

    def candidate(self, code: str, score: float = 0.0) -> Candidate:
        """The candidate for a code of the catalogue.  Raises `KeyError` for another."""
        procedure = self._by_code[code]
        level = self._level[code]
        return Candidate(code=code, name=procedure.name, field=procedure.field, level=level, score=round(score, 4))
