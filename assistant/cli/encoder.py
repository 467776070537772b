"""`tthc encoder train|calibrate`: the text encoder of search, and how sure a search with it may be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from assistant.cli.progress import working
from assistant.settings import settings

encoder = typer.Typer(help="The text encoder of search.", no_args_is_help=True)
Into = Annotated[Path | None, typer.Option("--into", help="Folder of the encoder; default: this data directory's")]


@encoder.command()
def train(into: Into = None) -> None:
    """Train the encoder on catalogue and phrasings; it is used from then on by this data directory."""
    from assistant.knowledge import prepare_index
    from knowledge_base.catalogue import Catalogue
    from knowledge_base.encoder.train import train as train_encoder

    config = settings()
    with working() as progress:
        task = progress.add_task("reading", total=1.0)
        procedures = list(Catalogue.load(config.data_dir))
        card = train_encoder(
            procedures, into or config.data_dir / "encoder",
            progress=lambda stage, share: progress.update(task, description=f"{stage} {share:.0%}", completed=share),
        )  # fmt: skip
        if into is None:
            progress.update(task, description="building the index", completed=1.0)
            prepare_index(config)
    print(json.dumps(card, indent=1))


@encoder.command()
def calibrate(
    questions: Annotated[list[Path], typer.Argument(exists=True, help="Question files (JSONL), of both kinds")],
    into: Into = None,
    plot_file: Annotated[Path | None, typer.Option("--plot", help="Write the reliability plot here (SVG)")] = None,
) -> None:
    """Fit how sure a search may be, on questions and on phrasings kept back from an encoder trained for this."""
    from knowledge_base.calibrate import DECOY_WEIGHT, PHRASING_WEIGHT, samples_of
    from knowledge_base.calibrate import calibrate as fit
    from knowledge_base.catalogue import Catalogue
    from knowledge_base.encoder import SHIPPED
    from knowledge_base.evaluation import read_questions
    from knowledge_base.held_out_search import open_held_out
    from knowledge_base.reliability import plot

    config = settings()
    with working() as progress:
        task = progress.add_task("reading", total=1.0)
        search, unseen = open_held_out(
            Catalogue.load(config.data_dir), config.data_dir / "held-out",
            lambda stage, share: progress.update(task, description=f"{stage} {share:.0%}", completed=share),
        )  # fmt: skip
        progress.update(task, description="asking")
        samples = samples_of(search, [question for path in questions for question in read_questions(path)])
        samples += samples_of(search, [q for q in unseen if q.answerable], PHRASING_WEIGHT)
        samples += samples_of(search, [q for q in unseen if not q.answerable], DECOY_WEIGHT)
        found = fit(samples, search.encoder.name)
    trained = config.data_dir / "encoder"
    folder = into or (trained if trained.exists() else SHIPPED)
    found.confidence.save(folder)
    if plot_file:
        plot_file.write_text(plot(found), encoding="utf-8")
    console = Console()
    console.print(found.outcome)
    console.print(f"answer from {found.confidence.answer_from}, clarify from {found.confidence.clarify_from}: {folder}")
