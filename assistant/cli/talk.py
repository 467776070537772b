"""`tthc chat`, and the database's schema by hand."""

from __future__ import annotations

from typing import Annotated

import typer

from assistant.settings import settings

database = typer.Typer(help="The database's schema.", no_args_is_help=True)


def chat(address: Annotated[str, typer.Option(help="Platform to talk to; default: this machine's")] = "") -> None:
    """The assistant in this terminal."""
    from connectors.terminal import chat_in_terminal

    chat_in_terminal(address or settings().platform_url)


@database.command()
def upgrade(revision: str = "head") -> None:
    """Bring the schema up."""
    from assistant import migrate

    migrate.upgrade(settings().database, revision)


@database.command()
def downgrade(revision: str) -> None:
    """Take the schema back to a revision; `base` empties the database."""
    from assistant import migrate

    migrate.downgrade(settings().database, revision)
