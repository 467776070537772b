"""Fits the judge of follow-ups on examples, and measures it on examples left out.

An example (`training_data/follow_ups/*.jsonl`): the procedure in hand (`current`), the message (`text`), every code it
may lead to (`codes`; none where the catalogue holds nothing for it), what kind of turn it is (`kind`), and the codes
`spoken` of before.  A multinomial logistic regression over the options of each message, with ridge; whether a message
stays is asked far oftener than the examples ask it, hence `STAY_WEIGHT`.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field
from scipy.optimize import minimize

from actions.procedures.following.judge import Judge
from actions.procedures.following.options import Option, options
from actions.procedures.subject import before_judging
from knowledge_base.errors import BadInput, ErrorCode
from knowledge_base.search import ProcedureSearch

EXAMPLES = Path(__file__).parents[3] / "training_data" / "follow_ups"
RIDGE, STAY_WEIGHT = 0.0005, 2.0
FOLDS = 5
Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]


class Example(BaseModel):
    current: str
    text: str = Field(min_length=1)
    codes: list[str]
    kind: str
    spoken: list[str] = Field(default_factory=list)


@dataclass(frozen=True)
class Sample:
    """The options of one example, and which of them are right."""

    example: Example
    options: list[Option]
    right: Truths

    @property
    def weight(self) -> float:
        return STAY_WEIGHT if self.right[0] else 1.0


def read_examples(folder: Path = EXAMPLES) -> list[Example]:
    """Raises `BadInput(BAD_FILE)` naming the line."""
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
            if not line.strip():
                continue
            try:
                found.append(Example.model_validate(json.loads(line)))
            except ValueError as error:
                raise BadInput(ErrorCode.BAD_FILE, f"{path.name}:{number}: {error}") from error
    return found


def samples_of(search: ProcedureSearch, examples: Sequence[Example]) -> list[Sample]:
    """Those that come to the judge: the procedure is in the catalogue, and no plainer rule settles the message."""
    samples = []
    for example in examples:
        if search.get(example.current) is None:
            continue
        if before_judging(search, example.text, example.current, example.spoken):
            continue
        found = options(search, example.text, example.current, example.spoken)
        wanted = set(example.codes) if example.codes else {None}
        right = np.array([option.code in wanted for option in found])
        if right.any():
            samples.append(Sample(example, found, right))
    return samples


def fit(samples: Sequence[Sample], encoder: str) -> Judge:
    """The judge of least loss over `samples`."""
    keys = sorted({key for sample in samples for option in sample.options for key in option.evidence})
    problems = [(_matrix(sample.options, keys), sample.right, sample.weight) for sample in samples]
    whole = sum(weight for _, _, weight in problems)

    def loss(weights: Floats) -> tuple[float, Floats]:
        total, slope = 0.0, np.zeros_like(weights)
        for evidence, right, weight in problems:
            said = _softmax(evidence @ weights)
            hit = max(float(said[right].sum()), 1e-9)
            total -= weight * np.log(hit)
            slope += weight * (evidence.T @ (said - np.where(right, said / hit, 0.0)))
        return total / whole + RIDGE * float(weights @ weights) / 2, slope / whole + RIDGE * weights

    best = minimize(loss, np.zeros(len(keys)), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
    weights = {key: round(float(weight), 4) for key, weight in zip(keys, best, strict=True)}
    return Judge(encoder=encoder, examples=len(samples), weights=weights)


def cross_validate(samples: Sequence[Sample], encoder: str, seed: int = 7) -> dict[str, tuple[int, float, float]]:
    """For each kind: how many, the share judged right, and the share right among the first three; all left out."""
    mixed = list(samples)
    random.Random(seed).shuffle(mixed)  # noqa: S311 - folds, not secrets
    seen: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for fold in range(FOLDS):
        judge = fit([s for i, s in enumerate(mixed) if i % FOLDS != fold], encoder)
        for sample in mixed[fold::FOLDS]:
            order = np.argsort([-judge.weigh(option.evidence) for option in sample.options], kind="stable")
            seen[sample.example.kind].append((bool(sample.right[order[0]]), bool(sample.right[order[:3]].any())))
    return {
        kind: (len(found), sum(first for first, _ in found) / len(found), sum(three for _, three in found) / len(found))
        for kind, found in sorted(seen.items())
    }


def _matrix(found: Sequence[Option], keys: Sequence[str]) -> Floats:
    return np.array([[option.evidence.get(key, 0.0) for key in keys] for option in found])


def _softmax(values: Floats) -> Floats:
    odds: Floats = np.exp(values - values.max())
    shares: Floats = odds / odds.sum()
    return shares
