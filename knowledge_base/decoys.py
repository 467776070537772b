"""Questions that no procedure answers, by kind: they stand in the index beside the phrasings, so that a question which
resembles them more than any procedure is declined.

They are the guard examples of the dialogue's own training data (`training_data/nlu/guard.yml`), written once, and
kinds that only search needs to know (`training_data/decoys.yml`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import yaml

PREFIX = "none:"
ROOM = Path(__file__).resolve().parent.parent / "training_data"

Decoys = Mapping[str, Sequence[str]]  # kind -> questions


@cache
def load_decoys(room: Path = ROOM) -> Decoys:
    """Questions by kind.  Empty when the files are not there (a platform installed without training data)."""
    found: dict[str, tuple[str, ...]] = {}
    guard, more = room / "nlu" / "guard.yml", room / "decoys.yml"
    if guard.exists():
        for item in yaml.safe_load(guard.read_text(encoding="utf-8"))["nlu"]:
            lines = str(item["examples"]).splitlines()
            found[str(item["intent"])] = tuple(line.removeprefix("- ").strip() for line in lines if line.strip())
    if more.exists():
        for item in yaml.safe_load(more.read_text(encoding="utf-8")):
            found[str(item["kind"])] = tuple(str(question) for question in item["asked"])
    return found


def is_decoy(code: str) -> bool:
    """Whether a code of the index is a kind of decoy rather than a procedure."""
    return code.startswith(PREFIX)
