"""Fits the confidence of a search on questions that its encoder and index never saw.

The questions: phrasings and decoys kept back (`held_out.split`), and question files.  Both lines are fitted by
cross-validation; thresholds, figures and the reliability bins all come from the folds left out.  The thresholds are
those of least cost among those that keep the bars:

    a procedure stated for a question that none answers      FALSE
    another procedure stated than the right one              WRONG; its name stands in the first line of the answer
    an answerable question declined                          REFUSED
    asked back                                               ASKED; MISSED if the right one is not among those offered
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from knowledge_base.confidence import Confidence, Evidence, Line
from knowledge_base.evaluation import Question
from knowledge_base.search import ProcedureSearch

FALSE, WRONG, REFUSED, ASKED, MISSED = 8.0, 2.0, 6.0, 1.0, 2.0
# of a phrasing or decoy kept back, beside a question written as citizens ask; a phrasing often fits a twin as well,
# which its label does not say, and a decoy kept back has lost a neighbour or two of the four or five of its kind
PHRASING_WEIGHT, DECOY_WEIGHT = 0.02, 0.2
BAR = 0.03  # of answerable questions declined, and of unanswerable ones answered with a procedure
FOLDS, SHUFFLES = 5, 10  # one shuffle alone moves the thresholds by a tenth
OFFERED = 4
BINS = 10
Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]


@dataclass(frozen=True)
class Sample:
    """One question with the evidence on it, and the truth."""

    evidence: Evidence
    answerable: bool
    right: bool
    offered: bool  # the right one is among the first four
    weight: float


class Bin(BaseModel):
    """Questions whose probability lies in one tenth: what was said and what was true, weighted."""

    questions: int
    said: float
    true: float


class Outcome(BaseModel):
    """What the thresholds come to, on the folds left out.  Shares of weighted questions."""

    questions: int
    refused: float = Field(description="of the answerable")
    asked_back: float = Field(description="of the answerable")
    stated_wrong: float = Field(description="of the answerable")
    stated_falsely: float = Field(description="of those that no procedure answers")


class Calibration(BaseModel):
    confidence: Confidence
    outcome: Outcome
    answerable_bins: list[Bin]
    right_bins: list[Bin]


def samples_of(search: ProcedureSearch, questions: Sequence[Question], weight: float = 1.0) -> list[Sample]:
    """Evidence on each question that search does not settle by a code or an exact name."""
    found = []
    for question in questions:
        ranked, evidence = search.weigh(question.query)
        if evidence is None:
            continue
        codes = [candidate.code for candidate in ranked]
        right = bool(codes) and codes[0] in question.codes
        offered = any(code in question.codes for code in codes[:OFFERED])
        found.append(Sample(evidence, question.answerable, right, offered, weight))
    return found


def calibrate(samples: Sequence[Sample], encoder: str, seed: int = 5) -> Calibration:
    """Lines fitted on all samples; thresholds and figures from out-of-fold probabilities.

    Raises `ValueError` when one of the two kinds of question is missing.
    """
    evidence = np.array([sample.evidence for sample in samples], dtype=np.float64)
    weights = np.array([sample.weight for sample in samples])
    answerable = np.array([sample.answerable for sample in samples])
    right = np.array([sample.right for sample in samples])
    says_answerable = _out_of_fold(evidence, answerable, weights, seed)
    says_right = says_answerable * _out_of_fold(evidence, right, weights, seed, answerable)
    answer_from, clarify_from = _cheapest(samples, says_answerable, says_right)
    return Calibration(
        confidence=Confidence(
            encoder=encoder,
            answerable=_line(evidence, answerable, weights),
            right=_line(evidence[answerable], right[answerable], weights[answerable]),
            answer_from=answer_from,
            clarify_from=clarify_from,
        ),
        outcome=_outcome(samples, says_answerable, says_right, answer_from, clarify_from),
        answerable_bins=_bins(says_answerable, answerable, weights),
        right_bins=_bins(says_right, right, weights),
    )


def _model() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=10.0, max_iter=2000)


def _line(evidence: Floats, truth: Truths, weights: Floats) -> Line:
    fitted = _model().fit(evidence, truth, sample_weight=weights)
    return Line(bias=round(float(fitted.intercept_[0]), 4), weights=tuple(round(float(w), 4) for w in fitted.coef_[0]))


def _out_of_fold(evidence: Floats, truth: Truths, weights: Floats, seed: int, among: Truths | None = None) -> Floats:
    """Probabilities for each row by lines fitted on other rows, only those `among` if given; the mean of shuffles."""
    from sklearn.model_selection import RepeatedStratifiedKFold

    said = np.zeros(len(truth))
    folds = RepeatedStratifiedKFold(n_splits=FOLDS, n_repeats=SHUFFLES, random_state=seed)
    for fitting, left_out in folds.split(evidence, truth):
        fitting = fitting if among is None else fitting[among[fitting]]
        line = _line(evidence[fitting], truth[fitting], weights[fitting])
        said[left_out] += [line(Evidence(*row)) for row in evidence[left_out]]
    return said / SHUFFLES


def _cheapest(samples: Sequence[Sample], says_answerable: Floats, says_right: Floats) -> tuple[float, float]:
    """The pair of least cost among those that keep both bars on the questions of full weight, else among all."""
    grid = [round(float(value), 3) for value in np.linspace(0.02, 0.98, 49)]
    pairs = [(answer_from, clarify_from) for answer_from in grid for clarify_from in grid]
    full = np.array([sample.weight >= 1 for sample in samples])
    asked = [sample for sample in samples if sample.weight >= 1]

    def keeps(pair: tuple[float, float]) -> bool:
        found = _outcome(asked, says_answerable[full], says_right[full], *pair)
        return max(found.refused, found.stated_falsely) <= BAR

    kept = [pair for pair in pairs if keeps(pair)] or pairs
    costs = {pair: _cost(samples, says_answerable, says_right, *pair) for pair in kept}
    return min(costs, key=lambda pair: (round(costs[pair], 6), pair))


def _cost(
    samples: Sequence[Sample], says_answerable: Floats, says_right: Floats, answer_from: float, clarify_from: float
) -> float:
    masks = _masks(says_answerable, says_right, answer_from, clarify_from)
    truth, weights = _truth(samples), np.array([sample.weight for sample in samples])
    wrong = np.where(truth["answerable"], WRONG, FALSE)
    cost = wrong * (masks["stated"] & ~truth["right"]) + REFUSED * (masks["declined"] & truth["answerable"])
    cost = cost + masks["asked"] * np.where(truth["offered"] | ~truth["answerable"], ASKED, MISSED)
    return float((cost * weights).sum())


def _masks(says_answerable: Floats, says_right: Floats, answer_from: float, clarify_from: float) -> dict[str, Truths]:
    declined = says_answerable < clarify_from
    stated = ~declined & (says_right >= answer_from)
    return {"declined": declined, "stated": stated, "asked": ~declined & ~stated}


def _truth(samples: Sequence[Sample]) -> dict[str, Truths]:
    return {
        name: np.array([getattr(sample, name) for sample in samples]) for name in ("answerable", "right", "offered")
    }


def _outcome(
    samples: Sequence[Sample], says_answerable: Floats, says_right: Floats, answer_from: float, clarify_from: float
) -> Outcome:
    masks = _masks(says_answerable, says_right, answer_from, clarify_from)
    truth, weights = _truth(samples), np.array([sample.weight for sample in samples])

    def share(chosen: Truths, among: Truths) -> float:
        whole = float(weights[among].sum())
        return round(float(weights[chosen & among].sum()) / whole, 4) if whole else 0.0

    return Outcome(
        questions=len(samples),
        refused=share(masks["declined"], truth["answerable"]),
        asked_back=share(masks["asked"], truth["answerable"]),
        stated_wrong=share(masks["stated"] & ~truth["right"], truth["answerable"]),
        stated_falsely=share(masks["stated"], ~truth["answerable"]),
    )


def _bins(said: Floats, truth: Truths, weights: Floats) -> list[Bin]:
    place = np.minimum((said * BINS).astype(int), BINS - 1)
    found = []
    for number in range(BINS):
        inside = place == number
        if inside.any():
            mean_said, mean_true = (float(np.average(v[inside], weights=weights[inside])) for v in (said, truth))
            found.append(Bin(questions=int(inside.sum()), said=round(mean_said, 3), true=round(mean_true, 3)))
    return found
