"""Cross-validation of the intent classifier, and the held-out messages read by one trained on every example."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import yaml

from assistant.settings import ROOT
from assistant.understanding.examples import VIEWS, Example, deal, read_examples, typed
from assistant.understanding.figures import Reading, Understanding, understanding
from assistant.understanding.trial import Trial

TRAINING = ROOT / "training_data" / "nlu"
HELD_OUT = ROOT / "tests" / "nlu_held_out.yml"
CONFIG = ROOT / "config.yml"
FALLBACK = "FallbackClassifier"


def fallback_of(config: Path = CONFIG) -> tuple[float, float]:
    """Threshold and ambiguity of the fallback in `config`; nothing falls back where there is none."""
    for entry in yaml.safe_load(config.read_text(encoding="utf-8"))["pipeline"]:
        if entry["name"] == FALLBACK:
            return float(entry["threshold"]), float(entry["ambiguity_threshold"])
    return 0.0, 0.0


def evaluate(
    folds: int, told: Callable[[str], None], training: Path = TRAINING, held_out: Path = HELD_OUT, config: Path = CONFIG
) -> Understanding:
    """Every example read once in each view by a classifier that did not see it; `told` hears how far it is.

    Raises:
        BadInput: a file of examples cannot be read.
        Misconfigured: the dialogue environment is missing.
        Unavailable: (`DIALOGUE_DOWN`) training or reading failed there.
    """
    examples, unseen = read_examples(training), read_examples(held_out) if held_out.exists() else []
    heaps = deal(examples, folds)
    readings: list[Reading] = []
    took: list[float] = []
    with Trial(config) as trial:
        for number, heap in enumerate(heaps, 1):
            told(f"fold {number} of {folds}")
            others = [example for other in heaps if other is not heap for example in other]
            readings += _read(trial, others, heap, took)
        told("held-out messages")
        kept_back = _read(trial, examples, unseen, []) if unseen else []
    threshold, ambiguity = fallback_of(config)
    return understanding(readings, kept_back, took, len(examples), folds, threshold, ambiguity)


def _read(trial: Trial, training: list[Example], asked: list[Example], took: list[float]) -> list[Reading]:
    texts = [(typed(example.text, view), view, example.intent) for view in VIEWS for example in asked]
    guesses, ms = trial.ask(training, [text for text, _, _ in texts])
    took += ms
    return [Reading(text, view, meant, got) for (text, view, meant), got in zip(texts, guesses, strict=True)]
