"""Alembic migrations of the one database.  Run them with `assistant.migrate`."""
