"""The migration keeps what was there, down and up."""

from __future__ import annotations

from sqlalchemy import inspect, text

import actions.dossiers.watch_models
import actions.notices.models
import assistant.pipeline.transcript
from actions.database import Database
from assistant import migrate

TABLES = {
    actions.notices.models.NoticeRow.__tablename__,
    actions.notices.models.ConsentRow.__tablename__,
    actions.dossiers.watch_models.WatchRow.__tablename__,
    actions.dossiers.watch_models.PollRow.__tablename__,
}
TRANSCRIPTS = assistant.pipeline.transcript.TranscriptRow.__tablename__


def test_down_and_up_again_keeps_the_transcripts(database_url: str) -> None:
    migrate.upgrade(database_url)
    database = Database(database_url)
    with database.begin() as session:
        line = "INSERT INTO transcript_entries (conversation, at, body) VALUES ('web:a', '2026-11-23 01:00:00+00', 'x')"
        session.execute(text(line))
    migrate.downgrade(database_url, "0002")
    assert not TABLES & set(inspect(database.engine).get_table_names())
    migrate.upgrade(database_url)
    inspector = inspect(database.engine)
    assert set(inspector.get_table_names()) >= TABLES
    with database.begin() as session:
        assert session.execute(text("SELECT conversation, body, notice FROM transcript_entries")).all() == [
            ("web:a", "x", None)
        ]
    names = {index["name"] for index in inspector.get_indexes(TRANSCRIPTS)}
    assert names >= {"ix_transcript_entries_conversation", "ix_transcript_entries_at"}
    database.close()
