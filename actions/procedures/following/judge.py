"""How likely each option is: softmax of a weighted sum of its evidence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from actions.procedures.following.options import Evidence, Option
from knowledge_base.errors import ErrorCode, Misconfigured

FILE = Path(__file__).parent / "judge.json"


class Judged(NamedTuple):
    code: str | None
    probability: float


class Judge(BaseModel):
    """The fitted weights, and what was measured when they were (`fit.py`)."""

    model_config = ConfigDict(frozen=True)
    encoder: str
    examples: int
    weights: dict[str, float]

    def weigh(self, evidence: Evidence) -> float:
        return sum(self.weights.get(key, 0.0) * value for key, value in evidence.items())

    def judge(self, options: Sequence[Option]) -> list[Judged]:
        """Options with their probabilities, likeliest first."""
        weighed = [self.weigh(option.evidence) for option in options]
        most = max(weighed)
        odds = [math.exp(weight - most) for weight in weighed]
        whole = sum(odds)
        judged = [Judged(option.code, odd / whole) for option, odd in zip(options, odds, strict=True)]
        return sorted(judged, key=lambda option: -option.probability)


@cache
def shipped() -> Judge:
    """Raises `Misconfigured` where the file is missing or unreadable."""
    try:
        return Judge.model_validate_json(FILE.read_bytes())
    except (OSError, ValueError) as error:
        raise Misconfigured(ErrorCode.MISCONFIGURED, f"{FILE}: {error}") from error
