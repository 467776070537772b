"""`tthc evaluate nlu`: how well messages are understood."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from assistant.cli.progress import working

if TYPE_CHECKING:
    from assistant.understanding.figures import Understanding


def evaluate_nlu(
    folds: Annotated[int, typer.Option(min=2, max=20, help="Parts; each is read by a classifier of the others")] = 5,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures here")] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Draw the confusion matrix here, the threshold's curve beside (…-threshold.svg)")
    ] = None,
) -> None:
    """Intents by cross-validation in four views, and over the held-out messages (some minutes)."""
    from assistant.understanding.drawing import confusion_matrix, threshold_curve
    from assistant.understanding.evaluate import evaluate as run

    with working() as progress:
        task = progress.add_task("reading examples", total=None)
        report = run(folds, lambda stage: progress.update(task, description=stage))
    _tell(report)
    if json_file:
        json_file.write_text(report.model_dump_json(indent=1), encoding="utf-8")
    if plot:
        plot.write_text(confusion_matrix(report), encoding="utf-8")
        plot.with_name(f"{plot.stem}-threshold.svg").write_text(threshold_curve(report), encoding="utf-8")


def _tell(report: Understanding) -> None:
    console = Console()
    views = Table("", "messages", "right", "right and sure", "wrong and sure")
    held_out = {f"held out, {view}": figures for view, figures in report.held_out.items()}
    for name, figures in {**report.views, **held_out}.items():
        shares = (figures.accuracy, figures.sure, figures.misled)
        views.add_row(name, str(figures.messages), *(f"{share:.3f}" for share in shares))
    console.print(views)
    intents = Table("intent", "messages", "precision", "recall")
    for name, found in sorted(report.intents.items(), key=lambda item: item[1].recall):
        intents.add_row(name, str(found.examples), f"{found.precision:.3f}", f"{found.recall:.3f}")
    console.print(intents)
    for confusion in report.confusions:
        texts = " | ".join(confusion.texts)
        console.print(f"{confusion.times:4} {confusion.meant} read as {confusion.got}: {texts}", markup=False)
    console.print(
        f"{report.examples} examples, {report.folds} folds; a message takes {report.parse_p50_ms} ms (p50); "
        f"threshold {report.threshold}, best by these figures {report.best_threshold}"
    )
