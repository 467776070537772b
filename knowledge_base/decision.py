"""What a search comes to: answer with one procedure, clarify between a few, or abstain."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from knowledge_base.procedure import Level


class Verdict(StrEnum):
    ANSWER = "answer"
    CLARIFY = "clarify"
    ABSTAIN = "abstain"


class Candidate(BaseModel):
    """One procedure found.  `score` is the fused score, 0 to about 1, comparable within one index."""

    model_config = ConfigDict(frozen=True)
    code: str
    name: str
    field: str
    level: Level | None = None
    score: float


class Decision(BaseModel):
    """`candidates` best first; `confidence` is the fused score of the first one, capped at 1."""

    verdict: Verdict
    candidates: list[Candidate] = Field(default_factory=list)
    confidence: float = 0.0
    lead: float = Field(default=0.0, description="Cosine by which the best procedure is asked nearer than any decoy")
    reason: str = ""  # code | name | score | twins | low | decoy | empty

    @property
    def best(self) -> Candidate | None:
        return self.candidates[0] if self.candidates else None
