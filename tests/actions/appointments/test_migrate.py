"""The schema: up, down, up again, the same as the models, and safe when several processes start at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

import actions.appointments.models
from actions.database import Base, Database
from assistant import migrate
from knowledge_base.errors import ErrorCode, Unavailable

OURS = {table for table in Base.metadata.tables if table.startswith("appointment")}


def tables(url: str) -> set[str]:
    database = Database(url)
    found = set(inspect(database.engine).get_table_names())
    database.close()
    return found


def test_up_and_down(database_url: str) -> None:
    assert actions.appointments.models.AppointmentRow.__tablename__ in OURS
    assert migrate.current(database_url) is None
    migrate.upgrade(database_url)
    assert migrate.current(database_url) == migrate.head()
    assert tables(database_url) >= OURS
    migrate.upgrade(database_url)
    migrate.downgrade(database_url, "base")
    assert migrate.current(database_url) is None
    assert not tables(database_url) & OURS
    migrate.upgrade(database_url, "0001")
    assert migrate.current(database_url) == "0001"
    assert tables(database_url) >= OURS


def test_the_migrations_make_what_the_models_say(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [one for one in compare_metadata(context, Base.metadata) if "appointment" in str(one)]
    assert differences == []


def test_many_processes_start_at_once(database_url: str) -> None:
    start = threading.Barrier(6)

    def up(_: int) -> None:
        start.wait()
        migrate.upgrade(database_url)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(up, range(6)))
    assert migrate.current(database_url) == migrate.head()


def test_no_database() -> None:
    with pytest.raises(Unavailable) as caught:
        migrate.current("postgresql://nobody@127.0.0.1:1/none?connect_timeout=2")
    assert caught.value.code is ErrorCode.DATABASE_DOWN
