"""Questions that no procedure answers, by kind: they stand in the index beside the phrasings, so that a question which
resembles them more than any procedure is declined.

They are the guard examples of the dialogue's own training data (`training_data/nlu/guard.yml`), written once.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

PREFIX = "none:"
FILE = Path(__file__).resolve().parent.parent / "training_data" / "nlu" / "guard.yml"


@cache
def load_decoys(path: Path = FILE) -> dict[str, tuple[str, ...]]:
    """Examples by intent.  Empty when the file is not there (a platform installed without training data)."""
    if not path.exists():
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for item in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
        lines = str(item["examples"]).splitlines()
        found[str(item["intent"])] = tuple(line.removeprefix("- ").strip() for line in lines if line.strip())
    return found


def is_decoy(code: str) -> bool:
    """Whether a code of the index is a kind of decoy rather than a procedure."""
    return code.startswith(PREFIX)
