"""The dialogue runtime as the pipeline sees it: one call a turn."""

from __future__ import annotations

import json
from typing import Any, Protocol

import httpx

from actions.messages import Command, Reply, TextMessage, Trace
from knowledge_base.errors import ErrorCode, Unavailable

HEADER = "X-TTHC-Secret"


class Dialogue(Protocol):
    async def turn(self, conversation: str, text: str | None, command: Command | None) -> Reply:
        """The reply to one typed text or one command.  Raises `Unavailable(DIALOGUE_DOWN)`."""

    async def ready(self) -> bool: ...

    async def close(self) -> None: ...


class RasaDialogue:
    """Rasa behind its gateway channel (`assistant.nlu.channel`)."""

    def __init__(
        self, url: str, secret: str, timeout_s: float, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={HEADER: secret},
            timeout=httpx.Timeout(timeout_s, connect=1.0),
            transport=transport,
            trust_env=False,
        )

    async def turn(self, conversation: str, text: str | None, command: Command | None) -> Reply:
        body: dict[str, Any] = {"sender": conversation}
        if command is not None:
            body["command"] = f"/{command.intent}{json.dumps(command.entities, ensure_ascii=False)}"
        else:
            body["text"] = text
            body["metadata"] = {"text": text}
        try:
            answer = await self._client.post("/webhooks/gateway/turn", json=body)
            answer.raise_for_status()
            return merged(answer.json()["messages"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unavailable(ErrorCode.DIALOGUE_DOWN, f"Rasa: {type(error).__name__}") from error

    async def ready(self) -> bool:
        try:
            return (await self._client.get("/webhooks/gateway/", timeout=2)).is_success
        except httpx.HTTPError:
            return False

    async def close(self) -> None:
        await self._client.aclose()


def merged(parts: list[dict[str, Any]]) -> Reply:
    """The replies of the actions of one turn as one.  The first action names the behaviour of the turn."""
    reply = Reply()
    for part in parts:
        if "messages" in part:
            own = Reply.model_validate(part)
        else:
            own = Reply(messages=[TextMessage(text=str(part.get("text", "")))])
        reply.messages.extend(own.messages)
        reply.trace = _first(reply.trace, own.trace)
    return reply


def _first(kept: Trace, new: Trace) -> Trace:
    values = {
        name: getattr(kept, name) if getattr(kept, name) is not None else getattr(new, name)
        for name in ("intent", "confidence", "behaviour", "procedure", "aspect", "error", "outcome")
    }
    return Trace(**values, timings_ms={**new.timings_ms, **kept.timings_ms})
