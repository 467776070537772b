"""From a catalogue to the points of the index, and the term statistics that questions need."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from knowledge_base.decoys import PREFIX, Decoys, load_decoys
from knowledge_base.encoder import Encoder
from knowledge_base.index.port import Point, VectorIndex
from knowledge_base.index.terms import TermCounts, TermStatistics, terms
from knowledge_base.index.views import ASK, DENSE_VIEWS, SPARSE_VIEWS, View, views_of
from knowledge_base.procedure import Procedure

LAYOUT = "1"  # of points and terms; a new one makes every index stale
ENCODE_BATCH = 1024


@dataclass(frozen=True)
class Prepared:
    """Views of a catalogue with the terms of each, and the statistics of all: what an index is built of."""

    views: list[View]
    counts: list[TermCounts]
    statistics: dict[str, TermStatistics]
    stamp: str


def prepare(procedures: Iterable[Procedure], encoder_name: str, decoys: Decoys | None = None) -> Prepared:
    """Reads the views and counts their terms.  The stamp covers texts, encoder and layout."""
    procedures = list(procedures)
    decoys = load_decoys({procedure.code for procedure in procedures}) if decoys is None else decoys
    views = [view for procedure in procedures for view in views_of(procedure)]
    views += [View(PREFIX + kind, ASK, text) for kind, texts in decoys.items() for text in texts]
    digest = hashlib.sha256(f"{LAYOUT}\0{encoder_name}".encode())
    for view in views:
        digest.update(f"\0{view.code}\0{view.name}\0{view.text}".encode())
    counts = [TermCounts(terms(view.text)) for view in views]
    statistics = {
        name: TermStatistics.of(c for c, view in zip(counts, views, strict=True) if view.name == name)
        for name in SPARSE_VIEWS
    }
    return Prepared(views, counts, statistics, digest.hexdigest()[:24])


def points(prepared: Prepared, encoder: Encoder) -> Iterator[Point]:
    """Points in the order of views; dense vectors only for the views that have them."""
    for start in range(0, len(prepared.views), ENCODE_BATCH):
        batch = prepared.views[start : start + ENCODE_BATCH]
        dense = [view for view in batch if view.name in DENSE_VIEWS]
        vectors = dict(zip(map(id, dense), encoder.encode([view.text for view in dense]), strict=True))
        for offset, view in enumerate(batch):
            vector = vectors.get(id(view))
            yield Point(
                id=start + offset,
                code=view.code,
                view=view.name,
                dense=vector.tolist() if vector is not None and vector.any() else None,
                sparse=prepared.statistics[view.name].document_vector(prepared.counts[start + offset]),
            )


def ensure(index: VectorIndex, prepared: Prepared, encoder: Encoder) -> bool:
    """Rebuilds the index if its content is not what `prepared` says; whether it did."""
    if index.stamp() == prepared.stamp:
        return False
    index.rebuild(points(prepared, encoder), encoder.dimension, prepared.stamp)
    return True
