"""What the catalogue can and cannot tell: each field's trust, the faults found, names written almost alike."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from knowledge_base.importers import clean
from knowledge_base.problems import problem
from knowledge_base.procedure import Level, Procedure, Trust

if TYPE_CHECKING:
    from rich.console import RenderableType

_SHOWN = 15  # lines of one list on a terminal; the JSON holds all
_LEADING = re.compile(r"^thủ tục\s+", re.IGNORECASE)
# Issues that say a field is empty or hold for information: no doubt about what the field does say.
_NO_DOUBT = ("papers_missing", "legal_basis_missing", "paper_notes", "names_only")


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class States(_Model):
    """Procedures by how far one field may be stated; the three add up to all procedures counted."""

    stated: int = 0
    doubtful: int = 0
    missing: int = 0


class Fault(_Model):
    """One issue, what was done about it, and the codes that bear it."""

    field: str
    problem: str
    action: str
    codes: list[str]


class Named(_Model):
    code: str
    name: str
    levels: list[Level]
    layout: str


class Alike(_Model):
    """Procedures whose names are one but for a final stop, a leading "Thủ tục", case, blanks and punctuation.

    `identical`: the names are the same to the letter.
    """

    identical: bool
    procedures: list[Named]


class CatalogueCheck(_Model):
    total: int = 0
    names_only: int = 0
    joined: int = 0  # procedures with fields filled from another record
    layouts: dict[str, int] = Field(default_factory=dict)
    trust: dict[str, States] = Field(default_factory=dict)  # by field
    trust_by_layout: dict[str, dict[str, States]] = Field(default_factory=dict)  # by layout, then field
    origins: dict[str, dict[str, int]] = Field(default_factory=dict)  # field -> "layout day" -> procedures
    faults: list[Fault] = Field(default_factory=list)
    alike: list[Alike] = Field(default_factory=list)

    def write(self, path: Path) -> None:
        """The complete check as JSON."""
        path.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")

    def __rich__(self) -> RenderableType:
        from rich.console import Group
        from rich.markup import escape
        from rich.table import Table

        parts: list[RenderableType] = [
            f"{self.total:,} procedures: {self.names_only:,} known by name alone, {self.joined:,} joined of several"
        ]
        states = Table("layout", "procedures", *FIELDS, caption="stated / doubtful / missing", caption_justify="left")
        for layout, number in self.layouts.items():
            states.add_row(layout, f"{number:,}", *map(_shown, self.trust_by_layout[layout].values()))
        states.add_section()
        states.add_row("all", f"{self.total:,}", *map(_shown, self.trust.values()))
        parts.append(states)
        for field, origins in self.origins.items():
            parts.extend(f"{number:>6,} {field} filled from {origin}" for origin, number in origins.items())
        faults = Table("procedures", "what became of it", "field", "fault")
        for fault in self.faults:
            faults.add_row(f"{len(fault.codes):,}", fault.action, fault.field, escape(fault.problem))
        parts.append(faults)
        same = sum(group.identical for group in self.alike)
        parts.append(f"{len(self.alike):,} names under several codes, {same:,} of them the same to the letter")
        for group in self.alike[:_SHOWN]:
            codes = " ".join(f"{item.code} ({', '.join(item.levels) or '-'})" for item in group.procedures)
            parts.append(escape(f"  {group.procedures[0].name[:90]}: {codes}"))
        if len(self.alike) > _SHOWN:
            parts.append(f"  ... {len(self.alike) - _SHOWN:,} more")
        return Group(*parts)


def check(procedures: Iterable[Procedure]) -> CatalogueCheck:
    """Counts over `procedures` as the catalogue holds them."""
    result = CatalogueCheck(trust={field: States() for field in FIELDS})
    layouts: Counter[str] = Counter()
    origins: dict[str, Counter[str]] = defaultdict(Counter)
    faults: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    names: dict[str, list[Procedure]] = defaultdict(list)
    for procedure in procedures:
        layout = procedure.source.layout
        layouts[layout] += 1
        result.names_only += procedure.names_only
        result.joined += bool(procedure.origins)
        by_layout = result.trust_by_layout.setdefault(layout, {field: States() for field in FIELDS})
        for field in FIELDS:
            state = trust_of(procedure, field).value
            for states in (result.trust[field], by_layout[field]):
                setattr(states, state, getattr(states, state) + 1)
        for field, origin in procedure.origins.items():
            origins[field][origin] += 1
        for issue in procedure.issues:
            faults[issue.field, issue.problem, issue.action].append(procedure.code)
        names[name_key(procedure.name)].append(procedure)
    result.total = layouts.total()
    result.layouts = dict(layouts.most_common())
    result.origins = {field: dict(counted.most_common()) for field, counted in sorted(origins.items())}
    result.faults = [
        Fault(field=field, problem=text, action=action, codes=codes)
        for (field, text, action), codes in sorted(faults.items(), key=lambda item: (-len(item[1]), item[0]))
    ]
    result.alike = [_alike(group) for key, group in sorted(names.items()) if len(group) > 1]
    result.alike.sort(key=lambda group: (group.identical, -len(group.procedures)))
    return result


def trust_of(procedure: Procedure, field: str) -> Trust:
    """How far one of `FIELDS` may be stated.

    A charge or time in doubt on one channel makes the field doubtful; so does an issue left standing.
    """
    return FIELDS[field](procedure)


def name_key(name: str) -> str:
    """Equal for two names that differ in a final stop, a leading "Thủ tục", case, blanks or punctuation alone."""
    return clean.folded(_LEADING.sub("", clean.line(name)))


def _alike(group: list[Procedure]) -> Alike:
    return Alike(
        identical=len({item.name for item in group}) == 1,
        procedures=[
            Named(code=item.code, name=item.name, levels=item.levels, layout=item.source.layout) for item in group
        ],
    )


def _shown(states: States) -> str:
    return f"{states.stated:,} / {states.doubtful:,} / {states.missing:,}"


def _of_all(found: list[Trust]) -> Trust:
    if Trust.DOUBTFUL in found:
        return Trust.DOUBTFUL
    return Trust.STATED if Trust.STATED in found else Trust.MISSING


def _fees(procedure: Procedure) -> Trust:
    return _of_all([fee.trust for method in procedure.methods for fee in method.fees])


def _durations(procedure: Procedure) -> Trust:
    return _of_all([method.duration.trust for method in procedure.methods])


def _plain(field: str, attribute: str) -> Callable[[Procedure], Trust]:
    def trust(procedure: Procedure) -> Trust:
        if not getattr(procedure, attribute):
            return Trust.MISSING
        harmless = {problem(key) for key in _NO_DOUBT}
        doubted = any(
            issue.field == field and issue.action == "kept" and issue.problem not in harmless
            for issue in procedure.issues
        )
        return Trust.DOUBTFUL if doubted else Trust.STATED

    return trust


FIELDS: dict[str, Callable[[Procedure], Trust]] = {
    "fees": _fees,
    "durations": _durations,
    "papers": _plain("paper_groups", "papers"),
    "agencies": _plain("agencies", "agencies"),
    "steps": _plain("steps", "steps"),
    "conditions": _plain("conditions", "conditions"),
    "legal bases": _plain("legal_bases", "legal_bases"),
}
