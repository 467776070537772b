"""The parts of a record that an interview points at, found by a piece of their words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from actions.cases.model import Ground, PaperPick
from knowledge_base.procedure import Fee, Method, Paper, Procedure
from knowledge_base.text import fold


@dataclass(frozen=True, slots=True)
class Listed:
    """One paper and the case of its group; `key` tells it from every other of the record."""

    key: tuple[int, int]
    case: str
    paper: Paper


def plain(text: str) -> str:
    """As compared: no diacritics, capitals or line breaks."""
    return " ".join(fold(text).split())


def holds(text: str, quote: str) -> bool:
    return plain(quote) in plain(text)


def papers(procedure: Procedure) -> Iterator[Listed]:
    for group_number, group in enumerate(procedure.paper_groups):
        for number, paper in enumerate(group.papers):
            if paper.name:
                yield Listed((group_number, number), group.case, paper)


def picked(procedure: Procedure, pick: PaperPick) -> list[Listed]:
    """The papers `pick` points at, in the record's order."""
    found = [item for item in papers(procedure) if pick.group is None or plain(item.case) == plain(pick.group)]
    return found if pick.paper is None else [item for item in found if holds(item.paper.name, pick.paper)]


def method_text(method: Method) -> str:
    return "\n".join([method.note, method.duration.text, *(fee.text for fee in method.fees)])


def fees(procedure: Procedure, quote: str) -> list[Fee]:
    return [fee for method in procedure.methods for fee in method.fees if holds(fee.text, quote)]


def lines(procedure: Procedure, ground: Ground) -> list[str]:
    """The lines of the record that `ground` points at, as the record has them."""
    return list(dict.fromkeys(line for line in _part(procedure, ground.part) if holds(line, ground.quote)))


def _part(procedure: Procedure, part: str) -> list[str]:
    if part == "condition":
        return [line.strip().removeprefix("- ").strip() for line in procedure.conditions.splitlines() if line.strip()]
    if part == "step":
        return [f"{step.name}: {step.text}" if step.name else step.text for step in procedure.steps]
    if part == "method":
        return [method.note for method in procedure.methods if method.note]
    if part == "fee":
        return [fee.text for method in procedure.methods for fee in method.fees if fee.text]
    if part == "paper":
        return [item.paper.name for item in papers(procedure)]
    if part == "group":
        return [group.case for group in procedure.paper_groups if group.case]
    return [confusion.when for confusion in procedure.confusions]
