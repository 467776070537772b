"""Trains the static encoder on phrasings and catalogue, with sentence-transformers; CPU, minutes, no download.

Pairs that belong together: two phrasings of one procedure, a phrasing and the official name, a name and its gist.
Questions are seen as typed, without diacritics, with a slip, in teencode.  The other procedures of a batch are the
negatives; a batch is filled with procedures of neighbouring names, so that twins are told apart.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge_base.decoys import PREFIX, Decoys, is_decoy, load_decoys
from knowledge_base.encoder.features import features
from knowledge_base.encoder.noise import drop_accents, one_slip, teencode
from knowledge_base.index.views import gist_text
from knowledge_base.procedure import Procedure

UNKNOWN = "[unk]"
MIN_COUNT = {"f": 1, "a": 1, "b": 2, "c": 2}


@dataclass(frozen=True)
class Recipe:
    dimension: int = 192
    epochs: int = 16
    batch: int = 256
    learning_rate: float = 0.05
    scale: float = 20.0
    twins: float = 0.5  # share of batches filled with procedures of similar names
    vocabulary: int = 32_000
    seed: int = 20261122


def train(
    procedures: Sequence[Procedure],
    folder: Path,
    recipe: Recipe | None = None,
    progress: Callable[[str, float], None] = lambda stage, share: None,
    decoys: Decoys | None = None,
) -> dict[str, Any]:
    """Trains and saves a sentence-transformers model to `folder`; returns its card (counts, digest, seconds)."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

    recipe = recipe or Recipe()
    decoys = load_decoys({procedure.code for procedure in procedures}) if decoys is None else decoys
    classes = [*procedures, *_as_classes(decoys)]
    rng = random.Random(recipe.seed)  # noqa: S311 - repeatable training, no secret
    torch.manual_seed(recipe.seed)
    progress("vocabulary", 0.0)
    module = _static_module(_vocabulary(classes, recipe), recipe.dimension)
    model = SentenceTransformer(modules=[module], device="cpu")
    loss = MultipleNegativesRankingLoss(model, scale=recipe.scale)
    optimiser = torch.optim.Adam(module.parameters(), lr=recipe.learning_rate)
    order = _neighbour_order(classes)
    steps = 0
    total = recipe.epochs * draws_of(classes, recipe)
    for _epoch in range(recipe.epochs):
        for batch in _batches(classes, order, recipe, rng):
            pairs = [_pair(procedure, rng) for procedure in batch]
            inputs = [module.preprocess([_joined(pair[side]) for pair in pairs]) for side in (0, 1)]
            for group in optimiser.param_groups:
                group["lr"] = recipe.learning_rate * max(0.05, 1 - steps / max(total, 1))
            optimiser.zero_grad()
            value = loss(inputs, torch.arange(len(pairs)))
            value.backward()
            optimiser.step()
            with torch.no_grad():
                module.embedding.weight[0] = 0  # an unknown term says nothing; a zero leaves the direction alone
            steps += 1
            progress("training", min(steps / max(total, 1), 1.0))
    return _save(model, module, procedures, folder, recipe)


def _as_classes(decoys: Decoys) -> list[Procedure]:
    """Kinds of questions that no procedure answers, as classes of their own beside the procedures."""
    return [
        Procedure.model_construct(
            code=PREFIX + kind, name=texts[0], phrasings=list(texts), field="", summary="", results=[]
        )
        for kind, texts in decoys.items()
        if texts
    ]


def _joined(text: str) -> str:
    return " ".join(features(text))


def _vocabulary(procedures: Sequence[Procedure], recipe: Recipe) -> list[str]:
    counts: Counter[str] = Counter()
    for procedure in procedures:
        for text in (procedure.name, gist_text(procedure), *procedure.phrasings):
            counts.update(features(text))
    kept = [(n, term) for term, n in counts.items() if n >= MIN_COUNT[term[0]]]
    kept.sort(key=lambda pair: (-pair[0], pair[1]))
    return [UNKNOWN, *(term for _, term in kept[: recipe.vocabulary])]


def _static_module(vocabulary: list[str], dimension: int) -> Any:
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import WhitespaceSplit

    tokenizer = Tokenizer(WordLevel({term: i for i, term in enumerate(vocabulary)}, unk_token=UNKNOWN))
    tokenizer.pre_tokenizer = WhitespaceSplit()
    return StaticEmbedding(tokenizer, embedding_dim=dimension)


def _pair(procedure: Procedure, rng: random.Random) -> tuple[str, str]:
    """A question as people type it, and another text of the same procedure."""
    if procedure.phrasings:
        asked = rng.choice(procedure.phrasings)
        others = [p for p in procedure.phrasings if p != asked]
        alike = rng.random() < 0.5 or is_decoy(procedure.code)
        target = rng.choice(others) if others and alike else procedure.name
        if rng.random() < 0.15 and not is_decoy(procedure.code):
            target = gist_text(procedure)
    else:
        asked, target = procedure.name, gist_text(procedure)
        if rng.random() < 0.5:
            asked = _part(procedure.name, rng)
    return _typed(asked, rng), target


def _part(name: str, rng: random.Random) -> str:
    """A stretch of a long name, as people cut it."""
    pieces = name.split()
    if len(pieces) <= 5:
        return name
    length = rng.randint(4, min(12, len(pieces)))
    start = rng.randint(0, len(pieces) - length)
    return " ".join(pieces[start : start + length])


def _typed(text: str, rng: random.Random) -> str:
    roll = rng.random()
    if roll < 0.35:
        text = drop_accents(text)
    elif roll < 0.50:
        text = one_slip(text, rng)
    elif roll < 0.62:
        text = teencode(text, rng)
    elif roll < 0.70:
        text = one_slip(drop_accents(text), rng)
    return text


def _neighbour_order(procedures: Sequence[Procedure]) -> list[int]:
    """Indices sorted so that similar names stand together: by field, then by folded name."""
    from knowledge_base.text import fold

    return sorted(range(len(procedures)), key=lambda i: (procedures[i].field, fold(procedures[i].name)))


def _weights(procedures: Sequence[Procedure]) -> list[int]:
    return [1 + min(len(p.phrasings), 20) for p in procedures]


def draws_of(procedures: Sequence[Procedure], recipe: Recipe) -> int:
    """Batches of one epoch."""
    return max(1, sum(_weights(procedures)) // recipe.batch)


def _batches(
    procedures: Sequence[Procedure], order: list[int], recipe: Recipe, rng: random.Random
) -> Iterable[list[Procedure]]:
    """Procedures, one each a batch.  Those with phrasings come as often as they have ways to be asked for."""
    weights = _weights(procedures)
    for _ in range(draws_of(procedures, recipe)):
        if rng.random() < recipe.twins:
            chosen: dict[int, None] = {}
            while len(chosen) < min(recipe.batch, len(order)):
                start = rng.choices(range(len(order)), weights=[weights[i] for i in order])[0]
                for index in order[start : start + 16]:
                    chosen.setdefault(index)
            picked = list(chosen)[: recipe.batch]
        else:
            picked = list(dict.fromkeys(rng.choices(range(len(procedures)), weights=weights, k=recipe.batch)))
        yield [procedures[i] for i in picked]


def _save(model: Any, module: Any, procedures: Sequence[Procedure], folder: Path, recipe: Recipe) -> dict[str, Any]:
    import shutil

    import torch
    from safetensors.torch import save_file

    scratch = folder.with_name(folder.name + ".new")
    shutil.rmtree(scratch, ignore_errors=True)
    model.save(str(scratch), create_model_card=False)
    weights = module.embedding.weight.detach().to(torch.float16).contiguous()
    for path in scratch.rglob("model.safetensors"):
        save_file({"embedding.weight": weights}, path)
        path.chmod(0o644)
    card = {
        "procedures": len(procedures),
        "phrasings": sum(len(p.phrasings) for p in procedures),
        "vocabulary": int(weights.shape[0]),
        "dimension": recipe.dimension,
        "digest": hashlib.sha256(weights.numpy().tobytes()).hexdigest(),
    }
    (scratch / "tthc.json").write_text(json.dumps(card, indent=1), encoding="utf-8")
    old = folder.with_name(folder.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    scratch.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
    return card
