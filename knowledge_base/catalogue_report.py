"""What an import did: short on a terminal (rich), complete as JSON."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from knowledge_base.importers import Layout, Reason

if TYPE_CHECKING:
    from rich.console import RenderableType

_SHOWN = 12  # lines of one list on a terminal; the JSON holds all


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FileRead(_Model):
    file: str
    layout: Layout
    records: int = 0


class SetAside(_Model):
    """A record, or (`line` 0 or `count` above 1) a run of records, that did not enter the catalogue."""

    reason: Reason
    file: str
    line: int
    code: str = ""
    detail: str = ""
    count: int = 1


class Problem(_Model):
    """How many records of the files bear one issue, and what was done about it."""

    field: str
    problem: str
    action: str
    records: int


class ImportReport(_Model):
    """`kept` = `added` + `updated` + `unchanged`: procedures of these files that the catalogue now holds."""

    files: list[FileRead] = Field(default_factory=list)
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    outdated: int = 0  # records that lost to a better one of the same procedure
    joined: int = 0  # kept procedures with fields from more than one record
    names_only: int = 0  # kept procedures of which no source tells more than the list does
    repaired: int = 0  # kept procedures with at least one field repaired
    doubtful: int = 0  # kept procedures with at least one issue left standing
    set_aside: list[SetAside] = Field(default_factory=list)
    problems: list[Problem] = Field(default_factory=list)
    total: int = 0  # procedures in the catalogue after the import
    seconds: float = 0.0

    @property
    def kept(self) -> int:
        return self.added + self.updated + self.unchanged

    @property
    def reasons(self) -> dict[Reason, int]:
        """Records set aside, by reason."""
        counted: Counter[Reason] = Counter()
        for item in self.set_aside:
            counted[item.reason] += item.count
        return dict(counted)

    def write(self, path: Path) -> None:
        """The complete report as JSON (`--report FILE`)."""
        path.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")

    def __rich__(self) -> RenderableType:
        from rich.console import Group
        from rich.table import Table

        headings = [
            "kept", "added", "updated", "unchanged", "outdated", "joined", "names only", "repaired", "in doubt",
            "set aside", "total",
        ]  # fmt: skip
        counts = Table(*headings)
        aside = sum(self.reasons.values())
        numbers = (
            self.kept, self.added, self.updated, self.unchanged, self.outdated, self.joined, self.names_only,
            self.repaired, self.doubtful,
        )  # fmt: skip
        counts.add_row(*(f"{number:,}" for number in (*numbers, aside, self.total)))
        parts: list[RenderableType] = []
        parts.extend(f"{read.file}: {read.layout.value}, {read.records:,} records" for read in self.files)
        parts.append(counts)
        for reason, number in self.reasons.items():
            parts.append(f"set aside, {reason.value}: {number:,}")
            matching = [item for item in self.set_aside if item.reason is reason]
            parts.extend(f"  {item.file}:{item.line} {item.detail}" for item in matching[:_SHOWN])
            if len(matching) > _SHOWN:
                parts.append(f"  ... {len(matching) - _SHOWN:,} more")
        problems = self.problems[:_SHOWN]
        parts.extend(f"{item.records:>6,} {item.action:<8} {item.field}: {item.problem}" for item in problems)
        return Group(*parts)
