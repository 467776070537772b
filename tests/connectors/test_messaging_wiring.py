"""Messaging channels in the whole platform: wired by settings, switched off by one, a missing key told by name."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import serving
from prometheus_client import generate_latest
from pydantic import SecretStr
from starlette.websockets import WebSocketDisconnect
from typer.testing import CliRunner

from actions.channels.outgoing import Outgoing
from actions.clock import SystemClock
from actions.database import Database
from actions.personal import PersonalKeys
from assistant import migrate
from assistant.app.channels import measure
from assistant.cli import app as command_line
from connectors.messaging import Stores
from connectors.standins import messenger as messenger_standin
from connectors.standins import zalo as zalo_standin
from connectors.standins.messaging import Fault, StandInApi, create_app
from connectors.zalo_events import SIGNATURE_HEADER, mac
from knowledge_base.errors import BadInput
from tests.assistant.fakes import NOW
from tests.assistant.whole_platform import Platform, make_settings, running

CHANNELS = ("zalo", "messenger", "telegram")
STAMP = str(int(NOW.timestamp() * 1000))
ZALO = {
    "zalo_app_id": zalo_standin.APP_ID,
    "zalo_app_secret": SecretStr(zalo_standin.APP_SECRET),
    "zalo_secret": SecretStr(zalo_standin.OA_SECRET),
    "zalo_refresh_token": SecretStr(zalo_standin.REFRESH),
}
MESSENGER = {
    "messenger_token": SecretStr(messenger_standin.TOKEN),
    "messenger_app_secret": SecretStr(messenger_standin.APP_SECRET),
    "messenger_verify_token": SecretStr(messenger_standin.VERIFY_TOKEN),
}


@contextmanager
def in_a_thread(api: StandInApi) -> Iterator[str]:
    """The stand-in beside the platform, which has the test's own thread; its address."""
    up, down, addresses = threading.Event(), threading.Event(), list[str]()

    async def serve() -> None:
        async with serving(create_app(api)) as address:
            addresses.append(address)
            up.set()
            await asyncio.to_thread(down.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert up.wait(10)
    try:
        yield addresses[0]
    finally:
        down.set()
        thread.join(10)


def say(platform: Platform, text: str, number: int = 1) -> int:
    event = {"event_name": "user_send_text", "app_id": zalo_standin.APP_ID, "sender": {"id": "7"},
             "message": {"text": text, "msg_id": f"m{number}"}, "timestamp": STAMP}  # fmt: skip
    raw = json.dumps(event).encode()
    signed = mac(zalo_standin.APP_ID, zalo_standin.OA_SECRET, raw, STAMP.encode()).decode()
    answer = platform.client.post("/webhooks/zalo", content=raw, headers={SIGNATURE_HEADER: f"mac={signed}"})
    return answer.status_code


def wait(api: StandInApi, count: int) -> list[str]:
    end = time.monotonic() + 10
    while len(api.sent) < count and time.monotonic() < end:
        time.sleep(0.05)
    return [message.get("text", "") for _, message in api.sent]


def test_zalo_in_the_whole_platform(tmp_path: Path) -> None:
    api = zalo_standin.ZaloApi("http://127.0.0.1:1/")
    api.said("7", "…")
    with in_a_thread(api) as address:
        hosts = {"zalo_api": address, "zalo_oauth": address, "zalo_business_api": address}
        with running(tmp_path, **ZALO, **hosts) as platform:
            assert say(platform, "làm khai sinh cần gì") == 200
            assert wait(api, 2)[1] == "heard: làm khai sinh cần gì"
            [fee, _] = api.sent[1][1]["attachment"]["payload"]["buttons"]
            assert say(platform, fee["payload"], 2) == 200
            assert "choose_procedure" in wait(api, 3)[2]  # the pipeline knows the button again
            assert platform.client.app.state.windows.window("zalo:7") == "free"  # type: ignore[attr-defined]
            assert say(platform, "làm khai sinh cần gì") == 200  # a repeat
            time.sleep(0.3)
            assert len(api.sent) == 3


def test_a_missing_key_is_said_by_name_and_the_rest_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = {**ZALO, **MESSENGER, "zalo_secret": SecretStr(" "), "messenger_app_secret": SecretStr("")}
    with running(tmp_path, **given) as platform:
        assert platform.client.get("/healthz").status_code == 200
        assert platform.client.app.state.channels == {}  # type: ignore[attr-defined]
    zalo, messenger = [line for line in capsys.readouterr().out.splitlines() if "channel not set up" in line]
    assert "TTHC_ZALO_SECRET" in zalo
    assert "TTHC_ZALO_APP_SECRET" not in zalo
    assert "TTHC_MESSENGER_APP_SECRET" in messenger


def test_the_kill_switches(tmp_path: Path) -> None:
    off = {f"{channel}_enabled": False for channel in CHANNELS}
    with running(tmp_path, **off, **ZALO, **MESSENGER, telegram_token=SecretStr("1:x")) as platform:
        for channel in CHANNELS:
            assert platform.client.post(f"/webhooks/{channel}", content=b"anything").status_code == 200
        assert platform.client.app.state.channels == {}  # type: ignore[attr-defined]


@pytest.mark.parametrize("channel", CHANNELS)
def test_one_kill_switch_stops_one_channel(tmp_path: Path, channel: str) -> None:
    keys = {**ZALO, **MESSENGER, "telegram_token": SecretStr("1:x")}
    nowhere = dict.fromkeys(("zalo_api", "zalo_oauth", "messenger_api", "telegram_api"), "http://127.0.0.1:1")
    with running(tmp_path, **keys, **nowhere, **{f"{channel}_enabled": False}) as platform:
        assert set(platform.client.app.state.channels) == set(CHANNELS) - {channel}  # type: ignore[attr-defined]
        assert platform.client.get("/").status_code == 200


def test_the_web_has_a_kill_switch_too(tmp_path: Path) -> None:
    with running(tmp_path, web_enabled=False) as platform:
        page = platform.client.get("/")
        assert (page.status_code, "19001009" in page.text) == (503, True)
        assert "default-src 'self'" in page.headers["content-security-policy"]
        script = platform.client.get("/widget.js")
        assert (script.status_code, script.text) == (200, "")
        for refused in (platform.client.post("/chat/session"), platform.client.get("/chat/history")):
            assert (refused.status_code, refused.json()["type"]) == (503, "error")
        with pytest.raises(WebSocketDisconnect), platform.client.websocket_connect("/chat/ws"):
            pass
        asked = platform.client.post("/api/v1/chat", json={"conversation": "a", "text": "làm khai sinh cần gì"})
        assert asked.status_code == 200  # the rest runs


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({key: value for key, value in ZALO.items() if key != "zalo_app_id"}, "TTHC_ZALO_APP_ID"),
        ({**ZALO, "zalo_refresh_token": SecretStr("")}, "TTHC_ZALO_REFRESH_TOKEN"),
        ({**MESSENGER, "messenger_token": SecretStr("")}, "TTHC_MESSENGER_TOKEN"),
        ({**MESSENGER, "messenger_verify_token": SecretStr("")}, "TTHC_MESSENGER_VERIFY_TOKEN"),
        ({"telegram_secret": SecretStr("a-secret-of-sixteen")}, "TTHC_TELEGRAM_TOKEN"),
        ({"telegram_token": SecretStr("1:x"), "telegram_mode": "webhook"}, "TTHC_TELEGRAM_SECRET"),
    ],
)
def test_each_missing_key_is_said_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], given: dict[str, object], name: str
) -> None:
    with running(tmp_path, **given) as platform:
        assert platform.client.get("/healthz").status_code == 200
        assert platform.client.app.state.channels == {}  # type: ignore[attr-defined]
    [line] = [line for line in capsys.readouterr().out.splitlines() if "channel not set up" in line]
    assert name in line


def test_a_wrong_key_is_said_by_name_and_the_rest_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    zalo, messenger = zalo_standin.ZaloApi("http://127.0.0.1:1/"), messenger_standin.MessengerApi("http://127.0.0.1:1/")
    zalo.used.add(zalo_standin.REFRESH)
    messenger.token = "another"
    with in_a_thread(zalo) as first, in_a_thread(messenger) as second:
        hosts = {"zalo_api": first, "zalo_oauth": first, "zalo_business_api": first, "messenger_api": second}
        with running(tmp_path, **ZALO, **MESSENGER, **hosts) as platform:
            channels = platform.client.app.state.channels  # type: ignore[attr-defined]
            assert {channel.state for channel in channels.values()} == {"refused"}
            assert platform.client.get("/").status_code == 200
    told = [line for line in capsys.readouterr().out.splitlines() if "channel_refused" in line]
    assert len(told) == 2
    assert "TTHC_ZALO_REFRESH_TOKEN" in " ".join(told)
    assert "TTHC_MESSENGER_TOKEN" in " ".join(told)


def test_figures_by_channel(tmp_path: Path) -> None:
    """What waits and what was given up, for each channel by itself, as `GET /metrics` tells it."""
    api = zalo_standin.ZaloApi("http://127.0.0.1:1/")
    api.said("7", "…")
    api.faults.append(Fault(status=200, code=-201, times=2))  # never taken: the words about automation, and the answer
    with in_a_thread(api) as address:
        hosts = {"zalo_api": address, "zalo_oauth": address, "zalo_business_api": address}
        with running(tmp_path, **ZALO, **hosts) as platform:
            assert say(platform, "làm khai sinh cần gì") == 200
            stores: Stores = platform.client.app.state.stores  # type: ignore[attr-defined]
            end = time.monotonic() + 10
            while len(stores.outgoing.dead("zalo")) < 2 and time.monotonic() < end:
                time.sleep(0.05)
            asyncio.run(measure(platform.parts, list(platform.client.app.state.channels.values())))  # type: ignore[attr-defined]
            told = generate_latest().decode().splitlines()
    for line in (
        'tthc_channel_messages{channel="zalo",state="dead"} 2.0',
        'tthc_channel_messages{channel="zalo",state="waiting"} 0.0',
        'tthc_channel_events{channel="zalo",state="waiting"} 0.0',
        'tthc_channel_oldest_seconds{channel="zalo"} 0.0',
        'tthc_channel_up{channel="zalo"} 1.0',
    ):
        assert line in told
    assert not any("zalo:7" in line for line in told)


def test_dead_letters_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = make_settings(tmp_path)
    monkeypatch.setattr("assistant.cli.messaging.settings", lambda: settings)
    migrate.upgrade(settings.database)
    keys = PersonalKeys(settings.secret("booking_key"), settings.secret("personal_data_key"))
    database = Database(settings.database)
    outgoing = Outgoing(database, keys, SystemClock())
    outgoing.put("zalo", "zalo:7", ["một", "hai"])
    assert outgoing.bury_all("zalo:7", "channel_down: HTTP 500") == 2

    def run(*words: str) -> str:
        done = CliRunner().invoke(command_line, ["channels", *words])
        assert done.exit_code == 0, done.output
        return done.output

    listed = run("dead-letters")
    assert "channel_down: HTTP 500" in listed
    assert "một" not in listed
    assert listed.splitlines()[-1] == "2 dead letters"
    assert run("dead-letters", "--channel", "messenger") == "0 dead letters\n"
    number = listed.split()[0]
    assert run("replay", number) == "1 messages are to be sent again\n"
    assert run("replay", "--all") == "1 messages are to be sent again\n"
    assert isinstance(CliRunner().invoke(command_line, ["channels", "replay"]).exception, BadInput)
    assert outgoing.dead() == []
    database.close()
