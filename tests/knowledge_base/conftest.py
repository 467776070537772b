"""The static encoder trained once, on the invented catalogue."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from knowledge_base.encoder.train import Recipe, train
from tests.knowledge_base.invented import PLAIN, catalogue

settings.register_profile("no deadline", deadline=None)  # a busy machine is no failure
settings.load_profile("no deadline")
RECIPE = Recipe(dimension=32, epochs=2, batch=16)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an encoder."""
    folder = tmp_path_factory.mktemp("encoder") / "model"
    train(catalogue(), folder, RECIPE)
    PLAIN.save(folder)
    return folder
