"""Notices in the running platform: from the outbox to an open page, into the history, and the figures."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from actions.clock import FixedClock
from actions.messages import Choice, ChoicesMessage, Command, Reply
from actions.notices.outbox import Draft, Outbox
from actions.notices.port import Reason
from assistant import notices
from connectors.web_session import Sessions
from tests.assistant.fakes import NOW, turn
from tests.assistant.whole_platform import SECRET, Platform, running

OWN = {"origin": "http://testserver"}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(notices, "REST_S", 0.05)
        patch.setattr(notices, "LOOK_S", 0.05)
        with running(tmp_path_factory.mktemp("notices")) as platform:
            yield platform


def write(outbox: Outbox, key: str, conversation: str) -> None:
    choice = Choice(title="Ngừng nhắc", command=Command(intent="stop_notices"))
    body = Reply(messages=[ChoicesMessage(text=f"Cán bộ trả lời {key}", choices=[choice])]).model_dump_json()

    def work(session: Session) -> None:
        consent = outbox.consent(session, Reason.OFFICER, key, conversation, "asked")
        until = NOW + dt.timedelta(days=1)
        outbox.write(session, Draft(key, Reason.OFFICER, "reply", key, conversation, consent, NOW, until, body))

    outbox.run(work)


def opened(client: TestClient, platform: Platform) -> tuple[str, str]:
    token = client.post("/chat/session").json()["token"]
    key = platform.parts.settings.secret("web_key")
    return token, Sessions(key, platform.parts.clock).read(token).conversation


def until(true: Any) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_an_open_page_hears_at_once_and_its_button_works(platform: Platform) -> None:
    token, conversation = opened(platform.client, platform)
    with platform.client.websocket_connect("/chat/ws", headers=OWN) as socket:
        socket.send_json({"token": token})
        assert socket.receive_json()["type"] == "ready"
        write(platform.parts.outbox, "n-1", conversation)
        frame = socket.receive_json()
        assert (frame["type"], frame["id"]) == ("notice", "n-1")
        assert frame["messages"][0]["text"] == "Cán bộ trả lời n-1"
        payload = frame["messages"][0]["choices"][0]["payload"]
        socket.send_json({"id": "message-0001", "payload": payload})
        assert socket.receive_json()["type"] == "typing"
        assert socket.receive_json()["type"] == "reply"
    assert platform.dialogue.asked[-1][2] == Command(intent="stop_notices")

    def figures() -> str:
        return platform.client.get("/metrics", headers={"X-TTHC-Secret": SECRET}).text

    until(lambda: 'tthc_notices_total{channel="web",outcome="sent",reason="officer"}' in figures())
    until(lambda: 'tthc_notices_waiting{state="sent"}' in figures())


def test_a_closed_page_finds_it_when_it_is_opened_again(platform: Platform) -> None:
    token, conversation = opened(platform.client, platform)
    auth = {"Authorization": f"Bearer {token}"}
    write(platform.parts.outbox, "n-2", conversation)
    until(lambda: platform.client.get("/chat/history", headers=auth).json()["entries"])
    (entry,) = platform.client.get("/chat/history", headers=auth).json()["entries"]
    assert (entry["who"], entry["notice"]) == ("assistant", "n-2")
    asked = {"after": (NOW - dt.timedelta(hours=1)).isoformat()}
    (frame,) = platform.client.get("/chat/notices", headers=auth, params=asked).json()["notices"]
    assert (frame["id"], frame["messages"]) == ("n-2", entry["messages"])
    asked = {"after": NOW.isoformat()}
    assert platform.client.get("/chat/notices", headers=auth, params=asked).json() == {"notices": []}
    other, _ = opened(platform.client, platform)
    asked = {"after": (NOW - dt.timedelta(hours=1)).isoformat()}
    answer = platform.client.get("/chat/notices", headers={"Authorization": f"Bearer {other}"}, params=asked)
    assert answer.json() == {"notices": []}, "not another page's"


@pytest.mark.parametrize("after", ["", "hôm qua", "2026-11-23T09:00:00"])
def test_a_moment_must_be_one(platform: Platform, after: str) -> None:
    token, _ = opened(platform.client, platform)
    answer = platform.client.get("/chat/notices", headers={"Authorization": f"Bearer {token}"}, params={"after": after})
    assert answer.status_code == 422
    assert platform.client.get("/chat/notices", params={"after": NOW.isoformat()}).status_code == 401


def test_a_turn_releases_what_was_kept_for_it(platform: Platform) -> None:
    outbox = platform.parts.outbox
    write(outbox, "n-4", "zalo:7")
    (notice,) = outbox.claim(1, ["zalo"])
    assert outbox.keep(notice)
    app = platform.client.app
    portal = platform.client.portal
    assert portal is not None
    portal.call(app.state.pipeline.handle, turn("xin chào", "zalo:7"))  # type: ignore[attr-defined]
    until(lambda: [one.key for one in outbox.claim(1, ["zalo"])] == ["n-4"])


def test_at_night_nothing_is_said(platform: Platform) -> None:
    clock = platform.parts.clock
    assert isinstance(clock, FixedClock)
    _, conversation = opened(platform.client, platform)
    clock.moment = NOW.replace(hour=22)
    try:
        write(platform.parts.outbox, "n-3", conversation)
        until(lambda: platform.parts.outbox.list(None, 1)[0].due_at > clock.now())
        assert platform.parts.outbox.counts()["queued"] == 1
    finally:
        clock.moment = NOW


def test_a_stop_settles_what_is_under_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "REST_S", 0.05)
    with running(tmp_path) as platform:
        _, conversation = opened(platform.client, platform)
        for number in range(30):
            write(platform.parts.outbox, f"n-{number}", conversation)
        outbox = platform.parts.outbox
        until(lambda: outbox.counts()["sent"] > 0)
    assert outbox.counts()["sending"] == 0
