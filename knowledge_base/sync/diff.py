"""What the portal says otherwise than the catalogue: new, changed (which fields), gone."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from knowledge_base.catalogue_report import ImportReport
from knowledge_base.errors import BadInput
from knowledge_base.importers import Layout, parse
from knowledge_base.joining import join
from knowledge_base.procedure import Procedure
from knowledge_base.quality import judge

if TYPE_CHECKING:
    from rich.console import RenderableType

# Ours, not the portal's: the day we read it, our own judgement, what the curated layer adds.
_OURS = {"source", "origins", "issues", "summary", "confusions", "phrasings", "verbatim"}
_FROM_PORTAL = {Layout.PORTAL_API.value, Layout.PORTAL_PAGE.value, Layout.PORTAL_LIST.value}
_SHOWN = 20  # lines of one list on a terminal; the JSON holds all


class Kind(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    ASIDE = "aside"  # not for this catalogue, or not to be read


class Change(BaseModel):
    """One record fetched, against the catalogue.  `fields` names what changed; `reason` why it was set aside."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    code: str
    name: str = ""
    fields: list[str] = Field(default_factory=list)
    reason: str = ""


class Failed(BaseModel):
    code: str
    reason: str


class SyncReport(BaseModel):
    """What a sync found and did.  After a dry run `catalogue` is None: nothing was imported."""

    dry_run: bool = False
    listed: int = 0  # items of the list as far as read
    list_whole: bool = False  # only then is `gone` told
    fetched: int = 0  # records fetched by this run
    carried_over: int = 0  # records an earlier run fetched and did not import
    remaining: int = 0  # records still to fetch, as far as the list was read
    new: list[Change] = Field(default_factory=list)
    changed: list[Change] = Field(default_factory=list)
    same: int = 0
    aside: dict[str, int] = Field(default_factory=dict)
    gone: list[str] = Field(default_factory=list)  # codes held from the portal that it lists no more; they are kept
    failed: list[Failed] = Field(default_factory=list)
    stopped: str = ""  # why it ended before its end: blocked, down, out of time, limit
    catalogue: ImportReport | None = None
    seconds: float = 0.0

    def write(self, path: Path) -> None:
        """The complete report as JSON (`--report FILE`)."""
        path.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")

    def enter(self, changes: Iterable[Change]) -> None:
        aside: Counter[str] = Counter()
        for change in changes:
            if change.kind is Kind.NEW:
                self.new.append(change)
            elif change.kind is Kind.CHANGED:
                self.changed.append(change)
            elif change.kind is Kind.SAME:
                self.same += 1
            else:
                aside[change.reason] += 1
        self.aside = dict(aside)

    def __rich__(self) -> RenderableType:
        from rich.console import Group
        from rich.text import Text

        lines = [
            f"listed {self.listed:,}{'' if self.list_whole else ' (not the whole list)'}, fetched {self.fetched:,},"
            f" carried over {self.carried_over:,}, still to fetch {self.remaining:,}",
            f"new {len(self.new):,}, changed {len(self.changed):,}, unchanged {self.same:,},"
            f" set aside {sum(self.aside.values()):,}, failed {len(self.failed):,}, gone {len(self.gone):,}",
        ]
        lines += _some("new", [f"{item.code} {item.name}" for item in self.new])
        lines += _some("changed", [f"{item.code} {item.name}: {', '.join(item.fields)}" for item in self.changed])
        lines += _some("gone", self.gone)
        lines += _some("failed", [f"{item.code} {item.reason}" for item in self.failed])
        lines += [f"set aside, {reason}: {number:,}" for reason, number in self.aside.items()]
        if self.stopped:
            lines.append(f"stopped: {self.stopped}; the same command goes on from here")
        if self.dry_run:
            lines.append("dry run: the catalogue is as it was; what was fetched is kept for the next sync")
        elif self.catalogue is not None:
            lines.append(f"procedures in the catalogue: {self.catalogue.total:,}")
        return Group(*(Text(line) for line in lines))


def compare(record: Mapping[str, Any], held: Mapping[str, Procedure], today: dt.date) -> Change:
    """A record of the portal against the procedures of the snapshot.  `today` as for `quality.judge`."""
    try:
        procedure = judge(parse(record), today)
    except BadInput as error:
        code = record.get("code")
        reason = str(error.data.get("reason", "invalid"))
        return Change(kind=Kind.ASIDE, code=code if isinstance(code, str) else "", reason=reason)
    known = held.get(procedure.code)
    if known is None:
        return Change(kind=Kind.NEW, code=procedure.code, name=procedure.name)
    fields = changed_fields(known, join(known, procedure))
    kind = Kind.CHANGED if fields else Kind.SAME
    return Change(kind=kind, code=procedure.code, name=procedure.name, fields=fields)


def changed_fields(before: Procedure, after: Procedure) -> list[str]:
    """Names of the fields in which the portal's content differs; `decision` is the number of the decision."""
    names = [name for name in Procedure.model_fields if name not in _OURS]
    found = [name for name in names if getattr(before, name) != getattr(after, name)]
    return found + ["decision"] * (before.source.decision != after.source.decision)


def gone(held: Mapping[str, Procedure], listed: Iterable[str]) -> list[str]:
    """Codes that came from the portal and are not among the listed ones."""
    return sorted({code for code, item in held.items() if item.source.layout in _FROM_PORTAL} - set(listed))


def _some(title: str, entries: list[str]) -> list[str]:
    shown = [f"{title}: {entry}" for entry in entries[:_SHOWN]]
    return shown + [f"{title}: ... {len(entries) - _SHOWN:,} more"] * (len(entries) > _SHOWN)
