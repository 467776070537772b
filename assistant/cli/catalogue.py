"""`tthc catalogue …`: import, sync, search, and what is held."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from actions.clock import SystemClock
from assistant.cli.progress import working
from assistant.settings import settings
from knowledge_base.errors import Unavailable

catalogue = typer.Typer(help="The catalogue of procedures.", no_args_is_help=True)


@catalogue.command("import")
def import_(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders; any known layout, detected")],
    report: Annotated[Path | None, typer.Option(help="Write the whole report here, as JSON")] = None,
) -> None:
    """Import records: what was kept, repaired, set aside, and why.  Importing again updates, never doubles."""
    from assistant.knowledge import prepare_index
    from knowledge_base.catalogue import import_paths

    config = settings()
    today: dt.date = SystemClock().now().date()
    with working() as progress:
        task = progress.add_task("reading", total=None)
        found = import_paths(
            paths, config.data_dir, today,
            lambda done, path: progress.update(task, description=f"reading {path.name}: {done:,} records"),
        )  # fmt: skip
        progress.update(task, description="building the index")
        prepare_index(config)
    Console().print(found)
    if report:
        found.write(report)


@catalogue.command()
def sync(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Fetch and tell what differs; import nothing")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Fetch at most so many records")] = None,
    full: Annotated[bool, typer.Option("--full", help="Fetch every record not fetched today")] = False,
    minutes: Annotated[float, typer.Option(min=0.1, help="Stop after so long; the next call goes on")] = 120,
    report: Annotated[Path | None, typer.Option(help="Write the whole report here, as JSON")] = None,
) -> None:
    """Bring the catalogue up to the national portal: politely, resumable, only what changed."""
    from assistant.knowledge import prepare_index
    from knowledge_base.sync import Options, PortalClient, SyncReport, sync_portal

    config = settings()
    failure: Unavailable | None = None
    with working() as progress:
        task = progress.add_task("starting", total=None)

        def waiting(seconds: float, why: str) -> None:
            progress.update(task, description=f"{why}: waiting {seconds:.0f} s")

        def told(stage: str, done: int, total: int) -> None:
            progress.update(task, description=f"{stage}: {done:,} of {total:,}" if total else stage)

        with PortalClient(
            config.portal_url, pause_s=config.portal_pause_s, total_s=minutes * 60, waiting=waiting
        ) as client:
            try:
                found = sync_portal(
                    client, config.data_dir, lambda: SystemClock().now().date(), Options(limit, full, dry_run), told
                )
            except Unavailable as error:
                kept = error.data.get("report")
                if not isinstance(kept, SyncReport):
                    raise
                failure, found = error, kept
        if found.catalogue is not None:
            progress.update(task, description="building the index")
            prepare_index(config)
    Console().print(found)
    if report:
        found.write(report)
    if failure is not None:
        raise failure


@catalogue.command()
def search(
    text: Annotated[str, typer.Argument(help="A question, in a citizen's words")],
    limit: Annotated[int, typer.Option(min=1, max=50)] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object")] = False,
) -> None:
    """Search the catalogue as the assistant does."""
    from assistant.knowledge import open_search

    decision = open_search(settings()).search(text, limit)
    if as_json:
        results = [candidate.model_dump(mode="json") for candidate in decision.candidates]
        json.dump({"decision": decision.verdict, "results": results}, sys.stdout, ensure_ascii=False, indent=1)
        print()
        return
    print(decision.verdict.value)
    for candidate in decision.candidates:
        print(f"{candidate.score:6.3f}  {candidate.code}  {candidate.name}")


@catalogue.command()
def check(
    as_json: Annotated[Path | None, typer.Option("--json", help="Write the whole check here, as JSON")] = None,
) -> None:
    """What the catalogue can tell: trust of each field, faults, names written almost alike."""
    from knowledge_base.catalogue import Catalogue
    from knowledge_base.catalogue_check import check as check_catalogue

    found = check_catalogue(Catalogue.load(settings().data_dir))
    Console().print(found)
    if as_json:
        found.write(as_json)
