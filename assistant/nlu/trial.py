"""The components of `config.yml`, trained and asked without a server: what `tthc evaluate nlu` starts for each fold.

Runs in the dialogue environment: `python -m assistant.nlu.trial CONFIG`.  A line of JSON comes in, one goes out:

    {"train": [[text, intent], ...], "ask": [text, ...]}  ->  {"read": [[[intent, confidence], ...], ...], "ms": [...]}

`read` holds the three likeliest intents of each text, before the fallback; `ms` what a text took, alone, from text to
intents.
"""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.nlu.featurizers.sparse_featurizer.count_vectors_featurizer import CountVectorsFeaturizer
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

BUILT_IN = {kind.__name__: kind for kind in (CountVectorsFeaturizer, LogisticRegressionClassifier)}
FALLBACK = "FallbackClassifier"
SHOWN = 3
TIMED = 200  # texts; enough for a median


def component(name: str) -> type[GraphComponent]:
    if name in BUILT_IN:
        return BUILT_IN[name]
    module, _, kind = name.rpartition(".")
    found: type[GraphComponent] = getattr(importlib.import_module(module), kind)
    return found


def build(config: list[dict[str, Any]], storage: LocalModelStorage) -> list[GraphComponent]:
    """The components of the pipeline, in order, untrained; the fallback is judged by who asks."""
    made = []
    for index, entry in enumerate(config):
        name = str(entry["name"])
        if name == FALLBACK:
            continue
        kind = component(name)
        given = {key: value for key, value in entry.items() if key != "name"}
        node = f"{index}_{kind.__name__}"
        context = ExecutionContext(GraphSchema({}), node_name=node)
        made.append(kind.create({**kind.get_default_config(), **given}, storage, Resource(node), context))
    return made


def train(parts: list[GraphComponent], examples: list[list[str]]) -> None:
    data = TrainingData([Message({TEXT: text, INTENT: intent}) for text, intent in examples])
    for part in parts:
        if hasattr(part, "train"):
            part.train(data)
        if not isinstance(part, LogisticRegressionClassifier):
            data = part.process_training_data(data)


def read(parts: list[GraphComponent], texts: list[str]) -> tuple[list[Any], list[float]]:
    found, took = [], []
    for text in texts:
        started = time.perf_counter()
        messages = [Message({TEXT: text})]
        for part in parts:
            messages = part.process(messages)
        took.append((time.perf_counter() - started) * 1000)
        ranking = messages[0].get("intent_ranking")[:SHOWN]
        found.append([[item["name"], round(float(item["confidence"]), 4)] for item in ranking])
    return found, [round(ms, 2) for ms in took[:TIMED]]


def main() -> None:
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever libraries print is no answer
    config = yaml.safe_load(Path(sys.argv[1]).read_text(encoding="utf-8"))["pipeline"]
    for line in sys.stdin:
        asked = json.loads(line)
        with tempfile.TemporaryDirectory() as folder:
            parts = build(config, LocalModelStorage(Path(folder)))
            train(parts, asked["train"])
            found, took = read(parts, asked["ask"])
        answers.write(json.dumps({"read": found, "ms": took}, ensure_ascii=False) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
