"""How citizens ask for each procedure: `training_data/phrasings/<field>.jsonl`, one line a procedure.

The texts feed the index, the encoder and the understanding alike; they are written by people, never facts of a record.
"""

from __future__ import annotations

import json
from pathlib import Path

from knowledge_base.errors import BadInput, ErrorCode

FOLDER = Path(__file__).resolve().parent.parent / "training_data" / "phrasings"


def load_phrasings(folder: Path = FOLDER) -> dict[str, list[str]]:
    """Phrasings by procedure code.

    Raises:
        BadInput: BAD_FILE, naming file and line.
    """
    found: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line.decode())
                code, texts = str(row["code"]), row["phrasings"]
                if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
                    raise TypeError("phrasings: a list of texts is wanted")
            except (ValueError, KeyError, TypeError) as error:
                raise BadInput(ErrorCode.BAD_FILE, f"{path.name}:{number}: {error!r}") from error
            found.setdefault(code, []).extend(texts)
    return found
