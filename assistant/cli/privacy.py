"""`tthc privacy …`: answers to a person's request about their data (Luật 91/2025/QH15)."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant.settings import settings

privacy = typer.Typer(help="What is kept about a person, and its deletion.", no_args_is_help=True)
Phone = Annotated[str, typer.Option(help="The person's phone number; - asks for it, so that no shell remembers it")]
To = Annotated[Path | None, typer.Option(help="Write here (mode 0600) instead of the terminal")]


@privacy.command()
def export(phone: Phone, to: To = None) -> None:
    """Everything kept about a phone number, as JSON.  Make sure first that the person who asks is its owner."""
    from assistant.privacy import Privacy

    number = _given(phone)
    with Privacy.of(settings()) as found:
        _write(found.export(number), to)


@privacy.command()
def delete(
    phone: Phone,
    to: To = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False,
) -> None:
    """Delete what is kept about a phone number; the report says what is gone, what stays, why and how long.

    Coming appointments stay valid for whoever has their secret code.
    """
    from assistant.privacy import Privacy

    number = _given(phone)
    if not yes:
        typer.confirm("Delete for good?", abort=True)
    with Privacy.of(settings()) as found:
        _write(found.delete(number), to)


def _given(phone: str) -> str:
    return typer.prompt("Phone", hide_input=True) if phone == "-" else phone


def _write(report: dict[str, Any], to: Path | None) -> None:
    if to is None:
        json.dump(report, sys.stdout, ensure_ascii=False, indent=1)
        print()
        return
    with open(to, "w", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        json.dump(report, file, ensure_ascii=False, indent=1)
    print(f"written to {to}")
