"""The views of a procedure that the index holds, each a named pair of dense and sparse vectors.

    name    its official name                                   one point a procedure
    ask     how people ask for it                               one point a phrasing
    gist    name, phrasings, summary and results together       one point a procedure (sparse only)
    body    papers, conditions, steps, agencies                 one point a procedure (sparse only)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from knowledge_base.procedure import Procedure

NAME, ASK, GIST, BODY = "name", "ask", "gist", "body"
DENSE_VIEWS = (NAME, ASK)
SPARSE_VIEWS = (NAME, ASK, GIST, BODY)
BODY_LIMIT = 6000  # characters; the longest records repeat themselves after that


@dataclass(frozen=True, slots=True)
class View:
    """One text of one procedure, under one view name."""

    code: str
    name: str
    text: str


def views_of(procedure: Procedure) -> Iterator[View]:
    """Every view of `procedure` that has text."""
    code = procedure.code
    yield View(code, NAME, procedure.name)
    for phrasing in procedure.phrasings:
        yield View(code, ASK, phrasing)
    yield View(code, GIST, gist_text(procedure))
    body = body_text(procedure)
    if body:
        yield View(code, BODY, body)


def gist_text(procedure: Procedure) -> str:
    parts = [procedure.name, *procedure.phrasings, procedure.summary, *procedure.results, procedure.field]
    return "\n".join(part for part in parts if part)


def body_text(procedure: Procedure) -> str:
    parts = [
        *(f"{group.case} " + "; ".join(paper.name for paper in group.papers) for group in procedure.paper_groups),
        procedure.conditions,
        *procedure.agencies,
        *(f"{step.name} {step.text}" for step in procedure.steps),
    ]
    return "\n".join(part for part in parts if part.strip())[:BODY_LIMIT]
