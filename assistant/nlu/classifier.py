"""The intent of a message: logistic regression over three weighted views of its syllables.

The views are the syllables as typed, those without diacritics, and the letters of the latter against slips of a finger.
Each is weighted by how telling a term is (TF-IDF) and brought to one length, so that no view drowns the others; this
is what Rasa's count vectors before its own LogisticRegressionClassifier lack.  Numbers: `docs/understanding.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import skops.io as sio
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

FILE = "classifier.skops"
TOKENS = "text_tokens"
SHOWN = 10  # intents in the ranking
TRUSTED = ["scipy.sparse._csr.csr_matrix"]  # beside what skops knows itself; the file is our own


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(GraphComponent, IntentClassifier):
    """Reads the tokens of `VietnameseTokenizer`; knows nothing before `train` or `load`."""

    @classmethod
    def required_components(cls) -> list[type]:
        return [Tokenizer]

    @staticmethod
    def required_packages() -> list[str]:
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`c`: the higher, the less the weights are held back; `syllables`, `letters`: lengths of the n-grams."""
        return {"c": 10.0, "max_iter": 300, "syllables": [1, 2], "letters": [2, 4]}

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._storage, self._resource = storage, resource
        syllables, letters = tuple(config["syllables"]), tuple(config["letters"])
        words = {"token_pattern": r"\S+", "lowercase": False, "sublinear_tf": True, "ngram_range": syllables}
        self._views = [
            TfidfVectorizer(**words),
            TfidfVectorizer(**words),
            TfidfVectorizer(analyzer="char_wb", lowercase=False, sublinear_tf=True, ngram_range=letters),
        ]
        self._model = LogisticRegression(
            C=config["c"], max_iter=config["max_iter"], class_weight="balanced", tol=1e-3, random_state=42
        )

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LinearIntentClassifier:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LinearIntentClassifier:
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            kept = sio.load(folder / FILE, trusted=TRUSTED)
        component._views, component._model = kept["views"], kept["model"]
        # by column, as a product with one sparse row reads it: otherwise each message copies all the weights first
        component._model.coef_ = np.asfortranarray(component._model.coef_)
        return component

    def train(self, training_data: TrainingData) -> Resource:
        examples = [message for message in training_data.intent_examples if message.get(TEXT) and message.get(INTENT)]
        typed, folded, letters = _texts(examples)
        seen = list(dict.fromkeys(zip(typed, folded, letters, (m.get(INTENT) for m in examples), strict=True)))
        # once more as somebody without Vietnamese keys types it, where that looks different
        seen += [(plain, plain, letters, intent) for text, plain, letters, intent in seen if plain != text]
        *texts, intents = (list(column) for column in zip(*dict.fromkeys(seen), strict=True))
        for view, column in zip(self._views, texts, strict=True):
            view.fit(column)
        self._model.fit(self._features(texts), intents)
        with self._storage.write_to(self._resource) as folder:
            sio.dump({"views": self._views, "model": self._model}, folder / FILE)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        if not messages:
            return messages
        for message, shares in zip(messages, self._model.predict_proba(self._features(_texts(messages))), strict=True):
            ranking = [
                {INTENT_NAME_KEY: str(self._model.classes_[index]), PREDICTED_CONFIDENCE_KEY: float(shares[index])}
                for index in np.argsort(-shares)[:SHOWN]
            ]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    def _features(self, texts: Sequence[list[str]]) -> csr_matrix:
        """One row a message, the views side by side; `texts` holds a list for each view."""
        pairs = zip(self._views, texts, strict=True)
        return hstack([view.transform(column) for view, column in pairs]).tocsr()


def _texts(messages: list[Message]) -> tuple[list[str], list[str], list[str]]:
    """For each view the messages as it reads them: syllables as typed, folded, and folded again for their letters."""
    tokens = [message.get(TOKENS) or [] for message in messages]
    typed = [" ".join(token.text for token in those) for those in tokens]
    folded = [" ".join(token.lemma for token in those) for those in tokens]
    return typed, folded, folded
