"""Which system is asked for which code: a table in configuration, and one dossier system made of several."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeGuard

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from actions.dossiers.codes import DossierCode
from actions.dossiers.model import Dossier
from actions.dossiers.port import DossierSystem
from knowledge_base.errors import ErrorCode, Misconfigured, NotFound, Unavailable

ROUTES = Path(__file__).parent / "routes.yml"
NAMES = ("portal", "igate", "lgsp", "ioc")


class Route(BaseModel):
    """One row of the table; see `routes.yml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    prefix: str = Field(pattern=r"^(?:[A-Z]|\d{3}|[A-Z0-9]+(?:\.[A-Z0-9]+)*)$")
    counter: tuple[int, int] | None = None
    systems: tuple[str, ...]

    def fits(self, code: DossierCode) -> bool:
        if self.counter and not self.counter[0] <= len(code.sequence) <= self.counter[1]:
            return False
        return self.prefix in (code.agency, code.top, code.top[0]) or code.agency.startswith(f"{self.prefix}.")


def load_routes(path: Path = ROUTES) -> tuple[Route, ...]:
    """
    Raises:
        Misconfigured: the file is absent, does not fit, or names a system that does not exist.
    """
    try:
        routes = TypeAdapter(tuple[Route, ...]).validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise Misconfigured(ErrorCode.MISCONFIGURED, f"routes {path.name}: {type(error).__name__}") from error
    unknown = sorted({name for route in routes for name in route.systems} - set(NAMES))
    if unknown:
        raise Misconfigured(ErrorCode.MISCONFIGURED, f"routes {path.name}: no such system: {', '.join(unknown)}")
    return routes


class RoutedSystems:
    """Asks every system that may hold a code, all at once, and waits for all of them: whether a dossier exists, and
    where, then changes neither the work done nor the time it takes.
    """

    def __init__(self, systems: Mapping[str, DossierSystem], routes: Sequence[Route]) -> None:
        self._systems = dict(systems)
        self._routes = tuple(routes)

    @property
    def systems(self) -> Mapping[str, DossierSystem]:
        return self._systems

    def asked_for(self, code: DossierCode) -> list[str]:
        """The names of the systems that are asked for such a code, best first."""
        route = next((route for route in self._routes if route.fits(code)), None)
        return [name for name in route.systems if name in self._systems] if route else []

    def covers(self, code: DossierCode) -> bool:
        return bool(self.asked_for(code))

    async def find(self, code: DossierCode) -> Dossier | None:
        """See `port.DossierSystem.find`.  Of several that have it, the first with the owner's numbers is believed."""
        asked = [self._systems[name] for name in self.asked_for(code)]
        if not asked:
            raise NotFound(ErrorCode.DOSSIER_ELSEWHERE, "no system is asked for such codes")
        answers = await asyncio.gather(*(system.find(code) for system in asked), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, Unavailable):
                raise answer
        found = [answer for answer in answers if isinstance(answer, Dossier)]
        down = next((answer for answer in answers if _is_down(answer)), None)
        if found:
            best = next((dossier for dossier in found if dossier.proof_tails), found[0])
            return best.model_copy(update={"partial": True}) if down else best
        if down is not None:
            partial = any(answer is None or (_is_down(answer) and answer.data.get("partial")) for answer in answers)
            raise Unavailable(ErrorCode.DOSSIER_SYSTEM_DOWN, down.detail, partial=partial)
        return None

    async def close(self) -> None:
        for system in self._systems.values():
            await system.close()


def _is_down(answer: object) -> TypeGuard[Unavailable]:
    return isinstance(answer, Unavailable)
