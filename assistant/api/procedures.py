"""Procedures over HTTP: search, and whole records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from knowledge_base.decision import Candidate, Verdict
from knowledge_base.errors import ErrorCode, NotFound
from knowledge_base.procedure import CODE_PATTERN, Procedure
from knowledge_base.search import ProcedureSearch


class Found(BaseModel):
    """`decision` says whether the first result may be stated, must be asked for, or does not fit at all."""

    decision: Verdict
    results: list[Candidate] = Field(description="Best first")


def router(search: Callable[[], ProcedureSearch]) -> APIRouter:
    """Routes are plain functions: the server runs them in threads."""
    routes = APIRouter(prefix="/api/v1/procedures", tags=["procedures"])

    @routes.get("")
    def find(
        q: Annotated[str, Query(min_length=1, max_length=1000, description="The question, in a citizen's words")],
        limit: Annotated[int, Query(ge=1, le=50)] = 10,
    ) -> Found:
        decision = search().search(q, limit)
        return Found(decision=decision.verdict, results=decision.candidates)

    @routes.get("/{code}")
    def read(code: Annotated[str, Path(pattern=CODE_PATTERN)]) -> Procedure:
        procedure = search().get(code)
        if procedure is None:
            raise NotFound(ErrorCode.PROCEDURE_UNKNOWN, code)
        return procedure

    return routes
