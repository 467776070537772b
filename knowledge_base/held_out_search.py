"""A search that has never seen the questions kept back: its encoder is trained, its index built, on what is left.

Both lie under `held-out/` of the data directory and are made again when catalogue, phrasings, decoys or recipe change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from knowledge_base.decoys import load_decoys
from knowledge_base.encoder import StaticEncoder
from knowledge_base.encoder.train import Recipe, train
from knowledge_base.evaluation import Question
from knowledge_base.held_out import split
from knowledge_base.index.build import prepare
from knowledge_base.index.edge import EdgeIndex
from knowledge_base.procedure import Procedure
from knowledge_base.search import ProcedureSearch

Progress = Callable[[str, float], None]  # stage, share of it


def open_held_out(
    procedures: Iterable[Procedure], room: Path, progress: Progress, recipe: Recipe | None = None
) -> tuple[ProcedureSearch, list[Question]]:
    """The search and the questions it has not seen.  The first call trains for some minutes."""
    recipe = recipe or Recipe()
    procedures = list(procedures)
    left = split(procedures, load_decoys({procedure.code for procedure in procedures}))
    folder = room / "encoder"
    stamp = prepare(left.procedures, repr(recipe), left.decoys).stamp
    kept = room / "trained-on"
    if not kept.exists() or kept.read_text(encoding="utf-8") != stamp or not (folder / "tthc.json").exists():
        room.mkdir(parents=True, exist_ok=True)
        train(left.procedures, folder, recipe, progress, left.decoys)
        kept.write_text(stamp, encoding="utf-8")
    progress("index", 0.0)
    search = ProcedureSearch(left.procedures, EdgeIndex(room / "index"), StaticEncoder(folder), decoys=left.decoys)
    progress("index", 1.0)
    return search, left.questions
