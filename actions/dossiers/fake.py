"""A dossier system in memory, for tests and for trying out without a server."""

from __future__ import annotations

from collections.abc import Iterable

from actions.dossiers.codes import DossierCode
from actions.dossiers.model import Dossier
from knowledge_base.errors import ErrorCode, Unavailable


class FakeDossierSystem:
    """Holds what it is given.  `down = True` makes every call fail; `calls` counts them."""

    def __init__(self, dossiers: Iterable[Dossier] = ()) -> None:
        self.dossiers = {dossier.code: dossier for dossier in dossiers}
        self.down = False
        self.calls = 0

    def covers(self, code: DossierCode) -> bool:
        return True

    async def find(self, code: DossierCode) -> Dossier | None:
        self.calls += 1
        if self.down:
            raise Unavailable(ErrorCode.DOSSIER_SYSTEM_DOWN, "fake is down")
        return self.dossiers.get(str(code))

    async def close(self) -> None:
        return None
