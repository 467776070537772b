"""Places of Hanoi as people name them: the 126 units since 01/07/2025, and the 526 old units and 30 districts before.

Source: `data/units.json` (Nghị quyết 1656/NQ-UBTVQH15; Quyết định 19/2025/QĐ-TTg).  The new list re-uses old codes
for other places, so a code means nothing without its era.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from knowledge_base.text import fold, has_diacritics, normalise

_DATA = Path(__file__).parent / "data" / "units.json"
_WORD = re.compile(r"[^\W_]+")
_LONGEST = 6  # words in "Văn Miếu - Quốc Tử Giám", the longest name, prefix aside


class Era(StrEnum):
    WARD = "ward"  # one of the 126 units of today
    OLD_WARD = "old_ward"
    OLD_DISTRICT = "old_district"


_PREFIXES: dict[tuple[str, ...], tuple[Era, ...]] = {
    ("phuong",): (Era.WARD, Era.OLD_WARD),
    ("xa",): (Era.WARD, Era.OLD_WARD),
    ("p",): (Era.WARD, Era.OLD_WARD),
    ("thi", "tran"): (Era.OLD_WARD,),
    ("tt",): (Era.OLD_WARD,),
    ("quan",): (Era.OLD_DISTRICT,),
    ("q",): (Era.OLD_DISTRICT,),
    ("huyen",): (Era.OLD_DISTRICT,),
    ("thi", "xa"): (Era.OLD_DISTRICT,),
    ("tx",): (Era.OLD_DISTRICT,),
}


@dataclass(frozen=True)
class Unit:
    """One of the 126 units of today.  `lat`, `lon`: centre of its polygon, WGS 84 degrees."""

    code: str
    type: str
    name: str
    key: str
    lat: float
    lon: float

    @property
    def full_name(self) -> str:
        return f"{self.type} {self.name}"


@dataclass(frozen=True)
class Place:
    """What somebody may have meant.  More than one of `units`: the old place was split, ask for the new ward."""

    era: Era
    code: str
    full_name: str
    district: str  # the old district of an old ward, else ""
    units: tuple[Unit, ...]


@dataclass(frozen=True)
class _Entry:
    place: Place
    key: tuple[str, ...]
    accented: str
    district_code: str


@dataclass(frozen=True)
class _Hit:
    entry: _Entry
    start: int
    end: int  # in words, prefix included
    prefixed: bool


class Places:
    """The gazetteer.  Build with `Places.load()`."""

    def __init__(self, data: dict[str, list[list[object]]]) -> None:
        self.units: dict[str, Unit] = {str(row[0]): Unit(*row) for row in data["units"]}  # type: ignore[arg-type]
        self._common = {tuple(str(word).split()) for word in data["common_words"]}
        self._by_key: dict[tuple[str, ...], list[_Entry]] = {}
        self.districts: dict[str, Place] = {}
        for entry in self._entries(data):
            self._by_key.setdefault(entry.key, []).append(entry)

    @classmethod
    def load(cls, path: Path = _DATA) -> Places:
        return cls(json.loads(path.read_text(encoding="utf-8")))

    def find(self, text: str) -> list[Place]:
        """Places named in `text`, likeliest first; accents optional, several when a name is shared.

        A bare name means the ward of today first, then the old district, then the old ward.  "phường"/"xã" and
        "quận"/"huyện" before it narrow that; an old district named beside an old ward picks among its namesakes.
        Names that are also everyday words need their prefix, unless they are all that was said.
        """
        plain = normalise(text).lower()
        found = _WORD.findall(plain)
        tokens = [fold(word) for word in found]
        hits = list(self._hits(tokens))
        hits = [hit for hit in hits if not any(_covers(other, hit) for other in hits)]
        if has_diacritics(plain):
            hits = list(_same_accents(hits, found))
        districts = {hit.entry.place.code for hit in hits if hit.entry.place.era is Era.OLD_DISTRICT}
        narrowed = [hit for hit in hits if hit.entry.place.era is Era.OLD_WARD and hit.entry.district_code in districts]
        narrowed = [hit for hit in narrowed if not any(_beside(hit, other) for other in hits)]
        if narrowed:
            hits = narrowed
        order = (Era.WARD, Era.OLD_DISTRICT, Era.OLD_WARD)
        if "cu" not in tokens:
            hits = [hit for hit in hits if not any(_lives_on(hit, other) for other in hits)]
        hits.sort(key=lambda hit: (not hit.prefixed, -(hit.end - hit.start), order.index(hit.entry.place.era)))
        seen: dict[tuple[Era, str], Place] = {}
        for hit in hits:
            seen.setdefault((hit.entry.place.era, hit.entry.place.code), hit.entry.place)
        return list(seen.values())

    def _hits(self, tokens: list[str]) -> Iterator[_Hit]:
        for start in range(len(tokens)):
            for length in range(min(_LONGEST, len(tokens) - start), 0, -1):
                key = tuple(tokens[start : start + length])
                entries = self._by_key.get(key)
                if not entries:
                    continue
                prefix = _prefix(tokens, start)
                if prefix:
                    eras = _PREFIXES[prefix]
                    fitting = [entry for entry in entries if entry.place.era in eras]
                    yield from (_Hit(entry, start - len(prefix), start + length, True) for entry in fitting)
                    if fitting:
                        continue
                if key in self._common and len(tokens) > length:
                    continue
                yield from (_Hit(entry, start, start + length, False) for entry in entries)

    def _entries(self, data: dict[str, list[list[object]]]) -> Iterator[_Entry]:
        for unit in self.units.values():
            place = Place(Era.WARD, unit.code, unit.full_name, "", (unit,))
            yield from _named(place, unit.name, "")
        for code, kind, name, _key, new in data["old_districts"]:
            place = Place(Era.OLD_DISTRICT, str(code), f"{kind} {name}", "", self._units(new))
            self.districts[place.code] = place
            yield from _named(place, str(name), place.code)
        for code, kind, name, _key, district, new, _split in data["old_units"]:
            home = self.districts[str(district)]
            place = Place(Era.OLD_WARD, str(code), f"{kind} {name}", home.full_name, self._units(new))
            yield from _named(place, str(name), str(district))

    def _units(self, codes: object) -> tuple[Unit, ...]:
        assert isinstance(codes, Iterable)  # noqa: S101  our own file; narrows the type
        return tuple(self.units[code] for code in codes)


def _named(place: Place, name: str, district: str) -> Iterator[_Entry]:
    """The entry of a name, and one for each part of a double name ("Văn Miếu - Quốc Tử Giám")."""
    for said in dict.fromkeys([name, *name.split(" - ")]):
        accented = " ".join(_WORD.findall(normalise(said).lower()))
        yield _Entry(place, tuple(fold(accented).split()), accented, district)


def _prefix(tokens: list[str], start: int) -> tuple[str, ...]:
    for length in (2, 1):
        candidate = tuple(tokens[max(0, start - length) : start])
        if candidate in _PREFIXES:
            return candidate
    return ()


def _covers(other: _Hit, hit: _Hit) -> bool:
    return other.start <= hit.start and hit.end <= other.end and (other.end - other.start) > (hit.end - hit.start)


def _beside(hit: _Hit, other: _Hit) -> bool:
    """Whether a district hit of the same words is the only reason why `hit` was narrowed to that district."""
    return (
        other.entry.place.era is Era.OLD_DISTRICT
        and other.entry.place.code == hit.entry.district_code
        and other.start == hit.start
        and other.end == hit.end
    )


def _lives_on(hit: _Hit, other: _Hit) -> bool:
    """Whether `hit` is an old ward that a ward of today carries on under the same name."""
    return (
        hit.entry.place.era is Era.OLD_WARD
        and other.entry.place.era is Era.WARD
        and hit.entry.key == other.entry.key
        and other.entry.place.units[0] in hit.entry.place.units
    )


def _same_accents(hits: list[_Hit], words: list[str]) -> Iterator[_Hit]:
    """Hits whose accents agree with what was typed, where at least one hit on the same words agrees."""
    agreeing = {id(hit) for hit in hits if _accents_agree(hit, words)}
    for hit in hits:
        rivals = [other for other in hits if (other.start, other.end) == (hit.start, hit.end)]
        if id(hit) in agreeing or not any(id(other) in agreeing for other in rivals):
            yield hit


def _accents_agree(hit: _Hit, words: list[str]) -> bool:
    typed = " ".join(words[hit.end - len(hit.entry.key) : hit.end])
    return typed == hit.entry.accented


@cache
def places() -> Places:
    """The project's own gazetteer, read once."""
    return Places.load()
