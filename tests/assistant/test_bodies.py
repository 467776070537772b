"""Bodies of calls are read up to a limit, announced or not, and the log names no address that opens something."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request
from pydantic import BaseModel

from assistant.api import errors
from assistant.api.bodies import BodyLimit
from knowledge_base.errors import ErrorCode, Unavailable
from tests.assistant.whole_platform import Platform, running


class Said(BaseModel):
    text: str


def make_app(read: list[int]) -> FastAPI:
    app = FastAPI()
    app.add_middleware(BodyLimit, limit=100)

    @app.post("/model")
    async def model(said: Said) -> int:
        return len(said.text)

    @app.post("/stream")
    async def stream(request: Request) -> int:
        async for chunk in request.stream():
            read.append(len(chunk))
        return sum(read)

    @app.post("/internal/call")
    async def internal(request: Request) -> int:
        return len(await request.body())

    return app


async def test_a_body_over_the_limit_is_refused() -> None:
    read: list[int] = []
    transport = httpx.ASGITransport(make_app(read))

    async def chunks(count: int) -> object:
        for _ in range(count):
            yield b"x" * 30

    async with httpx.AsyncClient(transport=transport, base_url="http://tthc.test") as client:
        assert (await client.post("/model", json={"text": "vừa"})).json() == 3
        assert (await client.post("/model", json={"text": "x" * 100})).status_code == 413
        assert (await client.post("/stream", content=chunks(3))).json() == 90
        read.clear()
        answer = await client.post("/stream", content=chunks(1000))
        assert answer.status_code == 413
        assert answer.json()["error"]["code"] == "bad_request"
        assert sum(read) <= 100
        assert (await client.post("/model", content=chunks(1000))).status_code == 413
        assert (await client.post("/internal/call", content=b"x" * 1000)).json() == 1000


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with running(tmp_path_factory.mktemp("bodies")) as platform:
        yield platform


@pytest.mark.parametrize("path", ["/api/v1/chat", "/can-bo/api/login", "/api/v1/appointments"])
def test_on_every_route(platform: Platform, path: str) -> None:
    answer = platform.client.post(path, content=b'{"text":"' + b"x" * 2_000_000 + b'"}')
    assert answer.status_code == 413


def test_an_address_that_opens_something_is_not_logged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app = FastAPI()
    errors.install(app)

    @app.get("/danh-sach/{list_id}")
    def page(list_id: str) -> None:
        raise Unavailable(ErrorCode.DATABASE_DOWN)

    from fastapi.testclient import TestClient

    assert TestClient(app).get("/danh-sach/opaque123").status_code == 503
    said = capsys.readouterr().out
    assert "/danh-sach/{list_id}" in said
    assert "opaque123" not in said
