"""`tthc channels`: messages that could not be sent, and sending them again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.settings import settings
from knowledge_base.errors import BadInput, ErrorCode

if TYPE_CHECKING:
    from actions.channels.outgoing import Outgoing

channels = typer.Typer(help="Messaging channels.", no_args_is_help=True)
Channel = Annotated[str, typer.Option(help="Only this channel: zalo, messenger or telegram")]


@channels.command("dead-letters")
def dead_letters(channel: Channel = "", limit: Annotated[int, typer.Option(min=1)] = 1000) -> None:
    """Messages given up: number, channel, person, time, attempts, reason.  Never what they say."""
    with _outgoing() as outgoing:
        found = outgoing.dead(channel, limit)
    for letter in found:
        at = f"{letter.created_at:%Y-%m-%d %H:%M:%SZ}"
        print(letter.id, letter.channel, letter.conversation, at, letter.attempts, letter.reason, sep="  ")
    print(f"{len(found)} dead letters")


@channels.command()
def replay(
    numbers: Annotated[list[int] | None, typer.Argument(help="Numbers of dead letters")] = None,
    channel: Channel = "",
    everything: Annotated[bool, typer.Option("--all", help="All dead letters")] = False,
) -> None:
    """Send dead letters again; a running platform does it.

    Raises:
        BadInput: neither numbers, nor a channel, nor --all.
    """
    if not (numbers or channel or everything):
        raise BadInput(ErrorCode.BAD_REQUEST, "name the dead letters, or a channel, or --all")
    with _outgoing() as outgoing:
        count = outgoing.replay(channel, numbers or ())
    print(f"{count} messages are to be sent again")


@contextmanager
def _outgoing() -> Iterator[Outgoing]:
    from actions.channels.outgoing import Outgoing
    from actions.clock import SystemClock
    from actions.database import Database
    from actions.personal import PersonalKeys

    own = settings()
    database = Database(own.database)
    try:
        keys = PersonalKeys(own.secret("booking_key"), own.secret("personal_data_key"))
        yield Outgoing(database, keys, SystemClock())
    finally:
        database.close()
