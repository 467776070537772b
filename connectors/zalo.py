"""The Zalo Official Account channel: webhook events in, customer-service messages and template notices out.

Sources: developers.zalo.me (Official Account, webhook, OAuth v4, message v3, ZBS template messages) and public SDKs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import APIRouter

from actions.channels.credentials import Credentials
from actions.clock import Clock
from actions.messages import Message
from actions.notices.port import Letter, Reason
from actions.personal import normalise_phone
from connectors import zalo_events, zalo_render
from connectors.platform import Event, Json, Rendered, Take
from connectors.zalo_tokens import ZaloTokens
from knowledge_base.errors import BadInput, ErrorCode, Misconfigured, Refused, TthcError, Unavailable

MESSAGE_PATH = "/v3.0/oa/message/cs"
TEMPLATE_PATH = "/message/template"
WEBHOOK_PATH = "/webhooks/zalo"
CHANNEL = "zalo"
TIMEOUT_S = 10
TOKEN_REFUSED = {-216, -220}
LIMITED = {-32: 2.0, -211: 600.0, -218: 600.0}  # too many calls; no quota left today: pause in seconds
GONE = {-217, -227, -244}  # has blocked the account, or is no longer there
CLOSED = {-213, -230, -232}  # has not acted within the window
UNFIT = {-201, -210, -233}  # a parameter, a length, a kind of message that is not taken
NOT_ALLOWED = {-224, -221}  # the account's package lacks it; account not verified


@dataclass(frozen=True)
class ZaloKeys:
    """`secret` is the account's secret key of the webhook; `app_secret` the app's own.

    Raises: Misconfigured, naming the setting that is missing.
    """

    app_id: str
    app_secret: str
    secret: str
    refresh_token: str

    def __post_init__(self) -> None:
        wanted = {
            "TTHC_ZALO_APP_ID": self.app_id, "TTHC_ZALO_APP_SECRET": self.app_secret,
            "TTHC_ZALO_SECRET": self.secret, "TTHC_ZALO_REFRESH_TOKEN": self.refresh_token,
        }  # fmt: skip
        missing = [name for name, value in wanted.items() if not value.strip()]
        if missing:
            raise Misconfigured(ErrorCode.MISCONFIGURED, f"Zalo: not set: {', '.join(missing)}")


class Zalo:
    """`Platform` of one Official Account.

    `templates` are the approved template messages that may be sent, by our own name of the notice; none: none is sent.
    """

    name = CHANNEL
    path = WEBHOOK_PATH

    def __init__(
        self, keys: ZaloKeys, credentials: Credentials, clock: Clock, *, api: str, oauth: str, business: str,
        templates: Mapping[str, str] | None = None, account_id: str = "",
    ) -> None:  # fmt: skip
        self._keys = keys
        self._api = api.rstrip("/")
        self._business = business.rstrip("/")
        self._account_id = account_id
        self._templates = dict(templates or {})
        self._http = httpx.AsyncClient(timeout=TIMEOUT_S)
        self._tokens = ZaloTokens(
            credentials, self._http, oauth, keys.app_id, keys.app_secret, keys.refresh_token, clock
        )

    async def open(self) -> None:
        await self._tokens.current()

    async def close(self) -> None:
        await self._http.aclose()

    async def listen(self, take: Take) -> None:
        """Nothing to fetch: events come to the webhook."""

    async def received(self, event: Event) -> None:
        """Nothing to confirm."""

    def extra_routes(self, router: APIRouter) -> None:
        """None: Zalo proves the domain by a file or a tag in the console."""

    def door(self, code: str) -> str:
        """The account's link; Zalo carries no code along."""
        return f"https://zalo.me/{self._account_id}" if self._account_id else ""

    def genuine(self, headers: Mapping[str, str], raw: bytes) -> bool:
        return zalo_events.genuine(self._keys.app_id, self._keys.secret, headers, raw)

    def read(self, raw: bytes) -> list[Event]:
        return zalo_events.read(self._keys.app_id, raw)

    def render(self, messages: Sequence[Message]) -> Rendered:
        return zalo_render.render(messages)

    async def send(self, user: str, part: Json, by_staff: bool) -> None:
        await self._call(self._api + MESSAGE_PATH, {"recipient": {"user_id": user}, "message": part})

    def carries(self, reason: Reason) -> bool:
        return reason.value in self._templates

    async def send_letter(self, reason: Reason, letter: Letter, tracking_id: str) -> None:
        """`LetterCarrier`: a charged template message (ZBS) to a phone number, for who cannot be written to.

        Raises:
            Refused: there is no template of this name, or Zalo takes it for this number not.
            What `send` raises, and BadInput for the number.
        """
        template = self._templates.get(reason.value)
        if template is None:
            raise Refused(ErrorCode.WINDOW_CLOSED, f"Zalo: no template for {reason.value}")
        number = "84" + normalise_phone(letter.phone)[1:]
        given = {"phone": number, "template_id": template, "template_data": letter.values, "tracking_id": tracking_id}
        try:
            await self._call(self._business + TEMPLATE_PATH, given)
        except Refused as error:
            if error.code is ErrorCode.RATE_LIMITED:
                raise Unavailable(error.code, error.detail) from None
            raise
        except Unavailable as error:
            if not error.data.get("said"):
                raise
            raise Refused(ErrorCode.FORBIDDEN, error.detail) from None  # no account of this number, no money left …

    async def _call(self, url: str, given: Json) -> None:
        """One call; with an access token that Zalo no longer takes, a second one with a new token."""
        pair = await self._tokens.current()
        status, said = await self._post(url, given, pair.access)
        if status == httpx.codes.UNAUTHORIZED or said.get("error") in TOKEN_REFUSED:
            pair = await self._tokens.current(refused=pair.version)
            status, said = await self._post(url, given, pair.access)
        if status != httpx.codes.OK or said.get("error") != 0:
            raise failure(status, said)

    async def _post(self, url: str, given: Json, access: str) -> tuple[int, dict[str, Any]]:
        try:
            answer = await self._http.post(url, json=given, headers={"access_token": access})
        except httpx.HTTPError as error:
            raise Unavailable(ErrorCode.CHANNEL_DOWN, f"Zalo: {type(error).__name__}") from None
        try:
            said = answer.json()
        except ValueError:
            said = {}
        asked = answer.headers.get("Retry-After", "")
        more = {"retry_after": float(asked)} if asked.isdigit() else {}
        return answer.status_code, (said if isinstance(said, dict) else {}) | more


def failure(status: int, said: Mapping[str, Any]) -> TthcError:
    """What an answer means that is not HTTP 200 with error 0."""
    code = said.get("error")
    detail = f"Zalo: HTTP {status}, error {code}"
    if status == httpx.codes.TOO_MANY_REQUESTS or code in LIMITED:
        pause = said.get("retry_after") or LIMITED.get(int(code or 0), 2.0)
        return Refused(ErrorCode.RATE_LIMITED, detail, retry_after=pause)
    if code in GONE:
        return Refused(ErrorCode.RECIPIENT_GONE, detail)
    if code in CLOSED:
        return Refused(ErrorCode.WINDOW_CLOSED, detail)
    if code in NOT_ALLOWED:
        return Refused(ErrorCode.FORBIDDEN, detail)
    if code in UNFIT:
        return BadInput(ErrorCode.BAD_REQUEST, detail)
    return Unavailable(ErrorCode.CHANNEL_DOWN, detail, said=status == httpx.codes.OK and isinstance(code, int))
