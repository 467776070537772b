"""The vector index as search sees it.  Two engines keep it: Qdrant Edge in process, a Qdrant server over the wire."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from knowledge_base.index.terms import Sparse


@dataclass(frozen=True, slots=True)
class Point:
    """One view of one procedure: its code and the vectors of that view (either may be missing)."""

    id: int
    code: str
    view: str
    dense: Sequence[float] | None = None
    sparse: Sparse = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Probe:
    """One nearest-neighbour question: the vectors of view `view`, dense or sparse, best `limit` points."""

    view: str
    limit: int
    dense: Sequence[float] | None = None
    sparse: Sparse | None = None


class Hit(NamedTuple):
    """A point found.  A question makes hundreds of them: a plain tuple is the cheapest to make."""

    id: int
    code: str
    score: float


class VectorIndex(Protocol):
    """All methods raise `Unavailable(SEARCH_DOWN)` when the engine cannot answer."""

    def rebuild(self, points: Iterable[Point], dimension: int, stamp: str) -> None:
        """Replaces the whole content; readers see the old one until the new one is complete.

        `stamp` names the content (a digest), so that a fresh start knows whether a rebuild is due.
        """

    def stamp(self) -> str:
        """The stamp of the content in use; empty when there is none."""

    def refresh(self) -> bool:
        """Takes up content that another process has built since; whether there was any."""

    def ask(self, probes: Sequence[Probe]) -> list[list[Hit]]:
        """One list of hits for each probe, best first."""

    def count(self) -> int:
        """Points held."""

    def close(self) -> None: ...


def dense_name(view: str) -> str:
    return f"{view}_dense"


def sparse_name(view: str) -> str:
    return f"{view}_sparse"
