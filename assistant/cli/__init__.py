"""The command line `tthc`.

Each command group lives in a file of its own and is registered here.  An error of the project's own family becomes one
readable line and exit code 2; `up` and `doctor` tell the rest.
"""

from __future__ import annotations

import sys

import typer

from assistant.cli import operate, talk
from assistant.cli.catalogue import catalogue
from assistant.cli.encoder import encoder
from assistant.cli.evaluate import evaluate
from assistant.cli.feedback import feedback
from assistant.cli.follow_ups import evaluate_follow_ups
from assistant.cli.messaging import channels
from assistant.cli.notices import notices
from assistant.cli.officers import officers
from assistant.cli.privacy import privacy
from assistant.cli.understanding import evaluate_nlu
from knowledge_base.errors import TthcError

app = typer.Typer(
    name="tthc", help="Hanoi public-service assistant.", no_args_is_help=True, add_completion=False,
    pretty_exceptions_enable=False,
)  # fmt: skip
app.command()(operate.up)
app.command()(operate.status)
app.command()(operate.doctor)
app.command()(talk.chat)
app.add_typer(catalogue, name="catalogue")
app.add_typer(encoder, name="encoder")
evaluate.command("nlu")(evaluate_nlu)
evaluate.command("follow-ups")(evaluate_follow_ups)
app.add_typer(evaluate, name="evaluate")
app.add_typer(notices, name="notices")
app.add_typer(privacy, name="privacy")
app.add_typer(talk.database, name="database")
app.add_typer(feedback, name="feedback")
app.add_typer(officers, name="officers")
app.add_typer(channels, name="channels")


def main() -> None:
    """The console script.  Exit codes: 0 well, 1 a check failed, 2 an error that was told."""
    try:
        app()
    except TthcError as error:
        print(f"tthc: {error.detail or error}", file=sys.stderr)
        sys.exit(2)
