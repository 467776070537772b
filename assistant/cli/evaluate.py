"""`tthc evaluate search|dialogues`: honest figures over question and dialogue files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from assistant.cli.progress import working
from assistant.settings import settings

if TYPE_CHECKING:
    from knowledge_base.evaluation import Report

evaluate = typer.Typer(help="Measure search and dialogue.", no_args_is_help=True)


Fields = Annotated[bool, typer.Option("--fields", help="Print each field too")]
JsonFile = Annotated[Path | None, typer.Option("--json", help="Write the figures here")]


@evaluate.command("search")
def evaluate_search(
    questions: Annotated[list[Path], typer.Argument(exists=True, help="Question files (JSONL)")],
    json_file: JsonFile = None,
    fields: Fields = False,
) -> None:
    """Right procedure first and in three, by style, aspect and view, beside plain baselines."""
    from assistant.knowledge import open_search
    from knowledge_base.catalogue import Catalogue
    from knowledge_base.evaluation import evaluate as run
    from knowledge_base.evaluation import read_questions

    config = settings()
    asked = [question for path in questions for question in read_questions(path)]
    _tell(run(open_search(config), asked, Catalogue.load(config.data_dir)), json_file, fields)


@evaluate.command("held-out")
def evaluate_held_out(json_file: JsonFile = None, fields: Fields = False) -> None:
    """The same figures on one phrasing in ten, kept back from an encoder trained for this (some minutes, once)."""
    from knowledge_base.catalogue import Catalogue
    from knowledge_base.evaluation import evaluate as run
    from knowledge_base.held_out_search import open_held_out

    config = settings()
    catalogue = Catalogue.load(config.data_dir)
    with working() as progress:
        task = progress.add_task("reading", total=1.0)
        search, questions = open_held_out(
            catalogue, config.data_dir / "held-out",
            lambda stage, share: progress.update(task, description=f"{stage} {share:.0%}", completed=share),
        )  # fmt: skip
        progress.update(task, description="asking")
        report = run(search, questions, catalogue)
    _tell(report, json_file, fields)


def _tell(report: Report, json_file: Path | None, fields: bool) -> None:
    table = Table("", "questions", "first", "95 %", "in three", "in five", "MRR")
    rows = {"all": report.overall}
    for title, group in report.groups.items():
        if title != "field" or fields:
            rows |= group
    for name, figures in {**rows, **{f"baseline: {k}": v for k, v in report.baselines.items()}}.items():
        table.add_row(
            name, str(figures.questions), f"{figures.first:.3f}", f"{figures.low:.2f}-{figures.high:.2f}",
            f"{figures.three:.3f}", f"{figures.five:.3f}", f"{figures.mrr:.3f}",
        )  # fmt: skip
    console = Console()
    console.print(table)
    console.print(
        f"{report.catalogue:,} procedures; encoder {report.encoder}; query p50 {report.query_ms['p50']} ms, "
        f"p95 {report.query_ms['p95']} ms"
    )
    console.print(
        f"answerable {report.answerable}: refused {report.refused:.3f}, asked back {report.clarified:.3f}, "
        f"stated a wrong one {report.answered_wrong:.3f}; "
        f"unanswerable {report.unanswerable}: stated one {report.answered_falsely:.3f}"
    )
    if json_file:
        json_file.write_text(report.model_dump_json(indent=1), encoding="utf-8")


@evaluate.command("dialogues")
def evaluate_dialogues(
    dialogues: Annotated[list[Path], typer.Argument(exists=True, help="Dialogue files (JSONL)")],
    json_file: Annotated[Path | None, typer.Option("--json", help="Write turns and figures here")] = None,
    address: Annotated[str, typer.Option(help="Platform to talk to; default: this machine's")] = "",
) -> None:
    """Turns handled as expected with their facts, against a running platform (TTHC_TRACE=1)."""
    from assistant.evaluation import read_dialogues, run_dialogues

    found = [dialogue for path in dialogues for dialogue in read_dialogues(path)]
    report = run_dialogues(address or settings().platform_url, found)
    console = Console()
    for result in report.results:
        if not result.right:
            missed = [name for name in ("behaviour", "procedure", "facts") if not getattr(result, name)]
            console.print(f"{result.dialogue}  {result.user}  missed: {', '.join(missed)}  {result.got}", markup=False)
    console.print(
        f"{report.dialogues} dialogues, {report.turns} turns: right {report.right:.3f} "
        f"(behaviour {report.behaviour:.3f}, procedure {report.procedure:.3f}, facts {report.facts:.3f}); "
        f"p50 {report.p50_ms} ms, p95 {report.p95_ms} ms"
    )
    if json_file:
        json_file.write_text(report.model_dump_json(indent=1), encoding="utf-8")
