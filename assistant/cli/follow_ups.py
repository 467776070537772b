"""`tthc evaluate follow-ups`: what is said while a procedure is in hand, and where it leads."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from assistant.cli.progress import working
from assistant.settings import settings


def evaluate_follow_ups(
    fit: Annotated[bool, typer.Option("--fit", help="Fit the judge anew on all examples, and keep it")] = False,
) -> None:
    """The judge of follow-ups on examples left out, over the catalogue in use; it is fitted over the imported one."""
    from actions.procedures.following.fit import cross_validate, read_examples, samples_of
    from actions.procedures.following.fit import fit as fitted
    from actions.procedures.following.judge import FILE
    from assistant.knowledge import open_search

    with working() as progress:
        task = progress.add_task("reading examples", total=None)
        search = open_search(settings())
        progress.update(task, description="searching")
        samples = samples_of(search, read_examples())
        progress.update(task, description="cross-validating")
        figures = cross_validate(samples, search.encoder.name)
    table = Table("kind", "messages", "right", "among the first three")
    for kind, (count, first, three) in figures.items():
        table.add_row(kind, str(count), f"{first:.3f}", f"{three:.3f}")
    Console().print(table)
    if fit:
        judge = fitted(samples, search.encoder.name)
        FILE.write_text(judge.model_dump_json(indent=1) + "\n", encoding="utf-8")
        print(f"fitted on {judge.examples} messages over {len(search)} procedures: {FILE}")
