"""The access token of a Zalo Official Account.  Its refresh token may be used once, so one process renews at a time."""

from __future__ import annotations

import asyncio
import datetime as dt
import secrets

import httpx
import structlog

from actions.channels.credentials import Credentials, TokenPair
from actions.clock import Clock
from knowledge_base.errors import ErrorCode, Misconfigured, Unavailable

log = structlog.get_logger()
PATH = "/v4/oa/access_token"
SPARE = dt.timedelta(minutes=5)  # renewed so long before it ends
REFUSED = {  # error: what must be put right
    -14020: "TTHC_ZALO_REFRESH_TOKEN",  # used
    -14014: "TTHC_ZALO_REFRESH_TOKEN",  # unknown
    -14019: "TTHC_ZALO_REFRESH_TOKEN",  # expired
    -14002: "TTHC_ZALO_APP_ID or TTHC_ZALO_APP_SECRET",
}
LOOK_S = 0.2  # between looks while another process renews
PATIENCE = 150  # looks


class ZaloTokens:
    """`refresh_token` is the one an operator pasted; from then on the database holds the pair in use."""

    def __init__(
        self, credentials: Credentials, http: httpx.AsyncClient, oauth: str, app_id: str, app_secret: str,
        refresh_token: str, clock: Clock,
    ) -> None:  # fmt: skip
        self._credentials = credentials
        self._http = http
        self._url = oauth.rstrip("/") + PATH
        self._app_id = app_id
        self._app_secret = app_secret
        self._seed = refresh_token
        self._clock = clock
        self._owner = secrets.token_hex(8)
        self._seeded = False
        self._pair: TokenPair | None = None  # as last read; another process may have renewed it since

    async def current(self, refused: int = 0) -> TokenPair:
        """A pair whose access token is good; `refused` is the version of one that Zalo no longer takes.

        Raises:
            Misconfigured: the refresh token is used up or refused: an operator must give a new one.
            Unavailable: Zalo or the database cannot be reached.
        """
        if self._pair is not None and self._good(self._pair, refused):
            return self._pair
        if not self._seeded:
            await asyncio.to_thread(self._credentials.seed, self._seed)
            self._seeded = True
        for _ in range(PATIENCE):
            pair = await asyncio.to_thread(self._credentials.read)
            if self._good(pair, refused):
                self._pair = pair
                return pair
            if await asyncio.to_thread(self._credentials.claim, self._owner, pair.version):
                # not to be broken off between Zalo's answer and our record of it
                await asyncio.shield(asyncio.ensure_future(self._renew(pair)))
                refused = pair.version
            else:
                await asyncio.sleep(LOOK_S)
        raise Unavailable(ErrorCode.CHANNEL_DOWN, "Zalo: another process has not renewed the token")

    def _good(self, pair: TokenPair, refused: int) -> bool:
        return bool(pair.access) and pair.version != refused and pair.expires_at - self._clock.now() > SPARE

    async def _renew(self, pair: TokenPair) -> None:
        try:
            given = await self._ask(pair.refresh)
        except (Misconfigured, Unavailable):
            await asyncio.to_thread(self._credentials.give_up, self._owner)
            raise
        expires_at = self._clock.now() + dt.timedelta(seconds=float(given["expires_in"]))
        access, refresh = given["access_token"], given["refresh_token"]
        await asyncio.to_thread(self._credentials.keep, pair.version, access, refresh, expires_at)
        log.info("zalo_token_renewed")

    async def _ask(self, refresh: str) -> dict[str, str]:
        form = {"refresh_token": refresh, "app_id": self._app_id, "grant_type": "refresh_token"}
        try:
            answer = await self._http.post(self._url, data=form, headers={"secret_key": self._app_secret})
            said = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise Unavailable(ErrorCode.CHANNEL_DOWN, f"Zalo tokens: {type(error).__name__}") from None
        given = {name: str(said.get(name) or "") for name in ("access_token", "refresh_token", "expires_in")}
        if answer.status_code == httpx.codes.OK and all(given.values()):
            return given
        code = said.get("error")
        if code in REFUSED:
            detail = f"Zalo refuses the keys ({code}): put the right one into {REFUSED[code]}"
            raise Misconfigured(ErrorCode.CHANNEL_DOWN, detail)
        raise Unavailable(ErrorCode.CHANNEL_DOWN, f"Zalo tokens: HTTP {answer.status_code}, error {code}")
