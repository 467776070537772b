"""Questions that no procedure answers, by kind: they stand in the index beside the phrasings, so that a question which
resembles them more than any procedure is declined.

They are the guard examples of the dialogue's own training data (`training_data/nlu/guard.yml`), written once, and
kinds that only search needs to know (`training_data/decoys.yml`).  Some of these are wishes whose procedure the
catalogue lacks; they step aside (`unless`) as soon as it is imported.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

PREFIX = "none:"
ROOM = Path(__file__).resolve().parent.parent / "training_data"

Decoys = Mapping[str, Sequence[str]]  # kind -> questions


@dataclass(frozen=True)
class _Kind:
    asked: tuple[str, ...]
    unless: frozenset[str] = frozenset()  # codes of procedures that do answer


def load_decoys(held: Collection[str] = (), room: Path = ROOM) -> Decoys:
    """Questions by kind that a catalogue holding the codes `held` does not answer.

    Empty when the files are not there (a platform installed without training data).
    """
    return {name: kind.asked for name, kind in _kinds(room).items() if kind.unless.isdisjoint(held)}


@cache
def _kinds(room: Path) -> Mapping[str, _Kind]:
    found: dict[str, _Kind] = {}
    guard, more = room / "nlu" / "guard.yml", room / "decoys.yml"
    if guard.exists():
        for item in yaml.safe_load(guard.read_text(encoding="utf-8"))["nlu"]:
            lines = str(item["examples"]).splitlines()
            found[str(item["intent"])] = _Kind(tuple(line.removeprefix("- ").strip() for line in lines if line.strip()))
    if more.exists():
        for item in yaml.safe_load(more.read_text(encoding="utf-8")):
            found[str(item["kind"])] = _Kind(tuple(map(str, item["asked"])), frozenset(item.get("unless", ())))
    return found


def is_decoy(code: str) -> bool:
    """Whether a code of the index is a kind of decoy rather than a procedure."""
    return code.startswith(PREFIX)
