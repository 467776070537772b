"""All migrations in one chain, each up and down, and at its end what the models say; on both databases."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, inspect

from actions.database import Database
from assistant import migrate
from assistant.migrations.tables import METADATA, MODULES
from assistant.settings import ROOT
from tests.actions.databases import database, database_url

__all__ = ["database", "database_url"]


def chain() -> list[str]:
    """First to last."""
    found = ScriptDirectory(str(ROOT / "assistant" / "migrations")).walk_revisions()
    return [script.revision for script in found][::-1]


def tables(url: str) -> set[str]:
    database = Database(url)
    found = set(inspect(database.engine).get_table_names()) - {"alembic_version"}
    database.close()
    return found


def test_one_chain_numbered_without_a_gap() -> None:
    assert chain() == [f"{number:04d}" for number in range(1, len(chain()) + 1)]
    assert migrate.head() == chain()[-1]


def test_every_step_goes_down_and_up_again(database_url: str) -> None:
    migrate.upgrade(database_url)
    whole = tables(database_url)
    seen = [whole]
    for revision in [*chain()[-2::-1], "base"]:
        migrate.downgrade(database_url, revision)
        assert migrate.current(database_url) == (None if revision == "base" else revision)
        seen.append(tables(database_url))
    assert seen[-1] == set()
    for revision, before in zip(chain(), seen[-2::-1], strict=True):
        migrate.upgrade(database_url, revision)
        assert tables(database_url) == before, revision
    assert tables(database_url) == whole == set(METADATA.tables)


def test_the_schema_is_what_the_models_say(database: Database) -> None:
    assert MODULES
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    inspector = inspect(database.engine)
    for name, table in METADATA.tables.items():  # what alembic does not compare
        wanted = {str(one.name) for one in table.constraints if isinstance(one, CheckConstraint)}
        assert {one["name"] for one in inspector.get_check_constraints(name)} == wanted, name
