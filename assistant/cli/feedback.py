"""`tthc feedback`: what citizens left for people, and how they rated what they got."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.settings import settings

if TYPE_CHECKING:
    from actions.intake.ratings import Rating, Ratings
    from actions.intake.requests import Request, Requests

feedback = typer.Typer(help="Requests for an officer, feedback, complaints and ratings.", no_args_is_help=True)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
REQUEST_COLUMNS = ("receipt", "kind", "state", "created_at", "channel", "reason", "summary", "message", "phone")
RATING_COLUMNS = ("created_at", "matter", "procedure_code", "score", "reason", "comment", "channel")


@feedback.command("list")
def list_(
    every: Annotated[bool, typer.Option("--all", help="Those that are done, and those who left nothing, too")] = False,
) -> None:
    """What waits for an officer: number, kind, state, day.  Nothing of what was written."""
    from actions.intake.requests import State

    with _opened() as (requests, ratings):
        open_states = set(State) if every else {State.WAITING, State.WORKING}
        found = [request for request in requests.all() if request.state in open_states]
        given = ratings.all()
    for request in found:
        what = f"{request.receipt or '-':16} {request.kind:10} {request.state:8}"
        typer.echo(f"{what} {request.created_at:%d/%m/%Y %H:%M}  {request.channel}")
    scores = {score: sum(1 for rating in given if rating.score == score) for score in (3, 2, 1)}
    typer.echo(
        f"{len(found)} request(s); {len(given)} rating(s): "
        f"{scores[3]} very satisfied, {scores[2]} satisfied, {scores[1]} not satisfied"
    )


@feedback.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Folder for requests.csv and ratings.csv", file_okay=False)],
    opened: Annotated[
        bool, typer.Option("--with-content", help="What was written and phones too: personal data, keep it safe")
    ] = False,
) -> None:
    """Two CSV files (UTF-8), safe to open in a spreadsheet."""
    with _opened() as (requests, ratings):
        left, given = requests.all(opened=opened), ratings.all()
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(folder / "requests.csv", REQUEST_COLUMNS, [_request_row(request) for request in left])
    write_csv(folder / "ratings.csv", RATING_COLUMNS, [_rating_row(rating) for rating in given])
    typer.echo(f"{len(left)} request(s), {len(given)} rating(s) in {folder}")


@feedback.command()
def state(
    receipt: Annotated[str, typer.Argument(help="Receipt number, such as GY-261122-0007")],
    new: Annotated[str, typer.Argument(help="waiting, working or done")],
) -> None:
    """Sets what a citizen is told who asks by the receipt number."""
    from actions.intake.requests import State

    if new not in (State.WAITING, State.WORKING, State.DONE):
        raise typer.BadParameter("waiting, working or done")
    with _opened() as (requests, _):
        changed = requests.change(receipt.upper(), State(new))
    typer.echo(f"{changed.receipt}: {changed.state}")


def write_csv(path: Path, columns: tuple[str, ...], rows: list[dict[str, str]]) -> None:
    """Rows under `columns`; no cell of them is a formula to a spreadsheet."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows({name: harmless(value) for name, value in row.items()} for row in rows)


def harmless(value: str) -> str:
    """A cell that a spreadsheet takes as text: what would begin a formula gets an apostrophe before it."""
    return f"'{value}" if value.lstrip(" \u00a0\ufeff").startswith(_FORMULA) or value.startswith(_FORMULA) else value


def _request_row(request: Request) -> dict[str, str]:
    values = {name: str(getattr(request, name)) for name in REQUEST_COLUMNS}
    return {**values, "created_at": f"{request.created_at:%Y-%m-%d %H:%M}"}


def _rating_row(rating: Rating) -> dict[str, str]:
    values = {name: str(getattr(rating, name)) for name in RATING_COLUMNS}
    return {**values, "score": str(int(rating.score)), "created_at": f"{rating.created_at:%Y-%m-%d %H:%M}"}


@contextmanager
def _opened() -> Iterator[tuple[Requests, Ratings]]:
    from actions.clock import SystemClock
    from actions.database import Database
    from actions.intake.ratings import Ratings
    from actions.intake.requests import Requests
    from actions.personal import PersonalKeys
    from assistant import migrate

    ours = settings()
    migrate.upgrade(ours.database)
    database = Database(ours.database)
    keys = PersonalKeys(ours.secret("booking_key"), ours.secret("personal_data_key"))
    try:
        yield Requests(database, keys, SystemClock()), Ratings(database, keys, SystemClock())
    finally:
        database.close()
