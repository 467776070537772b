"""A local stand-in for Messenger's Send API, and a page to type on as a citizen.  Needs no account.

    python -m connectors.standins.messenger --port 8022
    TTHC_MESSENGER_API=http://127.0.0.1:8022 … tthc up      (it prints the settings)

It answers as documented: errors with code and subcode, limits of texts, templates, quick replies, the 24-hour window.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time

import structlog
import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.messenger_events import SIGNATURE_HEADER, signature
from connectors.standins.messaging import Hooks, Json, StandInApi, create_app

log = structlog.get_logger()
TOKEN, APP_SECRET = "stand-in-page-token", "stand-in-app-secret"
VERIFY_TOKEN, PAGE_ID = "stand-in-verify-token", "8022"
TEXT, TEMPLATE_TEXT, TITLE, PAYLOAD, QUICK, BUTTONS, ELEMENTS, ELEMENT_TITLE = 2000, 640, 20, 1000, 13, 3, 10, 80
DAY_S = 24 * 3600
KINDS = {"image": "image", "video": "video", "voice": "audio", "file": "file"}


class MessengerApi(StandInApi):
    title = "Messenger stand-in"

    def __init__(self, webhook: str, retry_s: float = 1.0) -> None:
        super().__init__(Hooks(webhook, lambda raw: {SIGNATURE_HEADER: signature(APP_SECRET, raw)}, retry_s))
        self.token = TOKEN
        self.profile: Json = {}
        self.blocked: set[str] = set()
        self.tags: list[str | None] = []  # of the page's messages

    def routes(self, app: FastAPI) -> None:
        @app.post("/me/messages", include_in_schema=False)
        async def send(request: Request) -> Response:
            return await self._send(request)

        @app.post("/me/messenger_profile", include_in_schema=False)
        async def profile(request: Request) -> Response:
            if not self._known(request):
                return _error(401, 190, 0)
            self.profile |= await request.json()
            return JSONResponse({"result": "success"})

    def _known(self, request: Request) -> bool:
        return request.headers.get("authorization") == f"Bearer {self.token}"

    async def _send(self, request: Request) -> Response:
        fault = await self.fault()
        if fault is not None:
            headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after else {}
            return _error(fault.status if fault.status != 200 else 400, fault.code or 2, 0, headers)
        if not self._known(request):
            return _error(401, 190, 463)
        given = await request.json()
        user, message = str(given["recipient"]["id"]), given["message"]
        if user in self.blocked:
            return _error(400, 551, 1545041)
        tagged = given.get("messaging_type") == "MESSAGE_TAG" and given.get("tag") == "HUMAN_AGENT"
        if time.time() - self.acted.get(user, 0) > (7 * DAY_S if tagged else DAY_S):
            return _error(403, 10, 2018278)
        if not fits(message):
            return _error(400, 100, 2018034)
        self.tags.append(given.get("tag"))
        await self.keep(user, message)
        return JSONResponse({"recipient_id": user, "message_id": f"m_{secrets.token_hex(8)}"})

    async def act(self, user: str, act: str, given: Json) -> Json:
        if act == "say":
            self.said(user, str(given["text"]))
            return await self._message(user, text=str(given["text"]))
        if act == "press":
            data = str(given["data"])
            title = self.button(user, data)
            self.said(user, title)
            if self._quick(user, data):
                return await self._message(user, text=title, quick_reply={"payload": data})
            return await self._push(user, postback={"mid": self._mid(), "title": title, "payload": data})
        if act in ("follow", "start", "help", "cancel"):
            payload = f"TTHC_{'START' if act == 'follow' else act.upper()}"
            self.said(user, f"[{act}]")
            return await self._push(user, postback={"mid": self._mid(), "title": act, "payload": payload})
        if act in ("unfollow", "block"):
            self.blocked.add(user)  # Messenger tells nobody
            return {}
        if act == "location":
            self.said(user, f"[location] {given['latitude']}, {given['longitude']}")
            place = {"lat": given["latitude"], "long": given["longitude"]}
            return await self._message(user, attachments=[{"type": "location", "payload": {"coordinates": place}}])
        if act == "sticker":
            self.said(user, "[sticker]")
            sticker = {"url": "https://example.org/like.png", "sticker_id": 369239263222822}
            return await self._message(user, attachments=[{"type": "image", "payload": sticker}])
        if act in KINDS:
            self.said(user, f"[{act}]")
            attachment = {"type": KINDS[act], "payload": {"url": "https://example.org/x"}}
            return await self._message(user, attachments=[attachment], **given)
        if act == "edit":
            return await self._push(user, message_edit={"mid": self._mid(), "text": "…", "num_edit": 1})
        if act == "delete":
            return await self._message(user, is_deleted=True)
        raise LookupError(act)

    def _quick(self, user: str, data: str) -> bool:
        return any(
            reply["payload"] == data
            for to, message in self.sent
            if to == user
            for reply in message.get("quick_replies", [])
        )

    def shown(self, message: Json) -> Json:
        payload = message.get("attachment", {}).get("payload", {})
        elements = payload.get("elements", [])
        lines = [message.get("text") or payload.get("text", "")]
        lines += [f"▪ {one['title']}\n{one.get('subtitle', '')}" for one in elements]
        buttons = payload.get("buttons", []) + [button for one in elements for button in one.get("buttons", [])]
        opens = [{"title": one["title"], "url": one["url"]} for one in buttons if "url" in one]
        shown = [{"title": one["title"], "data": one["payload"]} for one in buttons if "payload" in one] + opens
        shown += [{"title": one["title"], "data": one["payload"]} for one in message.get("quick_replies", [])]
        return {"text": "\n".join(filter(None, lines)), "buttons": shown}

    async def _message(self, user: str, **message: object) -> Json:
        return await self._push(user, message={"mid": self._mid(), **message})

    async def _push(self, user: str, **event: object) -> Json:
        now = int(time.time() * 1000) + self.number()
        one = {"sender": {"id": user}, "recipient": {"id": PAGE_ID}, "timestamp": now, **event}
        call = {"object": "page", "entry": [{"id": PAGE_ID, "time": now, "messaging": [one]}]}
        await self.hooks.push(call)
        return call

    @staticmethod
    def _mid() -> str:
        return f"m_{secrets.token_urlsafe(48)}"


def fits(message: Json) -> bool:
    """Whether a message keeps the documented limits."""
    payload = message.get("attachment", {}).get("payload", {})
    kind, buttons, elements = payload.get("template_type"), payload.get("buttons", []), payload.get("elements", [])
    quick = message.get("quick_replies", [])
    buttons = buttons + [button for one in elements for button in one.get("buttons", [])]
    titles = all(0 < len(one["title"]) <= TITLE and len(one.get("payload", "")) <= PAYLOAD for one in buttons + quick)
    if not titles or len(quick) > QUICK:
        return False
    if kind == "button":
        return 0 < len(payload["text"]) <= TEMPLATE_TEXT and 0 < len(payload["buttons"]) <= BUTTONS
    if kind == "generic":
        named = all(len(one["title"]) <= ELEMENT_TITLE and len(one.get("subtitle", "")) <= ELEMENT_TITLE
                    and len(one.get("buttons", [])) <= BUTTONS for one in elements)  # fmt: skip
        return 0 < len(elements) <= ELEMENTS and named
    return 0 < len(message.get("text", "")) <= TEXT


def _error(status: int, code: int, subcode: int, headers: dict[str, str] | None = None) -> Response:
    error = {"message": "as documented", "type": "OAuthException", "code": code, "error_subcode": subcode}
    return JSONResponse({"error": error | {"fbtrace_id": secrets.token_hex(6)}}, status, headers)


def main() -> None:
    parser = argparse.ArgumentParser(description="Local stand-in for the Messenger Send API")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8022)
    parser.add_argument("--webhook", default="http://127.0.0.1:8000/webhooks/messenger")
    parser.add_argument("--settings", action="store_true", help="only print the settings to start the assistant with")
    options = parser.parse_args()
    address = f"http://{options.host}:{options.port}"
    settings = {
        "TTHC_MESSENGER_API": address, "TTHC_MESSENGER_TOKEN": TOKEN, "TTHC_MESSENGER_APP_SECRET": APP_SECRET,
        "TTHC_MESSENGER_VERIFY_TOKEN": VERIFY_TOKEN, "TTHC_MESSENGER_PAGE_ID": PAGE_ID,
    }  # fmt: skip
    told = " ".join(f"{name}={value}" for name, value in settings.items())
    if options.settings:
        sys.stdout.write(f"{told}\n")
        return
    log.info("standin_messenger", page=f"{address}/", settings=told)
    uvicorn.run(create_app(MessengerApi(options.webhook)), host=options.host, port=options.port, log_level="warning")


if __name__ == "__main__":
    main()
