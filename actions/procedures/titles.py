"""Names of procedures on buttons: short, and told apart by what differs."""

from __future__ import annotations

from collections import Counter

from actions.messages import TITLE_LIMIT
from actions.wording import say
from knowledge_base.decision import Candidate
from knowledge_base.procedure import Procedure

LIMIT = TITLE_LIMIT - 4
LINE = 110  # characters of a name in a line of text
ALIKE_FROM = 3  # words in common at the beginning before they are left out


def shorten(name: str, limit: int = LIMIT) -> str:
    """A name that fits a button: "Thủ tục" dropped, cut at a word."""
    name = name.strip().removeprefix("Thủ tục ").removeprefix("thủ tục ")
    name = name[:1].upper() + name[1:]
    return name if len(name) <= limit else name[: limit - 1].rsplit(" ", 1)[0] + "…"


def called(procedure: Procedure) -> str:
    """The name in an answer: the short one, or the official one, cut where it fills a telephone's screen."""
    name = procedure.name.rstrip(". ")
    return procedure.short_name or (name if len(name) <= LINE else shorten(name, LINE))


def distinct_names(candidates: list[Candidate]) -> list[str]:
    """The name of each candidate in a list: cut as in an answer, unless two were then the same."""
    cut = [c.name if len(c.name) <= LINE else shorten(c.name, LINE) for c in candidates]
    counted = Counter(cut)
    return [c.name if counted[name] > 1 else name for c, name in zip(candidates, cut, strict=True)]


def distinct_titles(candidates: list[Candidate]) -> list[str]:
    """A title for each candidate, no two the same.

    Where long names begin alike, what is common is left out; where names are the same, the level is added, then the
    code.
    """
    whole = [shorten(candidate.name, 10_000) for candidate in candidates]
    titles = [shorten(name) for name in whole]
    if any(len(name) > LIMIT for name in whole) or len(set(titles)) < len(titles):
        titles = [_rest(name, whole) for name in whole]
    for more in (_level, _code):
        counted = Counter(titles)
        titles = [
            shorten(title, LIMIT - len(more(candidate))) + more(candidate) if counted[title] > 1 else title
            for title, candidate in zip(titles, candidates, strict=True)
        ]
    return titles


def _rest(name: str, names: list[str]) -> str:
    """`name` without the words that it shares with the beginning of another one of `names`."""
    own = name.split()
    shared = max((_shared(own, other.split()) for other in names if other != name), default=0)
    rest = " ".join(own[shared:])
    return shorten(name) if shared < ALIKE_FROM or not rest else shorten(f"… {rest}")


def _shared(first: list[str], second: list[str]) -> int:
    count = 0
    for one, other in zip(first, second, strict=False):
        if one.lower() != other.lower():
            break
        count += 1
    return count


def _level(candidate: Candidate) -> str:
    return f" – {say(f'answers.level_{candidate.level.value}')}" if candidate.level else ""


def _code(candidate: Candidate) -> str:
    return f" ({candidate.code})"
