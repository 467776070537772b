"""`tthc notices …`: what is in the outbox, and what an operator may do about it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from actions.clock import HANOI, SystemClock
from actions.database import Database
from actions.notices.models import NoticeRow
from actions.notices.outbox import Outbox
from actions.notices.port import State
from actions.personal import PersonalKeys
from assistant.settings import settings
from knowledge_base.errors import BadInput, ErrorCode

notices = typer.Typer(help="The outbox of notices.", no_args_is_help=True)


@contextmanager
def open_outbox() -> Iterator[Outbox]:
    config = settings()
    keys = PersonalKeys(config.secret("booking_key"), config.secret("personal_data_key"))
    database = Database(config.database)
    try:
        yield Outbox(database, SystemClock(), keys)
    finally:
        database.close()


@notices.command("list")
def list_(
    state: Annotated[State | None, typer.Option(help="These alone")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object")] = False,
) -> None:
    """How many notices are in each state, and the latest; never to whom or what they say."""
    with open_outbox() as outbox:
        counts, rows = outbox.counts(), [_told(row) for row in outbox.list(state, limit)]
    if as_json:
        json.dump({"counts": counts, "notices": rows}, sys.stdout, indent=1)
        print()
        return
    console = Console()
    console.print(", ".join(f"{name}: {number}" for name, number in counts.items()))
    table = Table("id", "state", "reason", "channel", "due", "next try", "tries", "outcome", box=None)
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    console.print(table)


@notices.command()
def replay(
    notice: Annotated[str, typer.Argument(help="Id of a dead notice")] = "",
    every: Annotated[bool, typer.Option("--all", help="All dead notices")] = False,
) -> None:
    """Try dead notices afresh, as far as they are still of use."""
    if bool(notice) is every:
        raise BadInput(ErrorCode.BAD_REQUEST, "name one notice, or --all")
    with open_outbox() as outbox:
        number = outbox.replay(notice or None)
    print(f"{number} queued again")
    if notice and not number:
        raise typer.Exit(1)


@notices.command()
def stop(notice: Annotated[str, typer.Argument(help="Id of a notice that has not gone out")]) -> None:
    """Take one notice out; its consent and other notices stay."""
    with open_outbox() as outbox:
        stopped = outbox.stop(notice)
    if not stopped:
        print("no such notice is waiting")
        raise typer.Exit(1)
    print("stopped")


def _told(row: NoticeRow) -> dict[str, object]:
    return {
        "id": row.id,
        "state": row.state,
        "reason": f"{row.reason}/{row.kind}",
        "channel": row.channel,
        "due": f"{row.due_at.astimezone(HANOI):%Y-%m-%d %H:%M}",
        "next": f"{row.next_at.astimezone(HANOI):%Y-%m-%d %H:%M}",
        "attempts": row.attempts,
        "outcome": row.outcome or "",
    }
