"""Errors of the family as HTTP answers: `{"error": {"code", "message"}}` with a Vietnamese sentence, no trace."""

from __future__ import annotations

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from actions.wording import say_error
from knowledge_base.errors import BadInput, ErrorCode, TthcError

log = structlog.get_logger()


def body_of(error: TthcError) -> dict[str, dict[str, str]]:
    return {"error": {"code": error.code.value, "message": say_error(error)}}


def route_of(request: Request) -> str:
    """The address as it is declared: what stands in its place may be all that is needed to read a checklist."""
    return str(getattr(request.scope.get("route"), "path", ""))


def install(app: FastAPI) -> None:
    """Registers the handlers on `app`."""

    @app.exception_handler(TthcError)
    async def _family(request: Request, error: TthcError) -> JSONResponse:
        log.info("request refused", route=route_of(request), code=error.code.value, detail=error.detail)
        return JSONResponse(body_of(error), error.http_status)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        where = sorted({".".join(map(str, e["loc"])) for e in error.errors()})
        body = body_of(BadInput(ErrorCode.BAD_REQUEST))
        return JSONResponse({**body, "fields": where}, 422)

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, error: Exception) -> JSONResponse:
        log.exception("request failed", route=route_of(request))
        return JSONResponse(body_of(TthcError(ErrorCode.INTERNAL)), 500)
