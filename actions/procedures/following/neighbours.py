"""Which procedures stand near one another, and what tells their names apart."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache, lru_cache
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np
import yaml
from numpy.typing import NDArray

from knowledge_base.passages import lines_of
from knowledge_base.preference import base_name
from knowledge_base.procedure import Procedure
from knowledge_base.search import ProcedureSearch
from knowledge_base.text import expand, fold, words

Vector = NDArray[np.float32]
FAMILY = 12  # procedures of the same field that count as neighbours, by the words of their names
ALIKE_FROM = 0.2
# Folded words of what is done, and to whom; the others name the thing it is done to.
_DOING = frozenset(
    """
    cap lai doi gia han dang ky thu tuc xac nhan cham dut thu hoi huy xoa dieu chinh bo sung sua thay thong bao tam
    ngung tiep tuc moi lan dau de nghi giai quyet cong nhan chap thuan phe duyet tham dinh giay phep chung nhan the so
    va hoac cua cho doi voi truong hop do tai theo trong ngoai cac co la bi duoc khi den tu nguoi to chuc ca thuc hien
    """.split()  # noqa: SIM905 - a word list reads better as words
)


@cache
def _cues() -> dict[str, tuple[re.Pattern[str], re.Pattern[str]]]:
    found = yaml.safe_load((Path(__file__).parent / "cues.yml").read_text(encoding="utf-8"))
    return {key: (_any_of(cue["said"]), _any_of(cue["named"])) for key, cue in found.items()}


def _any_of(ways: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{ways})\b")


def cues_said(text: str) -> frozenset[str]:
    """What a message tells of the case: {"lost"} for "cái cũ bị mất rồi"."""
    plain = fold(" ".join(words(expand(text))))
    return frozenset(key for key, (said, _) in _cues().items() if said.search(plain))


def cues_named(name: str) -> frozenset[str]:
    """What a procedure's name tells of the case it is for."""
    plain = fold(" ".join(words(expand(name))))
    return frozenset(key for key, (_, named) in _cues().items() if named.search(plain))


class Neighbours:
    """Names of the procedures of one catalogue, compared."""

    def __init__(self, search: ProcedureSearch) -> None:
        self._encoder = search.encoder
        self._procedures = {procedure.code: procedure for procedure in search}
        self._things: dict[str, frozenset[str]] = {}
        self._fields: dict[str, list[str]] = defaultdict(list)
        counted: dict[str, int] = defaultdict(int)
        for code, procedure in self._procedures.items():
            folded = {fold(word) for word in words(expand(f"{procedure.name} {procedure.short_name}"))}
            things = self._things[code] = frozenset(folded - _DOING)
            self._fields[procedure.field].append(code)
            for word in things:
                counted[word] += 1
        self._rarity = {word: float(np.log(1 + len(self._things) / count)) for word, count in counted.items()}
        self.family = lru_cache(maxsize=4096)(self._family)
        self.cues = lru_cache(maxsize=None)(self._named)
        self.told_cues = lru_cache(maxsize=4096)(self._told)
        self.base = lru_cache(maxsize=None)(self._base)
        self.name_vector = lru_cache(maxsize=4096)(self._name_vector)
        self.difference = lru_cache(maxsize=16384)(self._difference)

    def vector(self, text: str) -> Vector:
        found: Vector = self._encoder.encode([text])[0]
        return found

    def _named(self, code: str) -> frozenset[str]:
        procedure = self._procedures[code]
        return cues_named(f"{procedure.name} {procedure.short_name} {procedure.summary}")

    def _told(self, code: str) -> frozenset[str]:
        """What the whole record speaks of: the case of a child is one of the procedure's own where papers name it."""
        plain = fold("\n".join(line.text for line in lines_of(self._procedures[code])))
        return frozenset(key for key, (said, _) in _cues().items() if said.search(plain))

    def _base(self, code: str) -> str:
        """Equal for one procedure at two levels."""
        return base_name(self._procedures[code].name)

    def _family(self, code: str) -> list[str]:
        """Codes of the same field whose names tell of the same things, nearest first."""
        own = self._things[code]
        near = [(self._alike(own, self._things[other]), other) for other in self._fields[self._procedures[code].field]]
        return [other for alike, other in sorted(near, reverse=True) if alike > ALIKE_FROM and other != code][:FAMILY]

    def _alike(self, first: frozenset[str], second: frozenset[str]) -> float:
        either = sum(self._rarity[word] for word in first | second)
        return sum(self._rarity[word] for word in first & second) / either if either else 0.0

    def _name_vector(self, code: str) -> Vector:
        return self.vector(" ".join(_title(self._procedures[code])))

    def _difference(self, code: str, other: str) -> Vector:
        """Of the words that the name of `other` adds to that of `code`; zero where it adds none."""
        known = set(_title(self._procedures[code]))
        return self.vector(" ".join(word for word in _title(self._procedures[other]) if word not in known))


def _title(procedure: Procedure) -> list[str]:
    return words(expand(procedure.short_name or procedure.name))


_OF: WeakKeyDictionary[ProcedureSearch, Neighbours] = WeakKeyDictionary()


def neighbours_of(search: ProcedureSearch) -> Neighbours:
    """The neighbours in the catalogue of `search`, worked out once."""
    found = _OF.get(search)
    if found is None:
        found = _OF[search] = Neighbours(search)
    return found
