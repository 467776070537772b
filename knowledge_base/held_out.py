"""Some phrasings and decoys kept back from encoder and index, to be asked as questions nobody has seen.

Which ones is settled by each text itself, so the split is the same in every run and on every machine, and a phrasing
added later changes nothing for the others.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from knowledge_base.decoys import Decoys
from knowledge_base.evaluation import Question
from knowledge_base.procedure import Procedure

SHARE = 10  # one of so many is kept back
KEEP = 4  # phrasings that a procedure keeps whatever happens


@dataclass(frozen=True)
class Split:
    """What stays in, and the questions made of what was kept back."""

    procedures: list[Procedure]
    decoys: Decoys
    questions: list[Question]


def split(procedures: Iterable[Procedure], decoys: Decoys, share: int = SHARE) -> Split:
    """Keeps back one phrasing of `share`, never so many that fewer than `KEEP` stay, and one decoy of `share`."""
    kept: list[Procedure] = []
    questions: list[Question] = []
    for procedure in procedures:
        chosen = [p for p in procedure.phrasings if _chosen(f"{procedure.code}\0{p}", share)]
        back = chosen[: max(0, len(procedure.phrasings) - KEEP)]
        questions += [Question(query=p, codes=[procedure.code], style="phrasing") for p in back]
        left = [p for p in procedure.phrasings if p not in back]
        kept.append(procedure.model_copy(update={"phrasings": left}) if back else procedure)
    left_in: dict[str, Sequence[str]] = {}
    for kind, texts in decoys.items():
        back = [text for text in texts if _chosen(f"{kind}\0{text}", share)]
        questions += [Question(query=text, style="decoy") for text in back]
        left_in[kind] = [text for text in texts if text not in back]
    return Split(kept, left_in, questions)


def _chosen(text: str, share: int) -> bool:
    return zlib.crc32(text.encode()) % share == 0
