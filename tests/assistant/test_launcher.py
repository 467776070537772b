"""The launcher: what is stale, what Rasa reads, ports, and one whole start and stop with small stand-ins."""

from __future__ import annotations

import asyncio
import io
import os
import shutil
import signal
import socket
from pathlib import Path

import httpx
import pytest
import yaml
from pydantic import SecretStr
from rich.console import Console

from assistant.settings import ROOT, Settings
from assistant.setup import dialogue, launcher, standins
from assistant.setup.launcher import Launch, busy_ports, model_is_stale
from assistant.setup.processes import Service
from connectors.zalo import ZaloKeys
from knowledge_base.errors import Misconfigured, Unavailable
from tests.assistant.services import free_port, server

REDIS = "rediss://tthc:p%40ss-word@cache.example:6390/3"


def settings(folder: Path, **given: object) -> Settings:
    ports = {"port": free_port(), "rasa_port": free_port(), "sandbox_port": free_port()}
    return Settings(_env_file=None, data_dir=folder / "var", **{**ports, **given})  # type: ignore[arg-type, call-arg]


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A copy of all that the model is made from."""
    root = tmp_path / "project"
    for source in dialogue.SOURCES:
        place = root / source
        place.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, place)
    return root


def train_for(given: Settings, root: Path) -> None:
    """What a training leaves."""
    model = dialogue.model_path(given, root)
    model.parent.mkdir(parents=True, exist_ok=True)
    model.write_bytes(b"model")
    (model.parent / "current.json").write_text(f'{{"model": "{model.name}"}}')


def test_a_model_is_stale_until_trained_and_after_each_change(tmp_path: Path, sources: Path) -> None:
    given = settings(tmp_path)
    assert model_is_stale(given, sources)
    train_for(given, sources)
    assert not model_is_stale(given, sources)
    parts = ("config.yml", "training_data/rules/talk.yml", "assistant/nlu/tokenizer.py", "knowledge_base/text.py")
    for changed in parts:
        path = sources / changed
        before = path.read_bytes()
        path.write_bytes(before + b"\n# changed\n")
        assert model_is_stale(given, sources), changed
        path.write_bytes(before)
    assert not model_is_stale(given, sources)
    (sources / "training_data/nlu/more.yml").write_text("nlu: []\n")
    assert model_is_stale(given, sources)


def test_what_the_model_is_not_made_from_does_not_matter(tmp_path: Path, sources: Path) -> None:
    given = settings(tmp_path)
    train_for(given, sources)
    (sources / "assistant/nlu/__pycache__").mkdir()
    (sources / "assistant/nlu/__pycache__/tokenizer.pyc").write_bytes(b"x")
    (sources / "training_data/phrasings").mkdir()
    (sources / "training_data/phrasings/x.jsonl").write_text("{}")
    assert not model_is_stale(given, sources)


def test_a_training_that_was_killed_leaves_a_stale_model(tmp_path: Path, sources: Path) -> None:
    given = settings(tmp_path)
    model = dialogue.model_path(given, sources)
    model.parent.mkdir(parents=True)
    model.write_bytes(b"half a mod")
    assert model_is_stale(given, sources)


def test_rasa_files_hold_references_and_its_environment_the_secrets(tmp_path: Path) -> None:
    given = settings(tmp_path, redis_url=REDIS, rasa_secret="a-very-secret-word", port=8123)
    files = dialogue.write_files(given)
    text = "".join(path.read_text() for path in files)
    assert "a-very-secret-word" not in text
    assert "p@ss-word" not in text
    assert "p%40ss-word" not in text
    endpoints, credentials = (yaml.safe_load(path.read_text()) for path in files)
    assert endpoints["action_endpoint"] == {
        "url": "http://127.0.0.1:8123/internal/actions",
        "headers": {"X-TTHC-Secret": "${TTHC_RASA_SECRET}"},
        "enable_selective_domain": True,
    }
    assert endpoints["tracker_store"] == {
        "type": "redis", "url": "cache.example", "port": 6390, "db": 3, "use_ssl": True, "username": "tthc",
        "password": "${TTHC_RASA_REDIS_PASSWORD}", "record_exp": 259200, "key_prefix": "tthc",
    }  # fmt: skip
    assert endpoints["lock_store"]["type"] == "redis"
    assert "record_exp" not in endpoints["lock_store"]
    assert credentials == {"assistant.nlu.channel.GatewayInput": {"secret": "${TTHC_RASA_SECRET}"}}
    environ = dialogue.rasa_environ(given)
    assert environ["TTHC_RASA_SECRET"] == "a-very-secret-word"
    assert environ["TTHC_RASA_REDIS_PASSWORD"] == "p@ss-word"


def test_without_redis_trackers_are_in_sqlite_and_locks_in_memory(tmp_path: Path) -> None:
    endpoints = dialogue.endpoints(settings(tmp_path))
    assert endpoints["tracker_store"]["type"] == "assistant.nlu.lighter.LocalTrackerStore"
    assert endpoints["tracker_store"]["db"] == str(tmp_path / "var/rasa/tracker.sqlite")
    assert endpoints["lock_store"] == {"type": "in_memory"}


def test_a_redis_that_rasa_cannot_use_is_said_at_start(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="TTHC_REDIS_URL"):
        dialogue.endpoints(settings(tmp_path, redis_url="unix:///run/redis.sock"))


def test_rasa_has_one_door(tmp_path: Path) -> None:
    service = dialogue.rasa_service(settings(tmp_path, rasa_port=5055), tmp_path / "model.tar.gz")
    assert "--enable-api" not in service.command
    assert service.health == "http://127.0.0.1:5055/webhooks/gateway/"
    assert not any("secret" in part.lower() for part in service.command)


def test_a_port_in_use_is_said_with_the_setting_to_change(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        given = settings(tmp_path, port=port)
        assert busy_ports(given) == [
            f"Port {port} (platform) is in use. Stop what uses it, or set TTHC_PORT to a free port."
        ]
        with pytest.raises(Misconfigured, match="TTHC_PORT"):
            launcher.up(given, console=Console(file=io.StringIO()))
    assert busy_ports(given) == []
    assert not dialogue.room(given).exists()


def test_one_port_for_two_servers_is_refused(tmp_path: Path) -> None:
    port = free_port()
    said = busy_ports(settings(tmp_path, port=port, rasa_port=port))
    assert said == [f"Port {port} is set for both platform and Rasa. Set TTHC_RASA_PORT to another port."]


class Heard(io.StringIO):
    """A terminal that tells when a word was written."""

    def __init__(self) -> None:
        super().__init__()
        self.waited: dict[str, asyncio.Event] = {}

    def write(self, text: str) -> int:
        done = super().write(text)
        for part, event in self.waited.items():
            if part in self.getvalue():
                event.set()
        return done

    async def wait(self, part: str) -> None:
        event = self.waited.setdefault(part, asyncio.Event())
        if part not in self.getvalue():
            await asyncio.wait_for(event.wait(), 30)


@pytest.fixture
def stand_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Small servers for Rasa, sandbox and platform, no preparation; the list of what was prepared and trained."""
    done: list[str] = []

    async def no_work(self: Launch, step: str, doing: str, ready: str, code: object) -> None:
        done.append(step)
        self.say(ready)

    async def no_training(_: Settings) -> Path:
        done.append("train")
        return tmp_path / "model.tar.gz"

    monkeypatch.setattr(Launch, "prepare", no_work)
    monkeypatch.setattr(dialogue, "train", no_training)
    monkeypatch.setattr(dialogue, "rasa_service", lambda _settings, _model: server(tmp_path, "Rasa"))
    monkeypatch.setattr(launcher, "sandbox_service", lambda _settings: server(tmp_path, "Sandbox"))
    monkeypatch.setattr(launcher, "platform_service", lambda _settings, _more: server(tmp_path, "Platform"))
    return done


async def test_channels_to_try_without_an_account(
    tmp_path: Path, stand_ins: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real stand-ins come up with a page each, and the platform is given the settings to talk to them."""
    ports = {name: free_port() for name in ("telegram", "zalo", "messenger")}
    given = settings(tmp_path, standins=", ".join(f"{name}={port}" for name, port in ports.items()))
    told: dict[str, str] = {}

    def platform(_settings: Settings, more: dict[str, str]) -> Service:
        told.update(more)
        return server(tmp_path, "Platform")

    monkeypatch.setattr(launcher, "platform_service", platform)
    heard = Heard()
    running = asyncio.create_task(Launch(given, Console(file=heard), rasa=False, sandbox=False).run())
    await heard.wait("Everything is ready")
    for name, port in ports.items():
        address = f"http://127.0.0.1:{port}"
        assert f"{name.title()} to try: {address}/" in heard.getvalue()
        assert told[f"TTHC_{name.upper()}_API"] == address
        async with httpx.AsyncClient(trust_env=False) as client:
            assert "<textarea" in (await client.get(address)).text or "<input" in (await client.get(address)).text
    monkeypatch.setattr(os, "environ", {**os.environ, **told})
    made = Settings(_env_file=None)  # type: ignore[call-arg]
    assert ZaloKeys(made.zalo_app_id, *(key.get_secret_value() for key in (made.zalo_app_secret, made.zalo_secret,
                                                                          made.zalo_refresh_token)))  # fmt: skip
    assert all((made.telegram_token.get_secret_value(), made.messenger_token.get_secret_value()))
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(running, 30)


def test_a_stand_in_never_takes_the_place_of_a_real_account(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="TTHC_TELEGRAM_TOKEN"):
        standins.wanted(settings(tmp_path, standins="telegram", telegram_token=SecretStr("1:real")))
    with pytest.raises(Misconfigured, match="whatsapp"):
        standins.wanted(settings(tmp_path, standins="zalo, whatsapp"))
    assert standins.wanted(settings(tmp_path, standins=" zalo, telegram=9")) == {"zalo": 8021, "telegram": 9}
    assert standins.wanted(settings(tmp_path)) == {}


async def test_everything_starts_says_so_and_stops_on_sigterm(tmp_path: Path, stand_ins: list[str]) -> None:
    given, heard = settings(tmp_path), Heard()
    launch = Launch(given, Console(file=heard), rasa=True, sandbox=True)
    running = asyncio.create_task(launch.run())
    await heard.wait("Everything is ready")
    assert sorted(stand_ins) == ["database", "index", "train"]
    assert stand_ins.index("database") < stand_ins.index("index")
    text = heard.getvalue()
    for line in (f"Chat page: {given.platform_url}/", "Rasa ready", "Dossier sandbox ready"):
        assert line in text
    pids = [launch.supervisor.pid(name) for name in ("Rasa", "Sandbox", "Platform")]
    assert all(pids)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(running, 30)
    assert [launch.supervisor.pid(name) for name in ("Rasa", "Sandbox", "Platform")] == [None, None, None]
    assert heard.getvalue().rstrip().endswith("Stopped")
    assert "\x1b" not in heard.getvalue()


async def test_parts_can_be_left_out(tmp_path: Path, stand_ins: list[str]) -> None:
    heard = Heard()
    launch = Launch(settings(tmp_path), Console(file=heard), rasa=False, sandbox=False)
    running = asyncio.create_task(launch.run())
    await heard.wait("Everything is ready")
    assert launch.supervisor.pid("Rasa") is None
    assert launch.supervisor.pid("Sandbox") is None
    assert "train" not in stand_ins
    os.kill(os.getpid(), signal.SIGINT)
    await asyncio.wait_for(running, 30)


async def test_a_failed_preparation_is_told_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Heard()
    launch = Launch(settings(tmp_path), Console(file=heard), rasa=False, sandbox=False)
    monkeypatch.setenv("TTHC_RASA_SECRET", "changeme")  # what the preparing process reads
    with pytest.raises(Unavailable, match=r"Preparing the database failed: .*TTHC_RASA_SECRET.*prepare\.log"):
        await launch.run()
    assert launch.supervisor.pid("Platform") is None
    assert heard.getvalue().rstrip().endswith("Stopped")
