"""Adapter for VNPT iGate v2 (see `mappings/igate.yml`): client id and secret give a token, GET with the code.

The search takes part of a code as well, so only the record that bears the whole code counts.
"""

from __future__ import annotations

from typing import Any

from actions.dossiers.codes import DossierCode
from actions.dossiers.remote import RemoteSystem, bearer
from actions.dossiers.tokens import Token


class IGate(RemoteSystem):
    name = "igate"
    file = "igate.yml"

    async def _log_in(self) -> Token:
        return self._token_in(await self._caller.post_form(self._login_path, self._credentials()))

    async def _look_up(self, code: DossierCode, token: str) -> list[Any]:
        return self._list_in(await self._caller.get(self._mapping.call.path, self._question(code), bearer(token)))
