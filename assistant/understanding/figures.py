"""What readings of examples come to: accuracy by view, precision and recall by intent, confusions, and the fallback."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import median
from typing import NamedTuple

from pydantic import BaseModel

from assistant.understanding.trial import Guess

THRESHOLDS = tuple(step / 100 for step in range(0, 100, 2))
SHOWN_CONFUSIONS = 25
SHOWN_TEXTS = 3
FALLBACK = "nlu_fallback"


class Reading(NamedTuple):
    """One message in one view: what was meant, and the likeliest intents, best first."""

    text: str
    view: str
    meant: str
    guesses: Sequence[Guess]

    @property
    def got(self) -> Guess:
        return self.guesses[0]

    @property
    def right(self) -> bool:
        return self.got.intent == self.meant


class IntentFigures(BaseModel):
    """Precision is 0 where the intent was never read."""

    examples: int
    precision: float
    recall: float


class ViewFigures(BaseModel):
    """`accuracy`: of the likeliest intent; `sure`: right, not left to the fallback; `misled`: wrong, not left to it."""

    messages: int
    accuracy: float
    sure: float
    misled: float


class Point(BaseModel):
    """At `threshold`: the share of right readings kept, and of wrong ones let through."""

    threshold: float
    kept: float
    passed: float


class Confusion(BaseModel):
    meant: str
    got: str
    times: int
    texts: list[str]


class Understanding(BaseModel):
    """Shares between 0 and 1; times in milliseconds.  All but `held_out` comes from cross-validation."""

    examples: int
    folds: int
    threshold: float
    ambiguity: float
    best_threshold: float
    parse_p50_ms: float
    views: dict[str, ViewFigures]
    held_out: dict[str, ViewFigures]
    intents: dict[str, IntentFigures]
    intents_by_view: dict[str, dict[str, IntentFigures]]
    confusions: list[Confusion]
    matrix: dict[str, dict[str, int]]
    curve: list[Point]


def unsure(reading: Reading, threshold: float, ambiguity: float) -> bool:
    """Whether Rasa's fallback takes the message: no intent likely enough, or two alike."""
    first, *others = reading.guesses
    return first.confidence < threshold or bool(others and first.confidence - others[0].confidence < ambiguity)


def by_view(readings: Iterable[Reading], threshold: float, ambiguity: float) -> dict[str, ViewFigures]:
    grouped: dict[str, list[Reading]] = {}
    for reading in readings:
        grouped.setdefault(reading.view, []).append(reading)
    found = {}
    for view, group in grouped.items():
        right = sum(reading.right for reading in group)
        told = [reading for reading in group if not unsure(reading, threshold, ambiguity)]
        sure = sum(reading.right for reading in told)
        found[view] = ViewFigures(
            messages=len(group), accuracy=_share(right, len(group)), sure=_share(sure, len(group)),
            misled=_share(len(told) - sure, len(group)),
        )  # fmt: skip
    return found


def by_intent(readings: Sequence[Reading]) -> dict[str, IntentFigures]:
    meant = Counter(reading.meant for reading in readings)
    got = Counter(reading.got.intent for reading in readings)
    right = Counter(reading.meant for reading in readings if reading.right)
    return {
        intent: IntentFigures(
            examples=meant[intent], precision=_share(right[intent], got[intent]),
            recall=_share(right[intent], meant[intent]),
        )
        for intent in sorted(meant)
    }  # fmt: skip


def matrix_of(readings: Iterable[Reading]) -> dict[str, dict[str, int]]:
    """How often each intent was read as which; rows are what was meant."""
    counted: dict[str, Counter[str]] = {}
    for reading in readings:
        counted.setdefault(reading.meant, Counter())[reading.got.intent] += 1
    return {meant: dict(counted[meant]) for meant in sorted(counted)}


def confusions_of(readings: Iterable[Reading], most: int = SHOWN_CONFUSIONS) -> list[Confusion]:
    """The commonest mistakes, with some of the messages as they were written."""
    wrong: dict[tuple[str, str], list[str]] = {}
    for reading in readings:
        if not reading.right:
            wrong.setdefault((reading.meant, reading.got.intent), []).append(reading.text)
    ordered = sorted(wrong.items(), key=lambda item: (-len(item[1]), item[0]))[:most]
    return [
        Confusion(meant=meant, got=got, times=len(texts), texts=list(dict.fromkeys(texts))[:SHOWN_TEXTS])
        for (meant, got), texts in ordered
    ]


def curve_of(readings: Sequence[Reading], ambiguity: float) -> list[Point]:
    right = [reading for reading in readings if reading.right]
    wrong = [reading for reading in readings if not reading.right]
    return [
        Point(
            threshold=threshold,
            kept=_share(sum(not unsure(reading, threshold, ambiguity) for reading in right), len(right)),
            passed=_share(sum(not unsure(reading, threshold, ambiguity) for reading in wrong), len(wrong)),
        )
        for threshold in THRESHOLDS
    ]


def best_threshold(readings: Sequence[Reading], ambiguity: float) -> float:
    """Where one right reading lost weighs as much as one wrong one let through: the most kept less passed.

    Below it a reading is wrong more often than right.  Of equals the lowest.
    """

    def gain(threshold: float) -> int:
        told = [reading for reading in readings if not unsure(reading, threshold, ambiguity)]
        return sum(1 if reading.right else -1 for reading in told)

    return max(THRESHOLDS, key=lambda threshold: (gain(threshold), -threshold))


def understanding(
    readings: Sequence[Reading], held_out: Sequence[Reading], took: Sequence[float], examples: int, folds: int,
    threshold: float, ambiguity: float,
) -> Understanding:  # fmt: skip
    """`readings`: from cross-validation; `held_out`: by a classifier of all examples; `took`: milliseconds."""
    views = list(dict.fromkeys(reading.view for reading in readings))
    return Understanding(
        examples=examples, folds=folds, threshold=threshold, ambiguity=ambiguity,
        best_threshold=best_threshold(readings, ambiguity),
        parse_p50_ms=round(median(took), 2) if took else 0.0,
        views=by_view(readings, threshold, ambiguity), held_out=by_view(held_out, threshold, ambiguity),
        intents=by_intent(readings),
        intents_by_view={view: by_intent([reading for reading in readings if reading.view == view]) for view in views},
        confusions=confusions_of(readings), matrix=matrix_of(readings), curve=curve_of(readings, ambiguity),
    )  # fmt: skip


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
