"""One socket, several messages at once: one is answered at a time, some wait, the rest are refused."""

from __future__ import annotations

import asyncio

from fastapi import FastAPI
from starlette.testclient import TestClient

from actions.messages import Reply, TextMessage
from assistant.turn import HistoryEntry, Turn
from connectors.web import WebOptions, web_router

SECRET = "a-key-of-these-tests-only-0123456789"


class Slow:
    """Answers when told to."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.done: list[str] = []
        self.at_once = self.most = 0
        self.go = asyncio.Event()

    async def handle(self, turn: Turn) -> Reply:
        said = turn.text or ""
        if said == "release":  # by another conversation
            self.go.set()
            return Reply()
        self.begun.append(said)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await self.go.wait()
        self.at_once -= 1
        self.done.append(said)
        return Reply(messages=[TextMessage(text=said)])

    async def history(self, conversation: str, limit: int = 50) -> list[HistoryEntry]:
        return []


def client_of(slow: Slow) -> TestClient:
    app = FastAPI()
    app.include_router(web_router(slow, SECRET, WebOptions(queue_limit=2)))
    return TestClient(app)


def release(client: TestClient) -> None:
    token = client.post("/chat/session").json()["token"]
    frame = {"id": "release-0001", "text": "release"}
    assert client.post("/chat/messages", json=frame, headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_one_at_a_time_some_wait_the_rest_are_refused() -> None:
    slow = Slow()
    with client_of(slow) as client, client.websocket_connect("/chat/ws", headers={"origin": "http://testserver"}) as ws:
        ws.send_json({"token": client.post("/chat/session").json()["token"]})
        assert ws.receive_json()["type"] == "ready"
        ws.send_json({"id": "message-0", "text": "0"})
        assert ws.receive_json()["type"] == "typing"
        for number in (1, 2, 3):
            ws.send_json({"id": f"message-{number}", "text": str(number)})
        refused = ws.receive_json()
        assert (refused["code"], refused["id"]) == ("rate_limited", "message-3")
        release(client)
        answered = [frame["id"] for frame in (ws.receive_json() for _ in range(5)) if frame["type"] == "reply"]
    assert answered == ["message-0", "message-1", "message-2"]
    assert slow.most == 1


def test_a_repeat_of_a_running_turn_gets_its_answer() -> None:
    slow = Slow()
    own = {"origin": "http://testserver"}
    with (
        client_of(slow) as client,
        client.websocket_connect("/chat/ws", headers=own) as one,
        client.websocket_connect("/chat/ws", headers=own) as two,
    ):
        token = client.post("/chat/session").json()["token"]
        for ws in (one, two):
            ws.send_json({"token": token})
            assert ws.receive_json()["type"] == "ready"
            ws.send_json({"id": "message-0", "text": "0"})
            assert ws.receive_json()["type"] == "typing"
        release(client)
        assert one.receive_json()["messages"] == two.receive_json()["messages"] == [{"type": "text", "text": "0"}]
    assert slow.begun == ["0"]


def test_a_turn_that_has_begun_is_finished_when_the_page_goes() -> None:
    slow = Slow()
    with client_of(slow) as client, client.websocket_connect("/chat/ws", headers={"origin": "http://testserver"}) as ws:
        ws.send_json({"token": client.post("/chat/session").json()["token"]})
        assert ws.receive_json()["type"] == "ready"
        ws.send_json({"id": "message-0", "text": "0"})
        assert ws.receive_json()["type"] == "typing"
        ws.close()
        release(client)
    assert slow.done == ["0"]
