"""A local stand-in for Zalo's Official Account API, and a page to type on as a citizen.  Needs no account.

    python -m connectors.standins.zalo --port 8021
    TTHC_ZALO_API=http://127.0.0.1:8021 … tthc up      (it prints the settings)

It answers as documented: HTTP 200 with `error` 0 or a negative code, tokens that rotate and are used once, limits of
texts, lists and buttons, the 7-day window.  Expire a token: `POST /expire`.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from urllib.parse import parse_qsl

import structlog
import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.standins.messaging import Hooks, Json, StandInApi, create_app
from connectors.zalo_events import SIGNATURE_HEADER, mac

log = structlog.get_logger()
APP_ID, APP_SECRET = "8021", "stand-in-app-secret"
OA_ID, OA_SECRET = "2468", "stand-in-account-secret"
REFRESH = "stand-in-refresh-token"
TEXT, TITLE, SUBTITLE, PAYLOAD, ELEMENTS, BUTTONS = 2000, 100, 500, 1000, 5, 5
BUTTON_TYPES = {"oa.open.url", "oa.query.show", "oa.query.hide", "oa.open.sms", "oa.open.phone"}
WINDOW_S = 7 * 24 * 3600
KINDS = {"sticker", "image", "audio", "file", "gif", "video", "link", "business_card"}


class ZaloApi(StandInApi):
    title = "Zalo stand-in"

    def __init__(self, webhook: str, retry_s: float = 1.0, refresh: str = REFRESH) -> None:
        super().__init__(Hooks(webhook, self._signed, retry_s))
        self.access = ""
        self.refresh = refresh
        self.used: set[str] = set()  # refresh tokens
        self.renewals = 0
        self.blocked: set[str] = set()
        self.templates: list[Json] = []  # template messages sent

    def routes(self, app: FastAPI) -> None:
        @app.post("/v4/oa/access_token", include_in_schema=False)
        async def token(request: Request) -> Json:
            form = dict(await _form(request))
            if request.headers.get("secret_key") != APP_SECRET or form.get("app_id") != APP_ID:
                return {"error": -14002, "error_name": "Invalid app", "error_description": "app or secret key"}
            return self.renew(form.get("refresh_token", ""))

        @app.post("/v3.0/oa/message/cs", include_in_schema=False)
        async def send(request: Request) -> Response:
            return await self._send(request, template=False)

        @app.post("/message/template", include_in_schema=False)
        async def template(request: Request) -> Response:
            return await self._send(request, template=True)

        @app.post("/expire")
        async def expire() -> Json:
            self.access = ""
            return {"expired": True}

    def renew(self, refresh: str) -> Json:
        if refresh in self.used or refresh != self.refresh:
            return {"error": -14020, "error_name": "Invalid refresh token", "error_description": "used or unknown"}
        self.used.add(refresh)
        self.access, self.refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self.renewals += 1
        return {"access_token": self.access, "refresh_token": self.refresh, "expires_in": "90000"}

    async def _send(self, request: Request, template: bool) -> Response:
        fault = await self.fault()
        if fault is not None:
            headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after else {}
            return JSONResponse(_error(fault.code or -200), fault.status, headers)
        if not self.access or request.headers.get("access_token") != self.access:
            return JSONResponse(_error(-216, "Access token is invalid"))
        given = await request.json()
        if template:
            self.templates.append(given)
            return JSONResponse({"error": 0, "message": "Success", "data": {"msg_id": secrets.token_hex(8)}})
        user, message = str(given["recipient"]["user_id"]), given["message"]
        wrong = self._wrong(user, message)
        if wrong:
            return JSONResponse(wrong)
        await self.keep(user, message)
        data = {"message_id": secrets.token_hex(10), "user_id": user}
        return JSONResponse({"error": 0, "message": "Success", "data": data})

    def _wrong(self, user: str, message: Json) -> Json | None:
        if user in self.blocked:
            return _error(-217, "User has blocked the account")
        if time.time() - self.acted.get(user, 0) > WINDOW_S:
            return _error(-230, "User has not interacted with the account in the past 7 days")
        payload = message.get("attachment", {}).get("payload", {})
        if not message.get("text") and not payload.get("elements"):
            return _error(-201, "message is empty")
        if len(message.get("text", "")) > TEXT:
            return _error(-210, "text is too long")
        elements, buttons = payload.get("elements", []), payload.get("buttons", [])
        if len(elements) > ELEMENTS or len(buttons) > BUTTONS or (elements and not elements[0].get("subtitle")):
            return _error(-201, "elements or buttons")
        for element in elements:
            if not 0 < len(element.get("title", "")) <= TITLE or len(element.get("subtitle", "")) > SUBTITLE:
                return _error(-201, "element")
        for button in buttons:
            given = button.get("payload")
            fits = len(given) <= PAYLOAD if isinstance(given, str) else isinstance(given, dict)
            if button.get("type") not in BUTTON_TYPES or not 0 < len(button.get("title", "")) <= TITLE or not fits:
                return _error(-201, "button")
        return None

    async def act(self, user: str, act: str, given: Json) -> Json:
        kind = {"voice": "audio"}.get(act, act)
        if act in ("follow", "unfollow"):
            (self.blocked.discard if act == "follow" else self.blocked.add)(user)
            self.said(user, f"[{act}]")
            return await self._push({"event_name": act, "follower": {"id": user}, "source": "oa_profile"})
        if act == "say":
            self.said(user, str(given["text"]))
            return await self._message(user, "text", text=str(given["text"]))
        if act == "press":
            self.said(user, self.button(user, str(given["data"])))
            return await self._message(user, "text", text=str(given["data"]))
        if act == "location":
            self.said(user, f"[location] {given['latitude']}, {given['longitude']}")
            place = {"latitude": str(given["latitude"]), "longitude": str(given["longitude"])}
            attachment = {"type": "location", "payload": {"coordinates": place}}
            return await self._message(user, "location", text="", attachments=[attachment])
        if act == "submit":
            self.said(user, "[name and phone]")
            info = {"name": "Nguyễn Văn A", "phone": given["phone"], "address": "1", "city": "Hà Nội", "ward": "2"}
            return await self._push({"event_name": "user_submit_info", **self._ends(user), "info": info})
        if kind in KINDS:
            self.said(user, f"[{kind}]")
            attachment = {"type": kind, "payload": {"url": "https://example.org/x", "id": "1"}}
            return await self._message(user, kind, text=given.get("text", ""), attachments=[attachment])
        raise LookupError(act)

    def shown(self, message: Json) -> Json:
        payload = message.get("attachment", {}).get("payload", {})
        elements = payload.get("elements", [])
        lines = [message.get("text", "")] + [f"▪ {one['title']}\n{one.get('subtitle', '')}" for one in elements]
        links = [one["default_action"] | {"title": one["title"]} for one in elements if "default_action" in one]
        buttons = [
            {"title": one["title"], "data": one["payload"]}
            if isinstance(one["payload"], str)
            else {"title": one["title"], "url": one["payload"].get("url", "")}
            for one in payload.get("buttons", [])
        ]
        return {"text": "\n".join(filter(None, lines)), "buttons": buttons + links}

    async def _message(self, user: str, kind: str, **message: object) -> Json:
        message["msg_id"] = secrets.token_hex(10)
        return await self._push({"event_name": f"user_send_{kind}", **self._ends(user), "message": message})

    def _ends(self, user: str) -> Json:
        return {"sender": {"id": user}, "recipient": {"id": OA_ID}, "user_id_by_app": f"9{user}"}

    async def _push(self, event: Json) -> Json:
        event = {"app_id": APP_ID, "oa_id": OA_ID, **event, "timestamp": str(int(time.time() * 1000) + self.number())}
        await self.hooks.push(event)
        return event

    @staticmethod
    def _signed(raw: bytes) -> dict[str, str]:
        stamp = raw.rpartition(b'"timestamp": "')[2].partition(b'"')[0]
        return {SIGNATURE_HEADER: f"mac={mac(APP_ID, OA_SECRET, raw, stamp).decode()}"}


def _error(code: int, message: str = "failed") -> Json:
    return {"error": code, "message": message}


async def _form(request: Request) -> list[tuple[str, str]]:
    return parse_qsl((await request.body()).decode())


def main() -> None:
    parser = argparse.ArgumentParser(description="Local stand-in for the Zalo Official Account API")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8021)
    parser.add_argument("--webhook", default="http://127.0.0.1:8000/webhooks/zalo")
    # a token of its own each time: one that an earlier run has used up would be refused
    parser.add_argument("--refresh-token", default=secrets.token_urlsafe(16))
    parser.add_argument("--settings", action="store_true", help="only print the settings to start the assistant with")
    options = parser.parse_args()
    address = f"http://{options.host}:{options.port}"
    api = ZaloApi(options.webhook, refresh=options.refresh_token)
    settings = {
        "TTHC_ZALO_API": address, "TTHC_ZALO_OAUTH": address, "TTHC_ZALO_BUSINESS_API": address,
        "TTHC_ZALO_APP_ID": APP_ID, "TTHC_ZALO_APP_SECRET": APP_SECRET, "TTHC_ZALO_SECRET": OA_SECRET,
        "TTHC_ZALO_REFRESH_TOKEN": api.refresh,
    }  # fmt: skip
    told = " ".join(f"{name}={value}" for name, value in settings.items())
    if options.settings:
        sys.stdout.write(f"{told}\n")
        return
    log.info("standin_zalo", page=f"{address}/", settings=told)
    uvicorn.run(create_app(api), host=options.host, port=options.port, log_level="warning")


if __name__ == "__main__":
    main()
