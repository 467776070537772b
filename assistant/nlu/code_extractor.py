"""Spots dossier and procedure codes as entities; the domain code that uses them parses and judges them."""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

DOSSIER = re.compile(
    r"(?<![\w.-])(?:\d{3}\.[0-9A-Z]{2}\.[0-9A-Z]{2}\.)?[A-Z]\d{2}(?:\.\d{1,3}){0,3}-\d{6,8}(?:-\d{1,7})?(?![\w-])",
    re.IGNORECASE,
)
PROCEDURE = re.compile(r"(?<![\d.])\d\.\d{6}(?!\d)")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class CodeExtractor(GraphComponent):
    """Entities `dossier_code` and `procedure_code`, as written."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> CodeExtractor:
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get(TEXT)
            if not text or text.startswith("/"):
                continue
            found = [_entity("dossier_code", match) for match in DOSSIER.finditer(text)]
            found += [_entity("procedure_code", match) for match in PROCEDURE.finditer(text)]
            if found:
                message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data


def _entity(name: str, match: re.Match[str]) -> dict[str, Any]:
    return {
        "entity": name,
        "start": match.start(),
        "end": match.end(),
        "value": match.group(),
        "extractor": "CodeExtractor",
    }
