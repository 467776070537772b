"""Who may read the figures: this machine, and who knows the secret."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from rasa_sdk.executor import ActionExecutor

from assistant.api import operations
from assistant.app import create_app
from tests.assistant.whole_platform import make_settings, make_test_parts

SECRET = "the-secret-between-platform-and-rasa"


def status(host: str, headers: dict[str, str] | None = None) -> int:
    app = FastAPI()
    app.include_router(operations.router(ActionExecutor(), SECRET, {}))
    return TestClient(app, client=(host, 50000)).get("/metrics", headers=headers).status_code


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
def test_this_machine_may(host: str) -> None:
    assert status(host) == 200


@pytest.mark.parametrize("host", ["10.0.0.7", "203.0.113.9", "::ffff:10.0.0.7", "fe80::1", "localhost", "unknown", ""])
def test_others_need_the_secret(host: str) -> None:
    assert status(host) == 403
    assert status(host, {"X-TTHC-Secret": SECRET}) == 200
    assert status(host, {"X-TTHC-Secret": SECRET[:-1]}) == 403
    assert status(host, {"X-TTHC-Secret": ""}) == 403
    assert status(host, {"X-Forwarded-For": "127.0.0.1"}) == 403


def test_the_description_of_the_api_is_open_to_others(tmp_path: Path) -> None:
    parts, _ = make_test_parts(make_settings(tmp_path))
    caller = TestClient(create_app(parts=parts), client=("203.0.113.9", 1))
    assert [caller.get(path).status_code for path in ("/docs", "/openapi.json", "/metrics")] == [200, 200, 403]
    parts.database.close()
