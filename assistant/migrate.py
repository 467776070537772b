"""The database's schema: bring it up, take it back, say where it is.  No `alembic.ini`; the URL is the only input.

Any number of processes may call `upgrade` at once: SQLite's write transaction or an advisory lock of PostgreSQL lets
one work, the others find nothing left to do.  A migration that fails leaves the schema as it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from actions.database import Database
from assistant.migrations import tables  # noqa: F401  loaded here: nobody waits for imports inside a transaction
from knowledge_base.errors import ErrorCode, Unavailable

log = structlog.get_logger()

_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 7_114_001  # any number that only we use
_PATIENCE = 6  # times that a process tries SQLite again while another one migrates, or creates the file
_PAUSE_S = 0.1


def upgrade(url: str, revision: str = "head") -> None:
    """Raises: Unavailable(DATABASE_DOWN)."""
    _run(url, lambda config: command.upgrade(config, revision))
    log.info("database.migrated", revision=current(url))


def downgrade(url: str, revision: str) -> None:
    """`revision` "base" takes everything away.  Raises: Unavailable(DATABASE_DOWN)."""
    _run(url, lambda config: command.downgrade(config, revision))


def current(url: str) -> str | None:
    """The revision of the schema, None for an empty database.  Raises: Unavailable(DATABASE_DOWN)."""
    found: list[str | None] = []
    _connected(url, lambda connection: found.append(MigrationContext.configure(connection).get_current_revision()))
    return found[0]


def head() -> str | None:
    """The revision this code wants."""
    return ScriptDirectory(str(_SCRIPTS)).get_current_head()


def _run(url: str, step: Callable[[Config], None]) -> None:
    def work(connection: Connection) -> None:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        config = Config()
        config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
        config.attributes["connection"] = connection
        step(config)

    _connected(url, work)


def _connected(url: str, work: Callable[[Connection], None]) -> None:
    database = Database(url)
    try:
        for attempt in range(_PATIENCE):
            try:
                with database.engine.begin() as connection:
                    work(connection)
                return
            except OperationalError as error:
                if "database is locked" not in str(error.orig) or attempt + 1 == _PATIENCE:
                    raise Unavailable(ErrorCode.DATABASE_DOWN, type(error.orig).__name__) from error
                time.sleep(_PAUSE_S * 2**attempt)
    finally:
        database.close()
