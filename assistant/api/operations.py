"""For operators and for Rasa: health, readiness, metrics, and the action endpoint."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

from assistant.pipeline.rasa import HEADER

log = structlog.get_logger()
Check = Callable[[], Awaitable[bool]]
# No action here reads the domain, so Rasa leaves it out of its calls; the sdk wants one all the same.
NO_DOMAIN = {"version": "3.1"}


def router(executor: ActionExecutor, secret: str, checks: dict[str, Check]) -> APIRouter:
    """`checks` are asked for readiness.

    `secret` (header `X-TTHC-Secret`) opens the action endpoint, and the metrics to callers from other machines.
    """
    routes = APIRouter(tags=["operations"])

    def knows(request: Request) -> bool:
        return hmac.compare_digest(request.headers.get(HEADER, "").encode(), secret.encode())

    @routes.get("/healthz")
    async def health() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @routes.get("/readyz")
    async def ready() -> JSONResponse:
        """Every part answers; 503 with the ones that do not."""
        states = {name: await check() for name, check in checks.items()}
        return JSONResponse({"ready": all(states.values()), "parts": states}, 200 if all(states.values()) else 503)

    @routes.get("/metrics", include_in_schema=False)
    async def metrics(request: Request) -> Response:
        """Prometheus figures, for callers on this machine and for those that know the secret."""
        if not (is_local(request.client.host if request.client else "") or knows(request)):
            return JSONResponse({"error": "forbidden"}, 403)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    @routes.post("/internal/actions", include_in_schema=False)
    async def actions(request: Request) -> JSONResponse:
        """The action endpoint of rasa-sdk's protocol, in this process."""
        if not knows(request):
            return JSONResponse({"error": "forbidden"}, 403)
        call: dict[str, Any] = await request.json()
        call.setdefault("domain", NO_DOMAIN)
        try:
            result = await executor.run(call)
        except ActionExecutionRejection as error:
            return JSONResponse({"error": str(error), "action_name": error.action_name}, 400)
        except ActionNotFoundException as error:
            log.error("unknown action", action=error.action_name)
            return JSONResponse({"error": str(error), "action_name": error.action_name}, 404)
        return JSONResponse(result.model_dump() if hasattr(result, "model_dump") else result or {})

    return routes


def is_local(host: str) -> bool:
    """Whether `host` is a loopback address, an IPv4 one written as IPv6 included."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
