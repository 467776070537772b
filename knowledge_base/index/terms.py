"""Terms of a text and their BM25 weights, as sparse vectors.

A term is a folded syllable (`f:`), a folded pair of neighbours (`b:`) or, where the writer typed diacritics, the
accented syllable (`a:`).  The weight of a term in a document already holds its IDF, so that the dot product of a
query (weights of `query_terms`) and a document is the BM25 score, on any engine.
"""

from __future__ import annotations

import itertools
import math
import zlib
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from knowledge_base.text import expand, fold, has_diacritics, lexicon, words

K1 = 1.2
B = 0.6
KIND_WEIGHT = {"f": 1.0, "b": 0.8, "a": 0.6}
OFFICIAL_WEIGHT = 0.5  # of an official term added for an everyday one

Sparse = dict[int, float]


def terms(text: str, accented: bool = True) -> list[str]:
    """Terms of `text`, abbreviations written out.  `accented` false leaves the accented view out."""
    plain = words(expand(text))
    folded = [fold(word) for word in plain]
    found = [f"f:{word}" for word in folded]
    found += [f"b:{first}_{second}" for first, second in itertools.pairwise(folded)]
    if accented:
        found += [f"a:{word}" for word, plainer in zip(plain, folded, strict=True) if word != plainer]
    return found


def query_terms(text: str) -> dict[str, float]:
    """Weighted terms of a question: its own in the view it was typed in, and official ones at less weight."""
    accented = has_diacritics(text)
    weights: dict[str, float] = dict.fromkeys(terms(text, accented), 1.0)
    for meant in lexicon().official(text):
        for term in terms(meant, accented):
            weights.setdefault(term, OFFICIAL_WEIGHT)
    return {term: weight * KIND_WEIGHT[term[0]] for term, weight in weights.items()}


@lru_cache(maxsize=1 << 18)
def term_id(term: str) -> int:
    """A stable 32-bit id; no vocabulary needs to be kept or agreed on between machines."""
    return zlib.crc32(term.encode())


class TermCounts:
    """The terms of one text by id and how often each occurs; six bytes a term: a whole catalogue waits in memory."""

    __slots__ = ("counts", "ids", "length")

    def __init__(self, found: list[str]) -> None:
        by_id: dict[int, int] = {}
        for term, count in Counter(found).items():
            number = term_id(term)
            by_id[number] = by_id.get(number, 0) + count
        self.ids = array("I", by_id.keys())
        self.counts = array("H", (min(count, 65535) for count in by_id.values()))
        self.length = len(found)


@dataclass(slots=True)
class TermStatistics:
    """Document frequencies of one view, as needed to weigh documents and to scale a query's score to 0..1."""

    documents: int = 0
    average_length: float = 0.0
    weights: dict[int, float] = field(default_factory=dict)  # IDF by term

    @classmethod
    def of(cls, documents: Iterable[TermCounts]) -> TermStatistics:
        frequency: Counter[int] = Counter()
        count = length = 0
        for document in documents:
            count += 1
            length += document.length
            frequency.update(document.ids)
        weights = {term: idf(df, count) for term, df in frequency.items()}
        return cls(count, length / count if count else 0.0, weights)

    def document_vector(self, document: TermCounts) -> Sparse:
        """BM25 weights with IDF inside."""
        scale = K1 * (1 - B + B * document.length / (self.average_length or 1))
        pairs = zip(document.ids, document.counts, strict=True)
        unseen = idf(0, self.documents)
        return {term: self.weights.get(term, unseen) * n * (K1 + 1) / (n + scale) for term, n in pairs}

    def query_vector(self, weights: dict[str, float]) -> tuple[Sparse, float]:
        """The query's vector, and the score of a perfect match, by which scores are divided."""
        vector: Sparse = {}
        best = 0.0
        unseen = idf(0, self.documents)
        for term, weight in weights.items():
            number = term_id(term)
            rare = self.weights.get(number)
            if rare is not None:
                vector[number] = weight
            best += weight * min(unseen if rare is None else rare, 8.0) * 1.4
        return vector, best or 1.0


def idf(frequency: int, documents: int) -> float:
    """How telling a term is that stands in `frequency` of `documents` texts."""
    return math.log(1 + (documents - frequency + 0.5) / (frequency + 0.5))
