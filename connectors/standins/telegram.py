"""A local stand-in for Telegram: its Bot API, and a page to type on as a citizen.  Needs no account.

    python -m connectors.standins.telegram --port 8020
    TTHC_TELEGRAM_API=http://127.0.0.1:8020 TTHC_TELEGRAM_TOKEN=<the token it prints>

Bot API: `/bot<token>/<method>`, GET or POST, parameters as the documentation allows: query, form, multipart or JSON.
Citizens: `GET /` the page; `GET /citizens/{chat}/messages`; `POST /citizens/{chat}/{say|press|share|block|unblock}`;
`POST /faults` {"method", "status", "times", "retry_after", "delay_s"} to have the next calls fail.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import structlog
import uvicorn
from fastapi import FastAPI, HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from connectors.standins.telegram_state import ApiError, BotApi, Fault, Json

log = structlog.get_logger()

TOKEN = "8020:stand-in-token-for-local-use"  # noqa: S105 - opens nothing but this stand-in
PAGE = Path(__file__).parent / "telegram_page.html"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105


def create_app(api: BotApi, retry_s: float = 1.0) -> FastAPI:
    """The stand-in as an application; `retry_s` is the first pause before a webhook that failed is called again."""

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(_deliver(api, retry_s))
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    app = FastAPI(title="Telegram stand-in", lifespan=lifespan)

    @app.api_route("/bot{token}/{method}", methods=["GET", "POST"], include_in_schema=False)
    async def call(request: Request, token: str, method: str) -> Response:
        try:
            return JSONResponse({"ok": True, "result": await api.call(token, method, await _parameters(request))})
        except ApiError as error:
            answer: Json = {"ok": False, "error_code": error.code, "description": error.description}
            if error.parameters:
                answer["parameters"] = error.parameters
            return JSONResponse(answer, error.code)

    @app.get("/", include_in_schema=False)
    async def page() -> Response:
        return FileResponse(PAGE)

    @app.get("/citizens/{chat}/messages")
    async def messages(chat: int) -> list[Json]:
        return api.messages.get(chat, [])

    @app.post("/citizens/{chat}/{act}")
    async def do(chat: int, act: str, given: Json) -> Json:
        try:
            if act == "say":
                return await api.say(chat, str(given["text"]))
            if act == "press":
                return await api.press(chat, str(given["data"]), given.get("message_id"))
            if act == "share":
                location = {"latitude": float(given["latitude"]), "longitude": float(given["longitude"])}
                return await api.post(chat, location=location)
            if act in ("block", "unblock"):
                return await api.block(chat, act == "block")
        except (LookupError, ValueError) as error:
            raise HTTPException(422, f"{type(error).__name__}: {error}") from None
        raise HTTPException(404)

    @app.post("/faults")
    async def fault(given: Json) -> Json:
        try:
            api.faults.append(Fault(**given))
        except TypeError as error:
            raise HTTPException(422, str(error)) from None
        return {"faults": len(api.faults)}

    return app


async def _deliver(api: BotApi, retry_s: float) -> None:
    """Calls the webhook with one update after the other; one that is not taken comes again, as Telegram does."""
    pause = retry_s
    async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
        while True:
            async with api.changed:
                await api.changed.wait_for(lambda: api.webhook is not None and api.updates)
                hook, update = api.webhook, api.updates[0]
            if hook is None:
                continue
            wanted = not hook.allowed_updates or any(kind in update for kind in hook.allowed_updates)
            if not wanted or await _post(client, hook.url, hook.secret_token, update):
                with contextlib.suppress(ValueError):  # cleared meanwhile
                    api.updates.remove(update)
                pause = retry_s
            else:
                await asyncio.sleep(pause)
                pause = min(pause * 2, 60)


async def _post(client: httpx.AsyncClient, url: str, secret: str, update: Json) -> bool:
    headers = {SECRET_HEADER: secret} if secret else {}
    try:
        answer = await client.post(url, json=update, headers=headers)
    except httpx.HTTPError as error:
        log.warning("standin_webhook_unreachable", error=type(error).__name__)
        return False
    if not answer.is_success:
        log.warning("standin_webhook_refused", status=answer.status_code)
    return answer.is_success


async def _parameters(request: Request) -> Json:
    """Parameters of a call.  In a form, keyboards, lists and numbers are JSON; texts are not."""
    given: Json = {key: _value(key, value) for key, value in request.query_params.items()}
    body = await request.body()
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        given |= json.loads(body or b"{}")
    elif kind.startswith("application/x-www-form-urlencoded"):
        given |= {key: _value(key, value) for key, value in parse_qsl(body.decode(), keep_blank_values=True)}
    elif kind.startswith("multipart/form-data"):
        given |= _multipart(kind, body)
    return given


def _value(key: str, value: str) -> Any:
    if key in ("text", "caption", "secret_token", "url", "callback_query_id"):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _multipart(kind: str, body: bytes) -> Json:
    message = BytesParser(policy=policy.HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    given: Json = {}
    files: dict[str, bytes] = {}
    for part in message.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        content = part.get_payload(decode=True)
        content = content if isinstance(content, bytes) else b""
        if part.get_filename() is not None:
            files[name] = content
        else:
            given[name] = _value(name, content.decode())
    for key, value in given.items():  # "attach://<name>" stands for a file of the same call
        if isinstance(value, str) and value.startswith("attach://"):
            given[key] = files.get(value.removeprefix("attach://"), b"")
    return files | given


def main() -> None:
    parser = argparse.ArgumentParser(description="Local stand-in for the Telegram Bot API")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8020)
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--settings", action="store_true", help="only print the settings to start the assistant with")
    options = parser.parse_args()
    address = f"http://{options.host}:{options.port}"
    told = f"TTHC_TELEGRAM_API={address} TTHC_TELEGRAM_TOKEN={options.token}"
    if options.settings:
        sys.stdout.write(f"{told}\n")
        return
    log.info("standin_telegram", page=f"{address}/", settings=told)
    api = BotApi(options.token, first=int(time.time()))  # numbers of an earlier run would be taken for repeats
    uvicorn.run(create_app(api), host=options.host, port=options.port, log_level="warning")


if __name__ == "__main__":
    main()
