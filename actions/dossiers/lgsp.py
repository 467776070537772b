"""Adapter for `traTrangThaiHoSo` of a province's data exchange, LGSP (see `mappings/lgsp.yml`).

POST JSON with a Bearer token.  `trangThai` 0 is an error with a code of its own; 1 to 4 are the exchange's few states,
used only where the record itself tells no finer one.
"""

from __future__ import annotations

from typing import Any

from actions.dossiers.codes import DossierCode
from actions.dossiers.reading import at
from actions.dossiers.remote import RemoteSystem, bearer
from actions.dossiers.tokens import Token
from actions.dossiers.transport import Down, Rejected

STATE, ERROR = "trangThai", "maLoi"
COARSE = "LGSP {}"  # how the exchange's own state stands in the record and in the mapping's table
NOT_ALLOWED = {"100", "101"}  # AUTHEN_ERROR, IP_DISALLOWED


class DataExchange(RemoteSystem):
    name = "lgsp"
    file = "lgsp.yml"

    async def _log_in(self) -> Token:
        return self._token_in(await self._caller.post_form(self._login_path, self._credentials()))

    async def _look_up(self, code: DossierCode, token: str) -> list[Any]:
        answer = await self._caller.post(self._mapping.call.path, self._question(code), bearer(token))
        state, error = str(answer.get(STATE)), str(answer.get(ERROR))
        if state == "0":
            if error in self._mapping.not_found:
                return []
            raise (Rejected if error in NOT_ALLOWED else Down)(f"look-up error {error[:8]}")
        if state not in {"1", "2", "3", "4"}:
            raise Down("no state")
        record = at(answer, self._mapping.call.records)
        if not isinstance(record, dict):
            return []  # a state without a record names no owner, so it can be told to nobody
        return [{"trangThaiChung": COARSE.format(state), **record}]
