"""Adapter for the token + GET shape of the Đà Nẵng operations centre (see `mappings/ioc.yml`)."""

from __future__ import annotations

from typing import Any

from actions.dossiers.codes import DossierCode
from actions.dossiers.remote import RemoteSystem, bearer
from actions.dossiers.tokens import Token


class OperationsCentre(RemoteSystem):
    name = "ioc"
    file = "ioc.yml"

    async def _log_in(self) -> Token:
        return self._token_in(await self._caller.post(self._login_path, self._credentials()))

    async def _look_up(self, code: DossierCode, token: str) -> list[Any]:
        answer = await self._caller.get(self._mapping.call.path, self._question(code), bearer(token))
        if answer.get("TongSo") == 0 and not answer.get(self._mapping.call.records):
            return []
        return self._list_in(answer)
