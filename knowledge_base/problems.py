"""The list of what can be wrong with a record, with the sentence an officer reads for each (`problems.yml`)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import yaml

from knowledge_base.procedure import FieldIssue

Action = Literal["kept", "repaired", "set_aside"]


@cache
def _sentences() -> dict[str, str]:
    text = Path(__file__).with_suffix(".yml").read_text(encoding="utf-8")
    return {str(key): str(sentence) for key, sentence in yaml.safe_load(text).items()}


def problem(key: str) -> str:
    """The sentence of `key`.  Raises KeyError for a key that is not in the list."""
    return _sentences()[key]


def issue(field: str, key: str, action: Action = "kept") -> FieldIssue:
    return FieldIssue(field=field, problem=problem(key), action=action)


def add(issues: list[FieldIssue], field: str, key: str, action: Action = "kept") -> None:
    """Note an issue once per record."""
    found = issue(field, key, action)
    if found not in issues:
        issues.append(found)
