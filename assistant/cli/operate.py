"""`tthc up`, `tthc status`, `tthc doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from assistant.settings import settings

if TYPE_CHECKING:
    from assistant.setup.doctor import Check

STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def up(
    rasa: Annotated[bool, typer.Option("--rasa/--no-rasa", help="Start Rasa, after training what is stale")] = True,
    sandbox: Annotated[bool, typer.Option("--sandbox/--no-sandbox", help="Start the dossier sandbox")] = True,
) -> None:
    """Run everything in this terminal: database, index, model, sandbox, Rasa, platform."""
    from assistant.setup.launcher import up as launch

    launch(settings(), rasa, sandbox)


def status() -> None:
    """What is up."""
    from assistant.setup.doctor import status as look

    _tell(look(settings()))


def doctor() -> None:
    """What is missing, and how to get it."""
    from assistant.setup.doctor import doctor as look

    _tell(look(settings()))


def _tell(checks: list[Check]) -> None:
    console = Console()
    width = max(len(check.name) for check in checks)
    for check in checks:
        console.print(f"{check.state:5}", style=STYLES[check.state], end="", markup=False)
        console.print(f"{check.name:{width}}  {check.said}", markup=False, highlight=False, soft_wrap=True)
        if check.remedy:
            console.print(f"{'':5}{'':{width}}  -> {check.remedy}", markup=False, highlight=False, soft_wrap=True)
    if any(check.state == "fail" for check in checks):
        raise typer.Exit(1)
