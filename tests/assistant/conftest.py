"""A pipeline for each test that wants one, and the dialogue environment for all that do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from tests.assistant.fakes import Bench, make_bench
from tests.assistant.rasa_side import RasaSide


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = make_bench(tmp_path)
    yield bench
    await bench.pipeline.close()
    bench.database.close()


@pytest.fixture(autouse=True)
def plain_logs() -> Iterator[None]:
    """What a test sets up for logs ends with it."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def rasa_side(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RasaSide]:
    side = RasaSide(tmp_path_factory.mktemp("rasa") / "dialogue_side.log")
    yield side
    side.close()
