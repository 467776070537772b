"""From the web page to Zalo: the page gives a code, the account is sent it, and what is due is said there.

The platform is whole, with the stand-in of the account's API; only the understanding of words is scripted.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.orm import Session
from starlette.testclient import TestClient
from test_messaging_wiring import ZALO, in_a_thread

from actions.messages import Command, Reply
from actions.notices.outbox import Draft
from actions.notices.port import Reason
from actions.wording import say
from assistant import notices
from assistant.app import create_app
from assistant.pipeline.rasa import HEADER, merged
from connectors.standins import zalo as zalo_standin
from connectors.zalo_events import SIGNATURE_HEADER, mac
from tests.assistant.fakes import NOW, FakeDialogue
from tests.assistant.test_notices_platform import opened, until
from tests.assistant.whole_platform import SECRET, Platform, make_settings, make_test_parts

ACCOUNT = "4318657068771012646"
WANTS = {"nhắn qua Zalo cho tôi": "move_notices", "nhận lại ở đây": "move_notices", "dừng thông báo": "stop_notices",
         "nhận thông báo qua Telegram": "move_notices", "đổi kênh nhận thông báo": "move_notices"}  # fmt: skip


class Acting(FakeDialogue):
    """Knows some sentences, and has the platform's own actions answer, over HTTP as Rasa does."""

    app: FastAPI

    async def turn(self, conversation: str, text: str | None, command: Command | None) -> Reply:
        self.asked.append((conversation, text, command))
        intent, entities = (command.intent, command.entities) if command else (WANTS[text or ""], {})
        said = {
            "text": f"/{intent}" if command else text, "intent": {"name": intent, "confidence": 0.99},
            "entities": [{"entity": name, "value": value} for name, value in entities.items()],
        }  # fmt: skip
        tracker = {"sender_id": conversation, "slots": {}, "latest_message": said, "events": [], "paused": False,
                   "followup_action": None, "active_loop": {}, "latest_action_name": "action_listen"}  # fmt: skip
        call = {"next_action": "action_notices", "sender_id": conversation, "tracker": tracker, "domain": {}}
        door = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=door, base_url="http://platform.test") as client:
            answer = await client.post("/internal/actions", json=call, headers={HEADER: SECRET})
        responses = [response["custom"] for response in answer.json()["responses"]]
        self.seen = json.dumps(responses, ensure_ascii=False)
        return merged(responses)

    seen = ""


class Web:
    """An open conversation on the page."""

    def __init__(self, platform: Platform) -> None:
        self.client = platform.client
        self.token, self.conversation = opened(platform.client, platform)
        self._auth = {"Authorization": f"Bearer {self.token}"}

    def say(self, text: str) -> dict[str, Any]:
        given = {"id": f"m-{time.monotonic_ns():020d}", "text": text}
        answer = self.client.post("/chat/messages", json=given, headers=self._auth)
        assert answer.status_code == 200, answer.text
        (message,) = answer.json()["messages"]
        told: dict[str, Any] = message
        return told

    def notices(self) -> list[str]:
        entries = self.client.get("/chat/history", headers=self._auth).json()["entries"]
        return [entry["messages"][0]["text"] for entry in entries if entry.get("notice")]


@contextmanager
def platform_with(folder: Path, api: zalo_standin.ZaloApi, **values: Any) -> Iterator[tuple[Platform, Acting]]:
    with in_a_thread(api) as address:
        hosts = {"zalo_api": address, "zalo_oauth": address, "zalo_business_api": address}
        parts, _ = make_test_parts(make_settings(folder, **ZALO, **hosts, zalo_oa_id=ACCOUNT, **values))
        dialogue = parts.dialogue = Acting()
        app = dialogue.app = create_app(parts=parts)
        with TestClient(app, raise_server_exceptions=False) as client:
            yield Platform(client, parts, dialogue), dialogue


def zalo_says(platform: Platform, text: str, user: str = "7") -> None:
    stamp = str(int(NOW.timestamp() * 1000))
    event = {"event_name": "user_send_text", "app_id": zalo_standin.APP_ID, "sender": {"id": user},
             "message": {"text": text, "msg_id": f"m{time.monotonic_ns()}"}, "timestamp": stamp}  # fmt: skip
    raw = json.dumps(event).encode()
    signed = mac(zalo_standin.APP_ID, zalo_standin.OA_SECRET, raw, stamp.encode()).decode()
    headers = {SIGNATURE_HEADER: f"mac={signed}"}
    assert platform.client.post("/webhooks/zalo", content=raw, headers=headers).status_code == 200


def heard(api: zalo_standin.ZaloApi, user: str = "7") -> list[str]:
    return [message.get("text", "") for to, message in api.sent if to == user]


def officer_writes(platform: Platform, key: str, conversation: str) -> None:
    outbox = platform.parts.outbox
    body = Reply.model_validate({"messages": [{"type": "text", "text": f"Cán bộ trả lời {key}"}]}).model_dump_json()

    def work(session: Session) -> None:
        consent = outbox.consent(session, Reason.OFFICER, key, conversation, "asked")
        draft = Draft(key, Reason.OFFICER, "reply", key, conversation, consent, NOW, NOW + dt.timedelta(days=1), body)
        outbox.write(session, draft)

    outbox.run(work)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "REST_S", 0.05)


def has(told: Callable[[], list[str]], text: str) -> None:
    until(lambda: any(text in one for one in told()))


def test_from_the_page_to_zalo_and_back(tmp_path: Path) -> None:
    api = zalo_standin.ZaloApi("http://127.0.0.1:1/")
    api.said("7", "…")
    with platform_with(tmp_path, api) as (platform, dialogue):
        web = Web(platform)
        told = web.say("nhắn qua Zalo cho tôi")
        code = re.search(r"TB[2-9A-Z]{6}", told["text"])
        assert code is not None
        assert [choice["url"] for choice in told["choices"]] == [f"https://zalo.me/{ACCOUNT}"]
        assert code[0] not in dialogue.seen, "the dialogue's records hold no code"
        asked = len(dialogue.asked)
        zalo_says(platform, code[0].lower())
        has(lambda: heard(api), say("notices.paired"))
        assert len(dialogue.asked) == asked, "a code goes past the dialogue"
        has(web.notices, say("notices.moved_away", channel="Zalo"))
        officer_writes(platform, "n-1", web.conversation)
        has(lambda: heard(api), "Cán bộ trả lời n-1")
        zalo_says(platform, "dừng thông báo")
        until(lambda: platform.parts.pairing.moved_to(web.conversation) == "")
        has(web.notices, say("notices.moved_back_told"))
        officer_writes(platform, "n-2", web.conversation)
        has(web.notices, "Cán bộ trả lời n-2")
        assert not any("n-2" in one for one in heard(api))


def test_a_wrong_code_and_a_used_one_have_the_same_answer(tmp_path: Path) -> None:
    api = zalo_standin.ZaloApi("http://127.0.0.1:1/")
    for user in ("7", "8"):
        api.said(user, "…")
    with platform_with(tmp_path, api) as (platform, _):
        web = Web(platform)
        found = re.search(r"TB[2-9A-Z]{6}", web.say("nhắn qua Zalo cho tôi")["text"])
        assert found is not None
        assert web.say(found[0])["text"] == say("notices.code_unknown"), "not on the page itself"
        zalo_says(platform, found[0])
        has(lambda: heard(api), say("notices.paired"))
        zalo_says(platform, found[0], "8")
        has(lambda: heard(api, "8"), say("notices.code_unknown"))
        zalo_says(platform, "TB222222", "8")
        until(lambda: heard(api, "8").count(say("notices.code_unknown")) == 2)
        assert web.say("nhận lại ở đây")["text"] == say("notices.moved_back")
        assert web.say("nhận lại ở đây")["text"] == say("notices.not_moved")


def test_only_channels_that_are_on_are_offered(tmp_path: Path) -> None:
    api = zalo_standin.ZaloApi("http://127.0.0.1:1/")
    with platform_with(tmp_path, api) as (platform, _):
        web = Web(platform)
        off = web.say("nhận thông báo qua Telegram")
        assert off["text"] == say("notices.channel_off", channel="Telegram")
        asked = web.say("đổi kênh nhận thông báo")
        assert [choice["title"] for choice in asked["choices"]] == ["Nhận qua Zalo"]
    with platform_with(tmp_path, api, zalo_enabled=False) as (platform, _):
        web = Web(platform)
        assert web.say("đổi kênh nhận thông báo")["text"] == say("notices.no_other_channel")
        assert web.say("nhắn qua Zalo cho tôi")["text"] == say("notices.channel_off", channel="Zalo")


def test_who_blocks_the_account_hears_on_the_page_again(tmp_path: Path) -> None:
    api = zalo_standin.ZaloApi("http://127.0.0.1:1/")
    api.said("7", "…")
    with platform_with(tmp_path, api) as (platform, _):
        web = Web(platform)
        found = re.search(r"TB[2-9A-Z]{6}", web.say("nhắn qua Zalo cho tôi")["text"])
        assert found is not None
        zalo_says(platform, found[0])
        has(lambda: heard(api), say("notices.paired"))
        stamp = str(int(NOW.timestamp() * 1000))
        raw = json.dumps({"event_name": "unfollow", "app_id": zalo_standin.APP_ID, "follower": {"id": "7"},
                          "timestamp": stamp}).encode()  # fmt: skip
        signed = mac(zalo_standin.APP_ID, zalo_standin.OA_SECRET, raw, stamp.encode()).decode()
        platform.client.post("/webhooks/zalo", content=raw, headers={SIGNATURE_HEADER: f"mac={signed}"})
        until(lambda: platform.parts.pairing.moved_to(web.conversation) == "")
        officer_writes(platform, "n-1", web.conversation)
        has(web.notices, "Cán bộ trả lời n-1")
