"""One database for everything that must survive: SQLite (WAL) by default, PostgreSQL by `DATABASE_URL`.

Times are stored in UTC.  Callers on the event loop run the synchronous sessions in a thread.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import DateTime, Dialect, Engine, create_engine, event, make_url
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

BUSY_TIMEOUT_MS = 10_000


class UtcDateTime(TypeDecorator[dt.datetime]):
    """An aware datetime, kept in UTC on both databases.  A naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime refused")
        value = value.astimezone(dt.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class Base(DeclarativeBase):
    """Every table of the project derives from this; Alembic reads its metadata."""


class Database:
    """Engine and sessions of one database URL."""

    def __init__(self, url: str) -> None:
        self.url = normalise_url(url)
        sqlite = self.url.startswith("sqlite")
        if sqlite and (path := make_url(self.url).database) and path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.engine: Engine = create_engine(self.url, pool_pre_ping=not sqlite)
        if sqlite:
            _tune_sqlite(self.engine)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """A transaction: committed when the block ends well, rolled back when it raises."""
        with self._sessions.begin() as session:
            yield session

    def create_all(self) -> None:
        """Tables straight from the models, for tests; servers migrate with Alembic instead."""
        Base.metadata.create_all(self.engine)

    def close(self) -> None:
        self.engine.dispose()


def normalise_url(url: str) -> str:
    """`postgres://` and `postgresql://` as given by hosting platforms mean the psycopg driver here."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url[len(prefix) :]
    return url


def _tune_sqlite(engine: Engine) -> None:
    """WAL, a patient writer, and `BEGIN IMMEDIATE` so that a read-then-write transaction never loses a race."""

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
