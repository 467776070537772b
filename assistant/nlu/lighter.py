"""Costs of Rasa 3.6.21 taken out of each turn, measured in docs/decisions/0007.

Rasa is pinned to this, its last release, so that what is replaced here does not change under us.
"""

from __future__ import annotations

import json
from itertools import islice
from typing import Any

import sqlalchemy as sa
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import QueuePool

_SESSION = """FROM events WHERE sender_id = :sender AND timestamp >= coalesce(
    (SELECT max(timestamp) FROM events WHERE sender_id = :sender AND type_name = 'session_started'), 0)"""
_EVENTS = sa.text(f"SELECT data {_SESSION} ORDER BY id")
_COUNT = sa.text(f"SELECT count(*) {_SESSION}")


class LocalTrackerStore(SQLTrackerStore):
    """Rasa's SQLite tracker store, the same table and the same rows, in less time.

    It keeps its connection open, asks in plain SQL instead of mapped objects, and writes ahead: a turn does not wait
    for the disk, nothing is corrupted by a kill; at worst a power cut loses the last moments of a conversation.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        address = self.engine.url
        self.engine.dispose()
        self.engine = sa.create_engine(address, poolclass=QueuePool, connect_args={"check_same_thread": False})
        sa.event.listen(self.engine, "connect", _write_ahead)
        self.sessionmaker = sessionmaker(bind=self.engine)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Adds the events of this session that are not kept yet."""
        await self.stream_events(tracker)
        with self.engine.begin() as connection:
            kept = connection.execute(_COUNT, {"sender": tracker.sender_id}).scalar_one()
            rows = [_row(tracker.sender_id, event) for event in islice(tracker.events, kept, None)]
            if rows:
                connection.execute(self.SQLEvent.__table__.insert(), rows)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The conversation since its last session began."""
        with self.engine.connect() as connection:
            events = [json.loads(data) for data in connection.execute(_EVENTS, {"sender": sender_id}).scalars()]
        if not events:
            return None
        return DialogueStateTracker.from_dict(sender_id, events, self.domain.slots)


def _row(sender: str, event: Event) -> dict[str, Any]:
    data = event.as_dict()
    return {
        "sender_id": sender,
        "type_name": event.type_name,
        "timestamp": data.get("timestamp"),
        "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
        "action_name": data.get("name"),
        "data": json.dumps(data),
    }


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
