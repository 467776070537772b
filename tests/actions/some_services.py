"""`Services` with only the parts that a test needs; the others are None, so that using one is an error."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from actions.services import Services


def some_services(**given: Any) -> Services:
    parts: dict[str, Any] = {field.name: None for field in fields(Services)}
    assert given.keys() <= parts.keys()
    return Services(**(parts | given))
