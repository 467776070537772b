"""Adapter for systems that speak the national portal's `TraCuuHoSo` (see `mappings/national_portal.yml`).

POST JSON.  Login with user and password gives a session; each call carries session, madonvi and service.
"""

from __future__ import annotations

from typing import Any

from actions.dossiers.codes import DossierCode
from actions.dossiers.remote import RemoteSystem
from actions.dossiers.tokens import Token
from actions.dossiers.transport import Rejected


class NationalPortal(RemoteSystem):
    name = "portal"
    file = "national_portal.yml"

    async def _log_in(self) -> Token:
        answer = await self._caller.post(self._login_path, self._credentials())
        self._judge("login", answer)
        return self._token_in(answer)

    async def _look_up(self, code: DossierCode, token: str) -> list[Any]:
        answer = await self._caller.post(self._mapping.call.path, {"session": token, **self._question(code)})
        if str(answer.get("error_code")) in self._mapping.not_found:
            return []
        self._judge("look-up", answer)
        return [] if answer.get(self._mapping.call.records) is None else self._list_in(answer)

    def _judge(self, what: str, answer: dict[str, Any]) -> None:
        error_code = str(answer.get("error_code"))
        if error_code not in self._mapping.success:
            raise Rejected(f"{what} error_code {error_code[:8]}")
