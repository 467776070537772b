"""Rules for the papers of a dossier: notes, doubles, order."""

from __future__ import annotations

import re

from knowledge_base.importers import clean
from knowledge_base.problems import add
from knowledge_base.procedure import FieldIssue, Paper, PaperGroup

# The letters of Vietnamese lists, in their order; "đ" stands after "d", and f, j, w, z are not used.
_LETTERS = "abcdđeghiklmnopqrstuvxy"
_ROMAN = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
_MARKER = re.compile(r"\(?(\d{1,2}(?:\.\d{1,2})*|[a-zđA-ZĐ]|[ivx]{2,4})(?:[.)/]\s*|\s*-\s+)(?=\D)")

Rank = tuple[str, tuple[int, ...]]  # style of the marker, its place


def groups(given: list[PaperGroup], issues: list[FieldIssue]) -> list[PaperGroup]:
    """The groups with doubles dropped and lettered or numbered papers put back in order."""
    merged = _merged(given, issues)
    kept = []
    for group in merged:
        papers = _ordered(_without_doubles(_named(group.papers, issues), issues), issues)
        if any(paper.is_note for paper in papers):
            add(issues, "paper_groups", "paper_notes")
        if papers:
            kept.append(group.model_copy(update={"papers": papers}))
    if not any(not paper.is_note for group in kept for paper in group.papers):
        add(issues, "paper_groups", "papers_missing")
    return kept


def _merged(given: list[PaperGroup], issues: list[FieldIssue]) -> list[PaperGroup]:
    """Groups of one heading joined; those without heading are one too, as they are for everyone."""
    found: dict[str, PaperGroup] = {}
    for group in given:
        key = clean.folded(group.case)
        if key in found:
            if key:
                add(issues, "paper_groups", "group_twice", "repaired")
            found[key] = found[key].model_copy(update={"papers": [*found[key].papers, *group.papers]})
        else:
            found[key] = group
    return list(found.values())


def _named(papers: list[Paper], issues: list[FieldIssue]) -> list[Paper]:
    named = [paper for paper in papers if paper.name or paper.form]
    if len(named) < len(papers):
        add(issues, "paper_groups", "paper_nameless", "repaired")
    return [paper if paper.name else paper.model_copy(update={"name": paper.form}) for paper in named]


def _without_doubles(papers: list[Paper], issues: list[FieldIssue]) -> list[Paper]:
    """The later of two equal papers left out; of two that differ in quantity it is not known which holds."""
    kept: dict[tuple[str, int, int], Paper] = {}
    names: dict[str, int] = {}
    for paper in papers:
        name = clean.folded(paper.name)
        key = (name, paper.originals, paper.copies)
        known = kept.get(key)
        if known is None:
            kept[key] = paper
            names[name] = names.get(name, 0) + 1
            continue
        add(issues, "paper_groups", "paper_twice", "repaired")
        if paper.form and paper.form != known.form:
            forms = clean.unique([*known.form.split("; "), *paper.form.split("; ")])
            kept[key] = known.model_copy(update={"form": "; ".join(forms)})
    if any(count > 1 for count in names.values()):
        add(issues, "paper_groups", "paper_twice_other_quantity")
    return list(kept.values())


def _ordered(papers: list[Paper], issues: list[FieldIssue]) -> list[Paper]:
    """Papers by the letter or number they begin with, when every one bears another mark of one style.

    Notes and papers without a mark keep their places; a list in which they are bullets under a mark is left alone.
    """
    ranks = [rank(paper.name) for paper in papers]
    if any(found and found[0] == "roman" for found in ranks):  # then "(i)" beside "(ii)" is no letter either
        ranks = [rank(paper.name, roman=True) for paper in papers]
    marked = [place for place, found in enumerate(ranks) if found is not None]
    found = [ranks[place] for place in marked]
    styles = {style for style, _ in (item for item in found if item)}
    if len(marked) < 2 or len(styles) != 1 or len(set(found)) != len(found):
        return papers
    if len(marked) < len(papers) and any(not papers[place].is_note for place in set(range(len(papers))) - set(marked)):
        return papers
    in_order = sorted(marked, key=lambda place: ranks[place] or ("", ()))
    if in_order == marked:
        return papers
    add(issues, "paper_groups", "paper_order", "repaired")
    result = list(papers)
    for place, source in zip(marked, in_order, strict=True):
        result[place] = papers[source]
    return result


def rank(name: str, *, roman: bool = False) -> Rank | None:
    """The style and place of the mark a name begins with ("b) …", "2. …", "1.3 …", "(ii) …"), or None.

    A single letter is a letter, unless `roman` says that the list counts in Roman numbers.
    """
    match = _MARKER.match(name)
    if match is None:
        return None
    mark = match[1]
    if mark[0].isdigit():
        return "number", tuple(int(part) for part in mark.split("."))
    if len(mark) > 1 or roman:
        return ("roman", (_ROMAN.index(mark),)) if mark in _ROMAN else None
    place = _LETTERS.find(mark.lower())
    return ("letter", (place,)) if place >= 0 else None
