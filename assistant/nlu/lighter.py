"""Two costs of Rasa 3.6.21 taken out of each turn, measured at 35 % and 23 % of its time (docs/decisions/0007).

Rasa is pinned to this, its last release, so that what is replaced here does not change under us.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.core.tracker_store import SQLTrackerStore


class LocalTrackerStore(SQLTrackerStore):
    """Rasa's SQLite tracker store with a write-ahead log: a turn does not wait for the disk, nothing is corrupted by a
    kill; at worst a power cut loses the last moments of a conversation."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        sa.event.listen(self.engine, "connect", _write_ahead)
        self.engine.dispose()  # connections opened before this line


def _write_ahead(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")


def validate_actions_quickly() -> None:
    """The schema of an action's result is checked once a process; each result is validated as before."""
    schema = RemoteAction.action_response_format_spec()
    kind = validator_for(schema)
    kind.check_schema(schema)
    validator = kind(schema)

    def validate(self: RemoteAction, result: dict[str, Any]) -> bool:
        validator.validate(result)
        return True

    RemoteAction._validate_action_result = validate
