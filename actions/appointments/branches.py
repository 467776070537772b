"""The 12 branches, 30 former-district points and 126 ward points of the Center, and finding one by what people say.

Source and confidence of every fact: `data/branches.yml`.  Only the branches, and points that were given counters in
`data/opening.yml`, take bookings; any of them takes any procedure ("phi địa giới", domain facts of 11/2025).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from actions.appointments.opening import Opening, opening
from actions.appointments.places import Era, Place, Places, Unit, places
from knowledge_base.errors import ErrorCode, NotFound
from knowledge_base.text import fold, normalise

_DATA = Path(__file__).parent / "data" / "branches.yml"
_EARTH_KM = 6371.0
CLOSE_KM = 5.0  # the Center's goal: nobody travels more than 30 minutes or 5 km
HANOI_KM = 20.0  # no place in Hanoi is further from the point of its ward
_NUMBERS = ("mot", "hai", "ba", "bon", "nam", "sau", "bay", "tam", "chin", "muoi", "muoi mot", "muoi hai")
_SAID_NUMBER = "|".join([r"\d{1,2}", *sorted(_NUMBERS, key=len, reverse=True)])
_NUMBERED = re.compile(
    rf"\b(?:chi ?nhanh|cn)\s*(?:tthc|hcc|ttpvhcc)?\s*(?:so|s)?\s*0*({_SAID_NUMBER})\b(?![/:.]\d|\s*(?:gio|h|g)\b)"
)
_FULL_NAME = re.compile(rf"\b(?:phuc vu hanh chinh cong)\s*(?:so)?\s*0*({_SAID_NUMBER})\b")
_ONLY_NUMBER = re.compile(rf"^(?:so\s*)?0*({_SAID_NUMBER})$")


class OfficeKind(StrEnum):
    BRANCH = "branch"
    DISTRICT_POINT = "district_point"
    WARD_POINT = "ward_point"


class MatchKind(StrEnum):
    """Why an office was found, surest first."""

    NUMBER = "number"
    WARD = "ward"  # it stands in that ward of today, or covers it
    OLD_DISTRICT = "old_district"
    OLD_WARD = "old_ward"  # through the ward an old one went to
    NEAR = "near"  # no branch is known to serve the place; among the nearest


@dataclass(frozen=True)
class Branch:
    """One office.  `lat`, `lon` (WGS 84 degrees) are the centre of `precision`, never a building."""

    id: str
    kind: OfficeKind
    name: str
    short_name: str
    number: int | None
    ward: Unit | None
    lat: float | None
    lon: float | None
    precision: str
    address: str
    address_confidence: str
    address_as_of: str
    covers: tuple[str, ...]
    old_districts: tuple[str, ...]
    parent: str
    sources: tuple[str, ...]
    bookable: bool

    @property
    def shown_address(self) -> str:
        """The address where it was verified, else empty: an unverified one is never stated."""
        return self.address if self.address_confidence == "verified" else ""


@dataclass(frozen=True)
class BranchMatch:
    """`place` is what was named; more than one of its units means that the ward of today must be asked for."""

    branch: Branch
    kind: MatchKind
    place: Place | None = None
    distance_km: float | None = None


class Branches:
    """The directory.  Build with `Branches.load()`."""

    def __init__(self, raw: dict[str, Any], gazetteer: Places, hours: Opening) -> None:
        self._places = gazetteer
        self.center: str = raw["center"]["name"]
        self.hotlines: tuple[str, ...] = tuple(raw["center"]["hotlines"])
        self._sources: dict[str, str] = raw["sources"]
        self._offices: dict[str, Branch] = {}
        for kind, rows in (
            (OfficeKind.BRANCH, raw["branches"]),
            (OfficeKind.DISTRICT_POINT, raw["district_points"]),
            (OfficeKind.WARD_POINT, raw["ward_points"]),
        ):
            for row in rows:
                office = self._office(kind, row, hours)
                self._offices[office.id] = office

    @classmethod
    def load(cls, path: Path = _DATA, gazetteer: Places | None = None, hours: Opening | None = None) -> Branches:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        return cls(raw, gazetteer or places(), hours or opening())

    def all(self, *, bookable: bool | None = None) -> list[Branch]:
        """Offices in the file's order: branches by number, then district points, then ward points."""
        return [office for office in self._offices.values() if bookable is None or office.bookable is bookable]

    def get(self, office_id: str) -> Branch:
        """Raises: NotFound(BRANCH_UNKNOWN)."""
        office = self._offices.get(office_id)
        if office is None:
            raise NotFound(ErrorCode.BRANCH_UNKNOWN)
        return office

    def source(self, key: str) -> str:
        return self._sources[key]

    def find(self, text: str, limit: int = 6) -> list[BranchMatch]:
        """Offices meant by `text`, surest first; empty when it names none.

        By number ("chi nhánh số 7", "cn7", or a bare "7"), by ward of today, by old ward or district.  Accents are
        optional.  Where no branch is known to serve the place, the nearest branches follow its own points.
        """
        folded = fold(normalise(text))
        numbered = _NUMBERED.search(folded) or _FULL_NAME.search(folded) or _ONLY_NUMBER.match(folded.strip(" .!?,"))
        if numbered:
            number = _as_number(numbered.group(1))
            return [
                BranchMatch(office, MatchKind.NUMBER) for office in self._offices.values() if office.number == number
            ]
        found: dict[str, BranchMatch] = {}
        for place in self._places.find(text):
            for match in self._serving(place):
                found.setdefault(match.branch.id, match)
        ranked = sorted(found.values(), key=lambda match: not match.branch.bookable)
        if ranked and not ranked[0].branch.bookable:
            ranked += self._near(ranked[0])
        return ranked[:limit]

    def places(self, text: str) -> list[Place]:
        """Places named in `text`; see `Places.find`.  For asking "which ward of today?"."""
        return self._places.find(text)

    def nearest(self, lat: float, lon: float, limit: int = 3, *, bookable: bool | None = True) -> list[BranchMatch]:
        """Offices whose place is known, nearest first; `distance_km` is a straight line to the centre of their ward."""
        placed = [
            BranchMatch(office, MatchKind.NEAR, None, round(distance_km(lat, lon, office.lat, office.lon), 1))
            for office in self.all(bookable=bookable)
            if office.lat is not None and office.lon is not None
        ]
        return sorted(placed, key=lambda match: match.distance_km or 0.0)[:limit]

    def around(self, lat: float, lon: float, limit: int = 3) -> list[BranchMatch]:
        """Offices of any kind within `CLOSE_KM`, nearest first and `limit` at most, then branches that take bookings,
        nearest first: one at least, `limit` in all where less is close.  Empty for a place outside Hanoi.
        """
        close = self.nearest(lat, lon, limit, bookable=None)
        if not close or (close[0].distance_km or 0.0) > HANOI_KM:
            return []
        close = [match for match in close if (match.distance_km or 0.0) <= CLOSE_KM]
        named = {match.branch.id for match in close}
        further = [match for match in self.nearest(lat, lon, limit) if match.branch.id not in named]
        wanted = limit - len(close) or int(not any(match.branch.bookable for match in close))
        return close + further[:wanted]

    def _serving(self, place: Place) -> list[BranchMatch]:
        kind = {Era.WARD: MatchKind.WARD, Era.OLD_WARD: MatchKind.OLD_WARD, Era.OLD_DISTRICT: MatchKind.OLD_DISTRICT}
        codes = {unit.code for unit in place.units}
        found = []
        for office in self._offices.values():
            if place.era is Era.OLD_DISTRICT:
                serves = place.code in office.old_districts
            else:
                serves = bool(codes & {office.ward.code if office.ward else "", *office.covers})
            if serves:
                found.append(BranchMatch(office, kind[place.era], place))
        return found

    def _near(self, match: BranchMatch) -> list[BranchMatch]:
        units = match.place.units if match.place else ()
        if not units:
            return []
        lat = sum(unit.lat for unit in units) / len(units)
        lon = sum(unit.lon for unit in units) / len(units)
        return [BranchMatch(near.branch, near.kind, match.place, near.distance_km) for near in self.nearest(lat, lon)]

    def _office(self, kind: OfficeKind, row: dict[str, Any], hours: Opening) -> Branch:
        ward = self._places.units[row["ward"]] if row.get("ward") else None
        on_ward = kind is OfficeKind.WARD_POINT and ward is not None
        district = [row["old_district"]] if "old_district" in row else row.get("old_districts", [])
        default_confidence = "inferred" if kind is OfficeKind.WARD_POINT else "none"
        return Branch(
            id=row["id"],
            kind=kind,
            name=row["name"],
            short_name=row.get("short_name", row["name"]),
            number=row.get("number"),
            ward=ward,
            lat=ward.lat if on_ward and ward else row.get("lat"),
            lon=ward.lon if on_ward and ward else row.get("lon"),
            precision="ward_centre" if on_ward else row.get("precision", ""),
            address=row.get("address", ""),
            address_confidence=row.get("address_confidence", default_confidence),
            address_as_of=row.get("address_as_of", ""),
            covers=tuple(row.get("covers", [])),
            old_districts=tuple(district),
            parent=row.get("branch", ""),
            sources=tuple(row.get("sources", [row.get("source", "committee_seats")])),
            bookable=kind is OfficeKind.BRANCH or hours.has_own_counters(row["id"]),
        )


def _as_number(said: str) -> int:
    return int(said) if said.isdigit() else _NUMBERS.index(said) + 1


def distance_km(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Great-circle distance (haversine)."""
    a, b = math.radians(lat), math.radians(other_lat)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(other_lon - lon) / 2) ** 2
    return 2 * _EARTH_KM * math.asin(math.sqrt(half))


@cache
def branches() -> Branches:
    """The project's own directory, read once."""
    return Branches.load()
