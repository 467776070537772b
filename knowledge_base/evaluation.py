"""How well search finds: figures over a file of questions, side by side with plain baselines, in one run.

A question file is JSONL: `query`, `codes` (acceptable procedures), `best`, `style`, `aspect`; or, for questions that
must be declined, `query` and `expected`.  Views: as typed, accents dropped, one slip of a finger.
"""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from knowledge_base.decision import Verdict
from knowledge_base.encoder.noise import drop_accents, one_slip
from knowledge_base.errors import BadInput, ErrorCode
from knowledge_base.index.terms import TermCounts, TermStatistics, terms
from knowledge_base.index.views import gist_text
from knowledge_base.procedure import Procedure
from knowledge_base.search import ProcedureSearch
from knowledge_base.text import words

DEPTH = 20
Ranker = Callable[[str], list[str]]


class Question(BaseModel):
    query: str
    codes: list[str] = Field(default_factory=list)
    style: str = ""
    aspect: str = ""

    @property
    def answerable(self) -> bool:
        return bool(self.codes)


class Figures(BaseModel):
    """Shares of questions; `low`..`high` is the 95 % Wilson interval of `first`."""

    questions: int
    first: float
    three: float
    five: float
    mrr: float
    low: float
    high: float


class Report(BaseModel):
    """`groups`: by style, by aspect, by field and by view; `baselines`: the same questions under simpler rankers."""

    catalogue: int
    encoder: str
    overall: Figures
    groups: dict[str, dict[str, Figures]]
    baselines: dict[str, Figures]
    answerable: int
    refused: float = Field(description="Share of answerable questions that search abstains from")
    clarified: float
    answered_wrong: float = Field(description="Share of answerable questions stated with a wrong procedure")
    unanswerable: int
    answered_falsely: float = Field(description="Share of unanswerable questions stated with a procedure")
    query_ms: dict[str, float]


def read_questions(path: Path) -> list[Question]:
    """Raises `BadInput(BAD_FILE)` naming the line."""
    found = []
    for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line.decode())
            known = {key: row[key] for key in ("query", "codes", "style", "aspect") if key in row}
            found.append(Question.model_validate(known))
        except (ValueError, TypeError) as error:
            raise BadInput(ErrorCode.BAD_FILE, f"{path.name}:{number}: {error}") from error
    return found


def evaluate(search: ProcedureSearch, questions: Sequence[Question], catalogue: Iterable[Procedure]) -> Report:
    """The whole report."""
    asked = [q for q in questions if q.answerable]
    timings: list[float] = []

    def ours(query: str) -> list[str]:
        started = time.perf_counter()
        ranked = search.rank(query, DEPTH)
        timings.append((time.perf_counter() - started) * 1000)
        return [candidate.code for candidate in ranked]

    places = [place(ours(q.query), q.codes) for q in asked]
    timings.sort()
    own = list(timings)
    groups = {
        "style": _grouped(asked, places, lambda q: q.style),
        "aspect": _grouped(asked, places, lambda q: q.aspect),
        "field": _grouped(asked, places, lambda q: _field(search, q)),
        "view": {name: figures([place(ours(see(q.query)), q.codes) for q in asked]) for name, see in _views().items()},
    }
    rankers = {**_keyword_rankers(list(catalogue)), "rank fusion": _rank_fusion(search)}
    return Report(
        catalogue=len(search),
        encoder=search.encoder.name,
        overall=figures(places),
        groups=groups,
        baselines={name: figures([place(rank(q.query), q.codes) for q in asked]) for name, rank in rankers.items()},
        query_ms={"p50": _percentile(own, 0.5), "p95": _percentile(own, 0.95)},
        **_decisions(search, questions),
    )


def place(codes: Sequence[str], wanted: Sequence[str]) -> int:
    """Index of the first acceptable procedure, or a large number."""
    return next((index for index, code in enumerate(codes) if code in wanted), 10**6)


def figures(places: Sequence[int]) -> Figures:
    count = len(places)
    first = sum(p == 0 for p in places)
    low, high = wilson(first, count)
    return Figures(
        questions=count,
        first=_share(first, count),
        three=_share(sum(p < 3 for p in places), count),
        five=_share(sum(p < 5 for p in places), count),
        mrr=round(sum(1 / (p + 1) for p in places if p < DEPTH) / count, 3) if count else 0.0,
        low=low,
        high=high,
    )


def wilson(hits: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """95 % interval of a share."""
    if count == 0:
        return 0.0, 0.0
    share = hits / count
    centre = share + z * z / (2 * count)
    spread = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    return round((centre - spread) / scale, 3), round((centre + spread) / scale, 3)


def _decisions(search: ProcedureSearch, questions: Sequence[Question]) -> dict[str, Any]:
    answerable = unanswerable = refused = clarified = wrong = falsely = 0
    for question in questions:
        decision = search.search(question.query)
        stated = decision.verdict is Verdict.ANSWER
        if question.answerable:
            answerable += 1
            refused += decision.verdict is Verdict.ABSTAIN
            clarified += decision.verdict is Verdict.CLARIFY
            wrong += bool(stated and decision.best and decision.best.code not in question.codes)
        else:
            unanswerable += 1
            falsely += stated
    return {
        "answerable": answerable,
        "refused": _share(refused, answerable),
        "clarified": _share(clarified, answerable),
        "answered_wrong": _share(wrong, answerable),
        "unanswerable": unanswerable,
        "answered_falsely": _share(falsely, unanswerable),
    }


def _views() -> dict[str, Callable[[str], str]]:
    rng = random.Random(7)  # noqa: S311 - the same slips in every run
    return {"as typed": str, "no accents": drop_accents, "one slip": lambda text: one_slip(text, rng)}


def _field(search: ProcedureSearch, question: Question) -> str:
    """The field (lĩnh vực) of the procedure asked for."""
    procedure = next((found for code in question.codes if (found := search.get(code))), None)
    return procedure.field if procedure else "not in the catalogue"


def _grouped(
    questions: Sequence[Question], places: Sequence[int], key: Callable[[Question], str]
) -> dict[str, Figures]:
    groups: dict[str, list[int]] = {}
    for question, where in zip(questions, places, strict=True):
        groups.setdefault(key(question) or "-", []).append(where)
    return {name: figures(found) for name, found in sorted(groups.items())}


def _keyword_rankers(catalogue: list[Procedure]) -> dict[str, Ranker]:
    """BM25 over the official texts alone, as typed and accent-folded: what there is without anything of ours."""

    def official(procedure: Procedure) -> str:
        return gist_text(procedure.model_copy(update={"phrasings": [], "summary": ""}))

    def ranker(tokens: Callable[[str], list[str]]) -> Ranker:
        documents = [TermCounts(tokens(official(procedure))) for procedure in catalogue]
        statistics = TermStatistics.of(documents)
        postings: dict[int, list[tuple[int, float]]] = {}
        for number, document in enumerate(documents):
            for term, weight in statistics.document_vector(document).items():
                postings.setdefault(term, []).append((number, weight))

        def rank(query: str) -> list[str]:
            vector, _ = statistics.query_vector(dict.fromkeys(tokens(query), 1.0))
            scores: dict[int, float] = {}
            for term, weight in vector.items():
                for number, value in postings.get(term, ()):
                    scores[number] = scores.get(number, 0.0) + weight * value
            best = sorted(scores, key=lambda n: -scores[n])[:DEPTH]
            return [catalogue[number].code for number in best]

        return rank

    return {
        "BM25, as typed": ranker(words),
        "BM25, folded": ranker(lambda text: [t for t in terms(text, accented=False) if t.startswith("f:")]),
    }


def _rank_fusion(search: ProcedureSearch) -> Ranker:
    """Reciprocal rank fusion (k = 60) of the same signals, untuned."""

    def rank(query: str) -> list[str]:
        found = search.signals(query)
        scores: dict[str, float] = {}
        for signal in {signal for values in found.values() for signal in values}:
            ordered = sorted((c for c in found if signal in found[c]), key=lambda c: -found[c][signal])
            for position, code in enumerate(ordered):
                scores[code] = scores.get(code, 0.0) + 1 / (60 + position)
        return sorted(scores, key=lambda code: -scores[code])[:DEPTH]

    return rank


def _share(part: int, whole: int) -> float:
    return round(part / whole, 3) if whole else 0.0


def _percentile(ordered: Sequence[float], share: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 2) if ordered else 0.0
