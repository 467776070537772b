"""Examples with their intents, dealt into folds, and the four ways in which people type them."""

from __future__ import annotations

import random
from pathlib import Path
from typing import NamedTuple

import yaml

from knowledge_base.encoder.noise import drop_accents, one_slip, teencode
from knowledge_base.errors import BadInput, ErrorCode
from knowledge_base.text import fold

VIEWS = ("as typed", "folded", "abbreviated", "mistyped")


class Example(NamedTuple):
    text: str
    intent: str


def read_examples(place: Path) -> list[Example]:
    """The examples of one file, or of all YAML files of a folder, in Rasa's format.

    Raises:
        BadInput: (`BAD_FILE`) a file is not of that format, or there is no example.
    """
    found = []
    for path in sorted(place.glob("*.yml")) if place.is_dir() else [place]:
        try:
            for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
                lines = entry["examples"].strip().splitlines()
                found += [Example(line.strip().removeprefix("- ").strip(), entry["intent"]) for line in lines]
        except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
            raise BadInput(ErrorCode.BAD_FILE, f"{path}: no file of examples ({type(error).__name__})") from error
    if not found:
        raise BadInput(ErrorCode.BAD_FILE, f"{place}: no examples")
    return found


def deal(examples: list[Example], folds: int, seed: int = 7) -> list[list[Example]]:
    """The examples in `folds` heaps of like make-up.  What differs by diacritics and case alone stays together."""
    alike: dict[tuple[str, str], list[Example]] = {}
    for example in examples:
        alike.setdefault((example.intent, fold(example.text)), []).append(example)
    order = sorted(alike)
    random.Random(seed).shuffle(order)  # noqa: S311 - no secret
    order.sort(key=lambda key: key[0])  # by intent; within one, as shuffled
    heaps: list[list[Example]] = [[] for _ in range(folds)]
    for index, key in enumerate(order):
        heaps[index % folds] += alike[key]
    return heaps


def typed(text: str, view: str) -> str:
    """`text` as somebody types it in that view; the same each time."""
    rng = random.Random(f"{view}:{text}")  # noqa: S311 - no secret
    if view == "folded":
        return drop_accents(text)
    if view == "abbreviated":
        return teencode(text, rng)
    if view == "mistyped":
        return one_slip(text, rng)
    return text
