"""The whole platform in this process: everything real but Rasa, the dossier system and the clock."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from pydantic import SecretStr

from actions.clock import FixedClock
from actions.dossiers.fake import FakeDossierSystem
from assistant.app import Parts, create_app, make_parts
from assistant.settings import Settings
from tests.assistant.fakes import NOW, FakeDialogue

SECRET = "the-secret-between-platform-and-rasa"


def make_settings(folder: Path, **values: Any) -> Settings:
    """Settings of a test: neither a `.env` file nor the caller's environment has a say where state lies."""
    own = {
        "data_dir": folder,
        "database_url": SecretStr(""),
        "redis_url": SecretStr(""),
        "qdrant_url": "",
        "encoder": "",
        "telegram_token": SecretStr(""),
        "zalo_app_id": "",
        "messenger_token": SecretStr(""),
        "rasa_secret": SecretStr(SECRET),
        "public_url": "https://tthc.test",
        "trace": False,
        "turns_per_minute": 1000,
    }
    return Settings(_env_file=None, **{**own, **values})


def make_test_parts(settings: Settings) -> tuple[Parts, FakeDialogue]:
    dialogue = FakeDialogue()
    parts = make_parts(settings, FixedClock(NOW))
    return dataclasses.replace(parts, dialogue=dialogue, dossier_system=FakeDossierSystem()), dialogue


@dataclasses.dataclass
class Platform:
    client: TestClient
    parts: Parts
    dialogue: FakeDialogue


@contextmanager
def running(folder: Path, **values: Any) -> Iterator[Platform]:
    """The application with its start and its end; curated catalogue only."""
    parts, dialogue = make_test_parts(make_settings(folder, **values))
    with TestClient(create_app(parts=parts), raise_server_exceptions=False) as client:
        yield Platform(client, parts, dialogue)
