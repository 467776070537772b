"""A thing that many procedures are about, named and nothing more: which of them is meant must be asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml

from knowledge_base.focus import about
from knowledge_base.search import ProcedureSearch
from knowledge_base.text import expand, fold, words

LEAST = 2  # fewer procedures in the catalogue leave nothing to ask
# Folded: courtesy, who asks, and that something is asked about or wanted; never what is to be done with the thing.
_AROUND = frozenset(
    """
    a oi nhe nhi ne day do vay the thi la ma voi giup ho cho xin hoi ve viec chuyen vu phan muc thu tuc muon can dinh
    tinh tu van tim hieu biet em toi minh chau ban anh chi bac co chu ong ba ad admin shop da vang alo chao hello thay
    nua chut lien quan den van de nay
    """.split()  # noqa: SIM905 - a word list reads better as words
)


_ASKS_ABOUT = re.compile(r"\bhoi(?: \w+){0,3} (?:ve|viec|chuyen|vu)\b|\b(?:muon|can|xin|cho \w+) hoi\b")


@cache
def _things() -> list[tuple[re.Pattern[str], list[str]]]:
    found = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
    return [(re.compile(thing["heard"]), list(thing["codes"])) for thing in found]


def thing_in(text: str) -> list[str]:
    """Codes of the broad thing that `text` names; none where it names none, or says more."""
    views = [[fold(word) for word in words(expand(view))] for view in (text, about(text))]
    said = {" ".join(core) for view in views for core in _cores(view)}
    return next((codes for heard, codes in _things() if any(heard.fullmatch(core) for core in said)), [])


def asks_about(text: str) -> bool:
    """ "Cho em hỏi về căn cước": a new subject is begun, whatever was spoken of before."""
    return bool(_ASKS_ABOUT.search(fold(expand(text))))


def _cores(said: list[str]) -> Iterator[list[str]]:
    """`said` with more and more of what stands around taken away: "cho hoi ho chieu" ends in "ho chieu" and "chieu"."""
    first = next((place for place, word in enumerate(said) if word not in _AROUND), len(said))
    last = next((place for place in range(len(said), 0, -1) if said[place - 1] not in _AROUND), 0)
    for start in range(first + 1):
        for end in range(max(last, start), len(said) + 1):
            yield said[start:end]


def broad(search: ProcedureSearch, text: str) -> list[str]:
    """Codes to choose among where `text` names a broad thing and nothing more."""
    known = [code for code in thing_in(text) if search.get(code)]
    return known if len(known) >= LEAST else []
