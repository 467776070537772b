"""How sure a search is, as two probabilities read off evidence, and what follows from them.

`answerable`: some procedure answers the question.  `right`: if one does, the best candidate is it.  Both are logistic
in the evidence; weights and thresholds are fitted on questions that encoder and index never saw
(`knowledge_base.calibrate`) and stored beside the encoder, in `confidence.json`.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from knowledge_base.errors import ErrorCode, Misconfigured

FILE = "confidence.json"
# A question that has passed the dialogue's guards (out of domain, legal advice, another place …): these take 68 of the
# 120 questions of calibration and judging (tests/questions) that nothing answers, and 30 of the 320 others.  Measured:
# 45 instead of 40 of the 50 development turns right, 542 instead of 537 of our own 562, on the imported catalogue.
GUARDED = (1 - 30 / 320) / (1 - 68 / 120)
# By how much less such a question is stated: of the thresholds tried on 640 questions and weighted as the guards let
# them pass, 0.60 costs least (146, against 160 at 0.70), with the costs of `calibrate.py`.
GUARDED_EASE = 0.1


class Evidence(NamedTuple):
    """What the decision about one question rests on; every value about 0 to 1."""

    score: float  # fused score of the best candidate
    gap: float  # how far the next candidate stands behind, those set aside by preference left out
    lead: float  # cosine by which the best procedure is asked nearer than any question that none answers
    asked: float  # cosine with the nearest phrasing of the best candidate
    named: float  # cosine with its name
    words: float  # share of the question's weighted words that its texts hold
    length: float  # how much was told, up to 24 words: a long story resembles each of its parts less


class Line(BaseModel):
    """Logistic regression: sigmoid(bias + sum of weights times evidence)."""

    model_config = ConfigDict(frozen=True)
    bias: float
    weights: tuple[float, ...] = Field(min_length=len(Evidence._fields), max_length=len(Evidence._fields))

    def __call__(self, evidence: Evidence) -> float:
        total = self.bias + sum(weight * value for weight, value in zip(self.weights, evidence, strict=True))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


class Confidence(BaseModel):
    """The two lines and the probabilities from which a question is answered or declined."""

    model_config = ConfigDict(frozen=True)
    encoder: str = Field(description="The encoder it was fitted with: the shipped one's sister that saw less")
    evidence: tuple[str, ...] = Evidence._fields
    answerable: Line
    right: Line
    answer_from: float = Field(ge=0, le=1, description="Product of both from which the best candidate is stated")
    clarify_from: float = Field(ge=0, le=1, description="`answerable` under which a question is declined")

    def of(self, evidence: Evidence, odds: float = 1.0) -> tuple[float, float]:
        """Probability that something answers, and that the best candidate does.

        `odds`: how many times likelier it is than among the questions of the fit that something answers.
        """
        answerable = self.answerable(evidence) * odds
        answerable /= answerable + 1 - self.answerable(evidence)
        return answerable, answerable * self.right(evidence)

    @classmethod
    def load(cls, folder: Path) -> Confidence:
        """The one stored in an encoder's folder.

        Raises:
            Misconfigured: it is missing, unreadable, or rests on other evidence.
        """
        try:
            found = cls.model_validate_json((folder / FILE).read_bytes())
        except (OSError, ValueError) as error:
            raise Misconfigured(ErrorCode.MISCONFIGURED, f"{folder / FILE}: {error}") from error
        if found.evidence != Evidence._fields:
            raise Misconfigured(ErrorCode.MISCONFIGURED, f"{folder / FILE}: fitted on other evidence, fit it anew")
        return found

    def save(self, folder: Path) -> None:
        (folder / FILE).write_text(self.model_dump_json(indent=1), encoding="utf-8")
