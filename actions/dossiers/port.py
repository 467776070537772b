"""What the assistant needs of any system that knows dossiers."""

from __future__ import annotations

from typing import Protocol

from actions.dossiers.codes import DossierCode
from actions.dossiers.model import Dossier


class DossierSystem(Protocol):
    """Adapters: `national_portal`, `igate`, `lgsp`, `ioc`, each over HTTP; `routing.RoutedSystems`, which asks those
    that may hold a code; `fake.FakeDossierSystem`.

    All are held to `tests/actions/dossiers/test_dossier_systems.py`.
    """

    def covers(self, code: DossierCode) -> bool:
        """Whether such a code is asked for here at all; says nothing of whether there is a dossier."""

    async def find(self, code: DossierCode) -> Dossier | None:
        """The dossier with exactly this code, or None when the system does not have it.

        Raises:
            NotFound: DOSSIER_ELSEWHERE, no system here is asked for such codes (`covers` is false).
            Unavailable: DOSSIER_SYSTEM_DOWN, whatever the reason; never an error of the transport.  Data `partial`:
                a system did answer, so a try to prove a right to this code counts.
        """

    async def close(self) -> None:
        """Frees connections.  Calling it twice is harmless."""
