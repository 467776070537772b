"""The components of `config.yml`, trained and asked without a server: what `tthc evaluate nlu` starts for each fold.

Runs in the dialogue environment: `python -m assistant.nlu.trial CONFIG`.  A line of JSON comes in, one goes out:

    {"train": [[text, intent], ...], "ask": [text, ...]}  ->  {"read": [[[intent, confidence], ...], ...], "ms": [...]}

`read` holds the three likeliest intents of each text, before the fallback; `ms` what some texts took, one by one.
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
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.nlu.featurizers.sparse_featurizer.count_vectors_featurizer import CountVectorsFeaturizer
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

BUILT_IN = {kind.__name__: kind for kind in (CountVectorsFeaturizer, LogisticRegressionClassifier)}
FALLBACK = "FallbackClassifier"
SHOWN = 3
TIMED = 100  # texts; enough for a median


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
        if not isinstance(part, IntentClassifier):
            data = part.process_training_data(data)


def read(parts: list[GraphComponent], texts: list[str]) -> tuple[list[Any], list[float]]:
    """The rankings of all texts, read at once; and what the first ones took, read one by one."""
    took = []
    for text in texts[:TIMED]:
        started = time.perf_counter()
        _through(parts, [text])
        took.append(round((time.perf_counter() - started) * 1000, 2))
    rankings = [message.get(INTENT_RANKING_KEY)[:SHOWN] for message in _through(parts, texts)]
    return [[[item["name"], round(float(item["confidence"]), 4)] for item in ranking] for ranking in rankings], took


def _through(parts: list[GraphComponent], texts: list[str]) -> list[Message]:
    messages = [Message({TEXT: text}) for text in texts]
    for part in parts:
        messages = part.process(messages)
    return messages


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
