"""The doctor's findings one by one, what is up, and how the command line tells them."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant import migrate
from assistant.cli import app, operate
from assistant.settings import Settings
from assistant.setup import bootstrap, dialogue, doctor
from assistant.setup.doctor import Check, State
from assistant.setup.processes import Patience, Supervisor
from tests.assistant.services import free_port, server

Look = Callable[[Settings], Iterator[Check]]


def settings(folder: Path, **given: object) -> Settings:
    ports = {"port": free_port(), "rasa_port": free_port(), "sandbox_port": free_port()}
    return Settings(_env_file=None, data_dir=folder / "var", **{**ports, **given})  # type: ignore[arg-type, call-arg]


def only(look: Look, given: Settings) -> Check:
    (found,) = look(given)
    return found


def test_every_finding_has_a_name_and_each_trouble_a_remedy(tmp_path: Path) -> None:
    found = doctor.doctor(settings(tmp_path))
    assert {"Rasa model", "encoder", "catalogue", "index", "database", "Redis", "Telegram", "ports", "disk"} <= {
        check.name for check in found
    }
    for check in found:
        assert check.said
        assert "\n" not in check.said + check.remedy
        assert (check.state is State.OK) == (check.remedy == "")
    assert not (tmp_path / "var").exists(), "looking must change nothing"


def test_environments_by_their_stamps(tmp_path: Path) -> None:
    root = tmp_path / "project"
    shutil.copytree(bootstrap.ROOT + "/requirements", root / "requirements")
    shutil.copy(bootstrap.ROOT + "/pyproject.toml", root)
    for runtime in bootstrap.RUNTIMES:
        binaries = root / ".venv" / runtime / "bin"
        binaries.mkdir(parents=True)
        (binaries / "python").symlink_to(sys.executable)
        bootstrap.write_stamp(
            str(root), runtime, bootstrap.expected_stamp(str(root), runtime, test=False, python="3.11.7")
        )
    assert [check.state for check in doctor.environments(settings(tmp_path), root)] == [State.OK, State.OK]
    with (root / "requirements/dialogue.lock").open("a") as lock:
        lock.write("new==1.0\n")
    said = list(doctor.environments(settings(tmp_path), root))
    assert [check.state for check in said] == [State.OK, State.WARN]
    assert said[1].remedy == "make setup"


def test_an_environment_without_interpreter_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PATH": str(tmp_path), "HOME": str(tmp_path), "PYENV_ROOT": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("assistant.setup.interpreters.OPT", str(tmp_path))
    _, found = doctor.environments(settings(tmp_path), tmp_path)
    assert found.state is State.FAIL
    assert "pyenv install 3.10" in found.remedy


def test_the_model_is_stale_or_named(tmp_path: Path) -> None:
    given = settings(tmp_path)
    assert only(doctor.rasa_model, given).state is State.WARN
    model = dialogue.model_path(given)
    model.parent.mkdir(parents=True)
    model.touch()
    (model.parent / "current.json").write_text(f'{{"model": "{model.name}"}}')
    assert only(doctor.rasa_model, given) == Check("Rasa model", State.OK, model.name)


def test_a_damaged_encoder_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "var/encoder").mkdir(parents=True)
    (tmp_path / "var/encoder/tthc.json").write_text("{")
    found = only(doctor.encoder, settings(tmp_path))
    assert (found.state, found.remedy) == (State.FAIL, "tthc encoder train")


def test_curated_procedures_are_counted_and_an_import_advised(tmp_path: Path) -> None:
    found = only(doctor.catalogue, settings(tmp_path))
    assert found.state is State.WARN
    assert "no catalogue imported" in found.said
    assert found.remedy == "tthc catalogue import PATH"
    assert int(found.said.split()[0]) > 0


def test_a_damaged_catalogue_is_a_finding_and_not_a_crash(tmp_path: Path) -> None:
    (tmp_path / "var/catalogue").mkdir(parents=True)
    (tmp_path / "var/catalogue/current.jsonl.gz").write_bytes(b"no gzip")
    (found,) = [check for check in doctor.doctor(settings(tmp_path)) if check.name == "catalogue"]
    assert found.state is State.FAIL
    assert "damaged" in found.said


def test_the_index_is_missing_built_or_older_than_the_catalogue(tmp_path: Path) -> None:
    given = settings(tmp_path)
    assert only(doctor.index, given).said == "not built"
    for name in ("index/current.json", "catalogue/manifest.json"):
        (tmp_path / "var" / name).parent.mkdir(parents=True)
        (tmp_path / "var" / name).touch()
    os.utime(tmp_path / "var/catalogue/manifest.json", (1, 1))
    assert only(doctor.index, given).state is State.OK
    os.utime(tmp_path / "var/index/current.json", (0, 0))
    assert only(doctor.index, given).said == "older than the catalogue"


def test_a_qdrant_that_does_not_answer(tmp_path: Path) -> None:
    found = only(doctor.index, settings(tmp_path, qdrant_url=f"http://127.0.0.1:{free_port()}"))
    assert (found.state, "does not answer" in found.said) == (State.FAIL, True)


def test_the_database_from_missing_to_migrated(tmp_path: Path) -> None:
    given = settings(tmp_path)
    assert only(doctor.database, given).state is State.WARN
    (tmp_path / "var").mkdir()
    (tmp_path / "var/tthc.sqlite").touch()
    assert "schema empty" in only(doctor.database, given).said
    migrate.upgrade(given.database)
    assert only(doctor.database, given).state is State.OK


def test_a_database_server_that_does_not_answer(tmp_path: Path) -> None:
    address = f"postgresql://tthc:hidden-word@127.0.0.1:{free_port()}/tthc?connect_timeout=2"
    found = only(doctor.database, settings(tmp_path, database_url=address))
    assert found.state is State.FAIL
    assert "hidden-word" not in found.said


@pytest.fixture
def redis_port(tmp_path: Path) -> Iterator[int]:
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        assert any("Ready to accept connections" in line for line in running.stdout)
        yield port
        running.terminate()
        running.stdout.read()


def test_redis_unused_up_and_down(tmp_path: Path, redis_port: int) -> None:
    assert only(doctor.redis, settings(tmp_path)).state is State.OK
    assert only(doctor.redis, settings(tmp_path, redis_url=f"redis://127.0.0.1:{redis_port}/0")).said == "answers"
    down = only(doctor.redis, settings(tmp_path, redis_url=f"redis://:hidden-word@127.0.0.1:{free_port()}/0"))
    assert down.state is State.FAIL
    assert "hidden-word" not in down.said


@pytest.mark.parametrize(
    ("given", "state"),
    [
        ({}, State.OK),
        ({"telegram_token": "not a token"}, State.FAIL),
        ({"telegram_token": "8020:stand-in", "telegram_api": "http://127.0.0.1:8020"}, State.OK),
        ({"telegram_token": "8020:stand-in", "telegram_api": "https://api.telegram.org/"}, State.FAIL),
        ({"telegram_token": "123456789:" + "A" * 35}, State.OK),
        ({"telegram_token": "123456789:" + "A" * 35, "telegram_mode": "webhook"}, State.FAIL),
        (
            {
                "telegram_token": "123456789:" + "A" * 35,
                "telegram_mode": "webhook",
                "public_url": "https://tthc.example",
            },
            State.OK,
        ),
    ],
)
def test_the_telegram_token_by_its_shape(tmp_path: Path, given: dict[str, str], state: State) -> None:
    found = only(doctor.telegram, settings(tmp_path, **given))
    assert found.state is state
    assert "A" * 35 not in found.said


def test_messaging_channels_are_whole_or_off(tmp_path: Path) -> None:
    def states(**given: object) -> list[State]:
        return [check.state for check in doctor.messaging(settings(tmp_path, **given))]

    zalo = dict.fromkeys(("zalo_app_id", "zalo_app_secret", "zalo_secret", "zalo_refresh_token"), "x" * 8)
    assert states() == [State.OK, State.OK]
    assert states(**zalo) == [State.WARN, State.OK]
    assert states(**zalo, public_url="https://tthc.example") == [State.OK, State.OK]
    assert states(messenger_token="x") == [State.OK, State.FAIL]
    assert states(messenger_token="x", messenger_enabled=False) == [State.OK, State.OK]
    half = zalo | {"zalo_secret": " "}
    [found] = [check for check in doctor.messaging(settings(tmp_path, **half)) if check.name == "Zalo"]
    assert (found.state, found.said) == (State.FAIL, "not set: TTHC_ZALO_SECRET")


def test_a_dossier_system_must_be_whole(tmp_path: Path) -> None:
    assert only(doctor.dossier_system, settings(tmp_path)).state is State.WARN
    assert only(doctor.dossier_system, settings(tmp_path, sandbox=False)).state is State.FAIL
    url = f"http://127.0.0.1:{free_port()}/"
    assert "TTHC_DOSSIER_PASSWORD" in only(doctor.dossier_system, settings(tmp_path, dossier_url=url)).said
    down = only(doctor.dossier_system, settings(tmp_path, dossier_url=url, dossier_password="x" * 9))
    assert "does not answer" in down.said
    half = list(doctor.dossier_system(settings(tmp_path, dossier_igate_url=url, dossier_ioc_url=url)))
    assert [found.state for found in half] == [State.FAIL, State.FAIL]  # no invented dossiers beside a real system
    assert "TTHC_DOSSIER_IGATE_USER, TTHC_DOSSIER_IGATE_PASSWORD" in half[0].said
    assert "TTHC_DOSSIER_IOC_USER" in half[1].said


def test_several_machines_need_shared_secrets(tmp_path: Path) -> None:
    assert only(doctor.shared_secrets, settings(tmp_path)).state is State.OK
    many = {"redis_url": "redis://cache.example/0", "booking_key": "k" * 40, "personal_data_key": "p" * 40}
    found = only(doctor.shared_secrets, settings(tmp_path, **many))
    assert (found.state, found.said) == (State.WARN, "made on this machine only: TTHC_RASA_SECRET, TTHC_WEB_KEY")


@pytest.mark.parametrize(
    ("free", "state"), [(10_000_000_000, State.OK), (1_000_000_000, State.WARN), (1_000_000, State.FAIL)]
)
def test_disk_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, state: State) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type("Usage", (), {"free": free})())
    assert only(doctor.disk, settings(tmp_path)).state is state


def test_test_programs_are_named_with_their_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    found = only(doctor.for_tests, settings(tmp_path))
    assert found.state is State.WARN
    assert "chromium-driver" in found.remedy


@pytest.fixture
async def platform_up(tmp_path: Path) -> AsyncIterator[int]:
    """The port of something that answers as a platform would."""
    supervisor = Supervisor(lambda _: None, Patience(stop=2))
    service = server(tmp_path, "Platform")
    await asyncio.wait_for(supervisor.start(service).wait(), 20)
    yield int(service.health.rsplit(":", 1)[1].strip("/"))
    await supervisor.stop()


async def test_status_tells_what_is_up(tmp_path: Path, platform_up: int) -> None:
    given = settings(tmp_path, port=platform_up)
    states = {check.name: check.state for check in await asyncio.to_thread(doctor.status, given)}
    assert states == {
        "platform": State.OK, "platform ready": State.OK, "Rasa": State.FAIL, "dossier sandbox": State.FAIL,
    }  # fmt: skip
    (ports,) = await asyncio.to_thread(lambda: list(doctor.listeners(given)))
    assert "which is running" in ports.said


def test_the_command_ends_with_1_when_something_is_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operate, "settings", lambda: settings(tmp_path))
    told = CliRunner().invoke(app, ["status"])
    assert told.exit_code == 1
    assert "fail" in told.output
    assert "-> start it: tthc up" in told.output


def test_a_wrong_setting_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from assistant.cli import main; main()", "doctor"]
    asked = subprocess.run(
        command, env={**os.environ, "TTHC_RASA_SECRET": "changeme"}, capture_output=True, text=True, cwd=tmp_path
    )
    assert asked.returncode == 2
    assert asked.stderr.startswith("tthc: TTHC_RASA_SECRET: ")
    assert asked.stderr.count("\n") == 1
