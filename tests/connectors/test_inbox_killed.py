"""A process that is killed loses nothing: another one goes on, in order."""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from conftest import serving
from cryptography.fernet import Fernet
from messaging_bench import make_database

from assistant.settings import ROOT
from connectors.standins.messaging import create_app
from connectors.standins.zalo import ZaloApi

SCRIPT = str(Path(__file__).with_name("messaging_process.py"))
CITIZENS, MESSAGES, KILLS = 8, 10, 3


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def standin() -> AsyncIterator[tuple[ZaloApi, str, int]]:
    port = free_port()
    api = ZaloApi(f"http://127.0.0.1:{port}/webhooks/zalo", retry_s=0.05)
    async with serving(create_app(api)) as address:
        yield api, address, port


async def test_killed_again_and_again(tmp_path: Path, standin: tuple[ZaloApi, str, int]) -> None:
    api, address, port = standin
    url = f"sqlite:///{tmp_path / 'channels.sqlite'}"
    make_database(url).close()
    words = [str(port), address, url, "k" * 32, Fernet.generate_key().decode()]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}

    async def start() -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(sys.executable, SCRIPT, *words, cwd=ROOT, env=environ)

    def answers() -> int:
        return sum(len(set(of(user))) for user in range(CITIZENS))

    def of(user: int) -> list[str]:
        """Replies to a citizen, in order; a message in a row twice counts once, see below."""
        texts = [message["text"] for to, message in api.sent if to == str(user) and "-" in message["text"]]
        return [text for text, _ in itertools.groupby(texts)]

    async def until(count: int) -> None:
        async with asyncio.timeout(120), api.changed:
            await api.changed.wait_for(lambda: answers() >= count)

    process = await start()
    try:
        for number in range(MESSAGES):
            for user in range(CITIZENS):
                await api.act(str(user), "say", {"text": f"{user}-{number}"})
        total = CITIZENS * MESSAGES
        for kill in range(1, KILLS + 1):
            await until(total * kill // (KILLS + 2))
            process.kill()
            await process.wait()
            process = await start()
        await until(total)
        await asyncio.sleep(0.3)
    finally:
        process.terminate()
        await process.wait()
    assert {user: of(user) for user in range(CITIZENS)} == {
        user: [f"{user}-{number}" for number in range(MESSAGES)] for user in range(CITIZENS)
    }
    # killed between the platform's answer and our record of it, a message may come twice; once a conversation and kill
    repeated = len([1 for _, message in api.sent if "-" in message["text"]]) - total
    assert repeated <= KILLS * CITIZENS
