"""What the assistant needs of any system that knows dossiers."""

from __future__ import annotations

from typing import Protocol

from actions.dossiers.codes import DossierCode
from actions.dossiers.model import Dossier


class DossierSystem(Protocol):
    """Adapters: `national_portal.NationalPortal` (real, and the sandbox), `fake.FakeDossierSystem`.

    All are held to `tests/actions/dossiers/test_dossier_systems.py`.
    """

    async def find(self, code: DossierCode) -> Dossier | None:
        """The dossier with exactly this code, or None when the system does not have it.

        Raises:
            Unavailable: DOSSIER_SYSTEM_DOWN, whatever the reason; never an error of the transport.
        """

    async def close(self) -> None:
        """Frees connections.  Calling it twice is harmless."""
