"""The Messenger channel of a Facebook page: webhook in, Send API out (developers.facebook.com, Graph v25.0)."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from actions.messages import Message
from actions.wording import say
from connectors import messenger_events, messenger_render
from connectors.platform import Event, Json, Rendered, Take
from knowledge_base.errors import BadInput, ErrorCode, Misconfigured, Refused, TthcError, Unavailable

WEBHOOK_PATH = "/webhooks/messenger"
CHANNEL = "messenger"
TIMEOUT_S = 10
TOKEN_REFUSED = {190, 102}
LIMITED = {4, 17, 32, 613, 80006}
OUTSIDE = {2018278, 2018065}  # subcodes: outside the allowed window
ABSENT = {1545041, 2018001, 2018108}  # subcodes: not available, no such person, has blocked the page
PERMISSIONS = range(200, 300)
_CHALLENGE = re.compile(r"[\w.-]{1,200}", re.ASCII)


@dataclass(frozen=True)
class MessengerKeys:
    """Raises: Misconfigured, naming the setting that is missing."""

    token: str
    app_secret: str
    verify_token: str
    page_id: str = ""

    def __post_init__(self) -> None:
        wanted = {
            "TTHC_MESSENGER_TOKEN": self.token, "TTHC_MESSENGER_APP_SECRET": self.app_secret,
            "TTHC_MESSENGER_VERIFY_TOKEN": self.verify_token,
        }  # fmt: skip
        missing = [name for name, value in wanted.items() if not value.strip()]
        if missing:
            raise Misconfigured(ErrorCode.MISCONFIGURED, f"Messenger: not set: {', '.join(missing)}")


class Messenger:
    """`Platform` of one page."""

    name = CHANNEL
    path = WEBHOOK_PATH

    def __init__(self, keys: MessengerKeys, *, api: str) -> None:
        self._keys = keys
        self._api = api.rstrip("/")
        # in a header: an address stands in logs
        self._http = httpx.AsyncClient(timeout=TIMEOUT_S, headers={"Authorization": f"Bearer {keys.token.strip()}"})

    async def open(self) -> None:
        """Sets greeting, start button and menu."""
        await self._call("/me/messenger_profile", profile())

    async def close(self) -> None:
        await self._http.aclose()

    async def listen(self, take: Take) -> None:
        """Nothing to fetch: events come to the webhook."""

    async def received(self, event: Event) -> None:
        """Nothing to confirm."""

    def extra_routes(self, router: APIRouter) -> None:
        """`GET` of the webhook's path: Meta asks once whether the address is ours."""

        @router.get(WEBHOOK_PATH, include_in_schema=False)
        async def verify(request: Request) -> Response:
            asked = request.query_params
            challenge = asked.get("hub.challenge", "")
            word = asked.get("hub.verify_token", "").encode("utf-8", "replace")
            right = hmac.compare_digest(word, self._keys.verify_token.encode())
            if not right or asked.get("hub.mode") != "subscribe" or not _CHALLENGE.fullmatch(challenge):
                return Response(status_code=403)
            return PlainTextResponse(challenge)

    def door(self, code: str) -> str:
        """The page's link; the code comes as a referral."""
        return f"https://m.me/{self._keys.page_id}?ref={code}" if self._keys.page_id else ""

    def genuine(self, headers: Mapping[str, str], raw: bytes) -> bool:
        return messenger_events.genuine(self._keys.app_secret, headers, raw)

    def read(self, raw: bytes) -> list[Event]:
        return messenger_events.read(self._keys.page_id, raw)

    def render(self, messages: Sequence[Message]) -> Rendered:
        return messenger_render.render(messages)

    async def send(self, user: str, part: Json, by_staff: bool) -> None:
        given: Json = {"recipient": {"id": user}, "message": part, "messaging_type": "RESPONSE"}
        if by_staff:  # the tag is for people only, and opens seven days
            given |= {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
        await self._call("/me/messages", given)

    async def _call(self, path: str, given: Json) -> None:
        try:
            answer = await self._http.post(self._api + path, json=given)
        except httpx.HTTPError as error:
            raise Unavailable(ErrorCode.CHANNEL_DOWN, f"Messenger: {type(error).__name__}") from None
        if answer.is_success:
            return
        try:
            said = answer.json()["error"]
        except (ValueError, LookupError, TypeError):
            said = {}
        asked = answer.headers.get("Retry-After", "")
        pause = float(asked) if asked.isdigit() else 0
        raise failure(answer.status_code, said if isinstance(said, dict) else {}, pause)


def profile() -> Json:
    """What the page shows before the first message, and the menu beside the input line."""
    titles = {
        "TTHC_START": "channels.command_start",
        "TTHC_CANCEL": "channels.command_cancel",
        "TTHC_HELP": "channels.command_help",
    }
    menu = [{"type": "postback", "title": say(key), "payload": payload} for payload, key in titles.items()]
    return {
        "get_started": {"payload": "TTHC_START"},
        "greeting": [{"locale": "default", "text": say("channels.greeting")}],
        "persistent_menu": [{"locale": "default", "composer_input_disabled": False, "call_to_actions": menu}],
    }


def failure(status: int, said: Mapping[str, Any], retry_after: float = 0) -> TthcError:
    """What an error of the Graph API means.  Its sentence may quote what we sent, so only codes are told."""
    code, subcode = said.get("code"), said.get("error_subcode")
    detail = f"Messenger: HTTP {status}, error {code}/{subcode}"
    if code in TOKEN_REFUSED or status == httpx.codes.UNAUTHORIZED:
        return Misconfigured(ErrorCode.CHANNEL_DOWN, f"{detail}: TTHC_MESSENGER_TOKEN refused")
    if code in LIMITED or status == httpx.codes.TOO_MANY_REQUESTS:
        return Refused(ErrorCode.RATE_LIMITED, detail, retry_after=retry_after or 2.0)
    if subcode in OUTSIDE:
        return Refused(ErrorCode.WINDOW_CLOSED, detail)
    if code == 551 or subcode in ABSENT:
        return Refused(ErrorCode.RECIPIENT_GONE, detail)
    if code == 10 or code in PERMISSIONS:
        return Refused(ErrorCode.FORBIDDEN, detail)
    if code == 100:
        return BadInput(ErrorCode.BAD_REQUEST, detail)
    return Unavailable(ErrorCode.CHANNEL_DOWN, detail)
