"""Pieces of work in one transaction each, on either database, and the statements the two write differently."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from actions.database import Database
from knowledge_base.errors import ErrorCode, Unavailable

log = structlog.get_logger()
Result = TypeVar("Result")

_TRIES = 5
_AGAIN = {"40001", "40P01"}  # PostgreSQL: serialization failure, deadlock


class Transactions:
    """Runs a piece of work in one transaction, again when the database gave way to another one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def run(self, work: Callable[[Session], Result]) -> Result:
        """Raises: what `work` raises; Unavailable(DATABASE_DOWN)."""
        for attempt in range(_TRIES):
            try:
                with self._database.begin() as session:
                    return work(session)
            except (OperationalError, InterfaceError, PoolTimeout) as error:
                if not _worth_again(error) or attempt + 1 == _TRIES:
                    log.error("database_down", error=type(error).__name__)
                    raise Unavailable(ErrorCode.DATABASE_DOWN, type(error).__name__) from error
                time.sleep(random.random() * 0.02 * 2**attempt)  # noqa: S311  jitter, not a secret
        raise AssertionError("unreachable")


def _worth_again(error: Exception) -> bool:
    state = getattr(error.orig, "sqlstate", None) if isinstance(error, DBAPIError) else None
    return state in _AGAIN


def insert(session: Session, table: type[Any]) -> Any:
    """`INSERT` of the session's own dialect, for its `ON CONFLICT`."""
    return (sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert)(table)


def changed(session: Session, statement: Any) -> int:
    """Rows that an UPDATE or DELETE touched."""
    return int(session.execute(statement, execution_options={"synchronize_session": False}).rowcount)  # type: ignore[attr-defined]
