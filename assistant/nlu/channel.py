"""The one door into Rasa: the platform's gateway, with a shared secret.

Typed text and commands come in different fields.  A leading slash in typed text is dropped here once more: Rasa would
execute it as an intent (`RegexMessageHandler`).
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from assistant.nlu.lighter import validate_actions_quickly

log = logging.getLogger(__name__)
HEADER = "X-TTHC-Secret"


class GatewayInput(InputChannel):
    """`POST /webhooks/gateway/turn` with `{"sender", "text" | "command", "metadata"}`."""

    def __init__(self, secret: str) -> None:
        if not secret or secret.startswith("${"):
            raise ValueError("gateway channel: no secret set")
        self.secret = secret

    @classmethod
    def name(cls) -> str:
        return "gateway"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> InputChannel:
        validate_actions_quickly()
        return cls((credentials or {}).get("secret", ""))

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        door = Blueprint("gateway_webhook")

        @door.route("/", methods=["GET"])
        async def health(_: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @door.route("/turn", methods=["POST"])
        async def turn(request: Request) -> HTTPResponse:
            if not hmac.compare_digest(request.headers.get(HEADER, "").encode(), self.secret.encode()):
                return response.json({"error": "forbidden"}, status=403)
            body = request.json or {}
            sender, command = body.get("sender"), body.get("command")
            text = command if command else (body.get("text") or "").lstrip("/\\ \t\n")
            if not sender or not text:
                return response.json({"error": "bad_request"}, status=400)
            collector = CollectingOutputChannel()
            await on_new_message(
                UserMessage(text, collector, sender, input_channel=self.name(), metadata=body.get("metadata") or {})
            )
            return response.json({"messages": [m.get("custom", m) for m in collector.messages]})

        return door
