"""Every sentence a citizen reads, by key.  Code holds no prose.

One YAML file an area (`answers.yml`, `dossiers.yml`, `appointments.yml`, `gateway.yml`, `errors.yml`, …); the key
`appointments.confirmed` is `confirmed` in `appointments.yml`.  Placeholders are `{named}`; a missing or extra one is
an error at once, not a hole in a citizen's answer.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from string import Formatter

import yaml

from knowledge_base.errors import TthcError

ROOM = Path(__file__).parent


@cache
def sentences() -> dict[str, str]:
    """All sentences by dotted key."""
    found: dict[str, str] = {}
    for path in sorted(ROOM.glob("*.yml")):
        for key, text in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            found[f"{path.stem}.{key}"] = str(text).strip()
    return found


def say(key: str, **values: object) -> str:
    """The sentence `key` with its placeholders filled.

    Raises:
        KeyError: no such sentence, or a placeholder without a value.
    """
    text = sentences()[key]
    wanted = {name for _, name, _, _ in Formatter().parse(text) if name}
    if wanted != set(values):
        raise KeyError(f"{key}: wants {sorted(wanted)}, given {sorted(values)}")
    return text.format(**values)


def say_error(error: TthcError) -> str:
    """The citizen's sentence for an error: `errors.<code>`, or the general one."""
    text = sentences().get(f"errors.{error.code.value}") or sentences()["errors.internal"]
    names = {name for _, name, _, _ in Formatter().parse(text) if name}
    if not names <= set(error.data):
        return sentences()["errors.internal"]
    return text.format(**{name: error.data[name] for name in names})
