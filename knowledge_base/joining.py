"""Several records of one procedure joined into one: facts from the best, gaps filled from the others.

The best is a record of today's portal (API or page), then of the old portal (pages, .doc exports), then the list, which
knows names alone; among equals the newer, on the same day the API's.  Papers, charges, times, steps and conditions are
never mixed: they stand or fall together.  Joining gives the same record in whatever order the files come.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from knowledge_base.importers import Layout
from knowledge_base.problems import problem
from knowledge_base.procedure import Procedure

# What a source may leave out altogether and another may tell without touching the facts.
FILLED = ("field", "levels", "subjects", "agencies", "authority", "receiving_place", "results", "legal_bases")

Rank = tuple[int, dt.date, int]
# layout -> (tier, place among records of one day)
_TIERS = {
    Layout.PORTAL_API.value: (2, 2),
    Layout.PORTAL_PAGE.value: (2, 1),
    Layout.OLD_PORTAL.value: (1, 2),
    Layout.EXTRACTED_DOC.value: (1, 1),
    Layout.PORTAL_LIST.value: (0, 0),
}


def rank(procedure: Procedure) -> tuple[Rank, int]:
    """The higher is the better; of two readings of one .doc export the fuller."""
    fullness = 0
    if procedure.source.layout == Layout.EXTRACTED_DOC.value:
        fullness = sum(len(step.text) for step in procedure.steps) + sum(len(item.note) for item in procedure.methods)
    return _origin_rank(procedure.own_origin), fullness


def join(known: Procedure, new: Procedure) -> Procedure:
    """One record of the two; `origins` names the source of each field that another record filled."""
    base, other = (new, known) if rank(new) >= rank(known) else (known, new)
    update: dict[str, Any] = {}
    origins = dict(base.origins)
    for field in FILLED:
        mine, theirs = getattr(base, field), getattr(other, field)
        origin = other.origins.get(field, other.own_origin)
        if not theirs or origin == base.own_origin or (mine and field not in base.origins):
            continue
        if mine:
            ours, given = _origin_rank(base.origins[field]), _origin_rank(origin)
            if given < ours or (given == ours and other is known):
                continue
        update[field] = theirs
        origins[field] = origin
    if origins != base.origins or update:
        update["origins"] = {field: origins[field] for field in FILLED if field in origins}
        update["issues"] = _issues(base, other, set(update))
    return base.model_copy(update=update) if update else base


def _issues(base: Procedure, other: Procedure, taken: set[str]) -> list[Any]:
    """The issues that still hold: those of the base and of the fields taken, in an order of their own."""
    found = list(base.issues)
    found += [issue for issue in other.issues if issue.field in taken and issue not in found]
    if "legal_bases" in taken:
        found = [issue for issue in found if issue.problem != problem("legal_basis_missing")]
    return sorted(found, key=lambda issue: (issue.field, issue.problem, issue.action))


def _origin_rank(origin: str) -> Rank:
    layout, _, day = origin.partition(" ")
    tier, place = _TIERS.get(layout, (0, 0))
    return tier, dt.date.fromisoformat(day) if day else dt.date.min, place
