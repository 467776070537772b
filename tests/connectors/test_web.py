"""The web channel over its wire: HTTP, WebSocket, headers."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from actions.clock import HANOI, FixedClock
from actions.messages import Choice, ChoicesMessage, Command, Reply, TextMessage
from assistant.turn import HistoryEntry, Turn
from connectors.web import PING, WebOptions, web_router
from knowledge_base.errors import ErrorCode, Unavailable

SECRET = "a-key-of-these-tests-only-0123456789"
NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=HANOI)
OWN = {"origin": "http://testserver"}


class Echo:
    """Echoes; knows repeats; remembers."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self.fault: Exception | None = None
        self._seen: set[str | None] = set()

    async def handle(self, turn: Turn) -> Reply | None:
        if turn.message_id in self._seen:
            return None
        self._seen.add(turn.message_id)
        if self.fault:
            raise self.fault
        self.turns.append(turn)
        choice = Choice(title="Nội bộ", payload="p1", command=Command(intent="hidden_intent"))
        said = turn.text or turn.payload or repr(turn.location)
        return Reply(messages=[TextMessage(text=said), ChoicesMessage(text="Chọn", choices=[choice])])

    async def history(self, conversation: str, limit: int = 50) -> list[HistoryEntry]:
        if self.fault:
            raise self.fault
        mine = [turn for turn in self.turns if turn.conversation == conversation]
        return [HistoryEntry(who="citizen", at=turn.at, text=turn.text or "") for turn in mine][-limit:]


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def client(echo: Echo) -> Iterator[TestClient]:
    options = WebOptions(
        allowed_origins=("https://city.example",),
        frame_ancestors=("'self'", "https://city.example"),
        hello_s=0.2,
        queue_limit=2,
        frame_limit=8_000,
        socket_limit=2,
    )
    app = FastAPI()
    app.include_router(web_router(echo, SECRET, options, FixedClock(NOW)))
    with TestClient(app) as client:
        yield client


def token_of(client: TestClient) -> str:
    token: str = client.post("/chat/session").json()["token"]
    return token


def auth(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def message(number: int, **content: Any) -> dict[str, Any]:
    return {"id": f"message-{number:04d}", **content}


def hello(socket: WebSocketTestSession, token: str) -> None:
    socket.send_json({"token": token})
    assert socket.receive_json() == {"type": "ready", "heartbeat_s": 25}


# --- the page and its files


def test_the_page_lets_nothing_foreign_in(client: TestClient) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == (
        "default-src 'self'; img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'self' https://city.example"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "geolocation=(self)" in answer.headers["permissions-policy"]
    page = answer.text
    assert "{{" not in page
    assert "style=" not in page
    assert page.count("<script") == page.count("<script src=") + page.count('<script type="module" src=')
    assert "Trung tâm Phục vụ hành chính công thành phố Hà Nội" in page


def test_files_may_be_kept_for_a_year_under_their_version(client: TestClient) -> None:
    page = client.get("/").text
    path = page.split('type="module" src="')[1].split('"')[0]
    answer = client.get(path)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    again = client.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    other = client.get("/static/chat/000000000000/chat.js")
    assert other.headers["cache-control"] == "no-cache"
    assert client.get("/static/chat/chat.js").content == answer.content


@pytest.mark.parametrize("name", ["index.html", "nothing.js", "..%2fweb.py", "%2e%2e/web.py", "../../web.py"])
def test_nothing_else_is_served(client: TestClient, name: str) -> None:
    assert client.get(f"/static/chat/{name}").status_code == 404


def test_without_frame_ancestors_nobody_may_embed(echo: Echo) -> None:
    app = FastAPI()
    app.include_router(web_router(echo, SECRET, WebOptions(frame_ancestors=())))
    with TestClient(app) as client:
        assert "frame-ancestors 'none'" in client.get("/").headers["content-security-policy"]


# --- HTTP


def test_a_message_over_http(client: TestClient, echo: Echo) -> None:
    token = token_of(client)
    answer = client.post("/chat/messages", json=message(1, text="khai sinh"), headers=auth(token))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["type"] == "reply"
    assert answer.json()["messages"][0] == {"type": "text", "text": "khai sinh"}
    [turn] = echo.turns
    assert turn.conversation == "web:" + token.partition(".")[0]
    assert (turn.channel, turn.message_id, turn.at) == ("web", "message-0001", NOW)


def test_commands_never_leave(client: TestClient) -> None:
    answer = client.post("/chat/messages", json=message(1, text="a"), headers=auth(token_of(client)))
    assert answer.json()["messages"][1]["choices"] == [{"title": "Nội bộ", "payload": "p1"}]
    assert "hidden_intent" not in answer.text


def test_html_stays_text(client: TestClient) -> None:
    evil = "<script>alert(1)</script>"
    answer = client.post("/chat/messages", json=message(1, text=evil), headers=auth(token_of(client)))
    assert answer.json()["messages"][0]["text"] == evil
    assert answer.headers["content-type"] == "application/json"


def test_a_repeat_is_said_to_be_one(client: TestClient, echo: Echo) -> None:
    headers = auth(token_of(client))
    client.post("/chat/messages", json=message(1, text="a"), headers=headers)
    again = client.post("/chat/messages", json=message(1, text="a"), headers=headers)
    repeat = {"type": "reply", "id": "message-0001", "at": NOW.isoformat(), "messages": [], "repeat": True}
    assert again.json() == repeat
    assert len(echo.turns) == 1


def test_history_is_one_conversations_own(client: TestClient) -> None:
    mine, other = token_of(client), token_of(client)
    client.post("/chat/messages", json=message(1, text="của tôi"), headers=auth(mine))
    entries = client.get("/chat/history", headers=auth(mine)).json()["entries"]
    assert entries == [{"who": "citizen", "at": NOW.isoformat(), "text": "của tôi", "messages": []}]
    assert client.get("/chat/history", headers=auth(other)).json() == {"entries": []}


@pytest.mark.parametrize("headers", [{}, auth("x"), auth("A" * 22 + ".1." + "A" * 43)])
def test_without_a_true_token_there_is_nothing(client: TestClient, echo: Echo, headers: dict[str, str]) -> None:
    for answer in (
        client.get("/chat/history", headers=headers),
        client.post("/chat/messages", json=message(1, text="a"), headers=headers),
    ):
        assert answer.status_code == 401
        assert answer.json()["code"] == "session_unknown"
        assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert echo.turns == []


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (message(1), "bad_request"),
        (message(1, text="a", payload="b"), "bad_request"),
        (message(1, text="a", conversation="web:other"), "bad_request"),
        ({"id": "short", "text": "a"}, "bad_request"),
        ({"id": "with space 1", "text": "a"}, "bad_request"),
        (message(1, location={"lat": 91, "lon": 0}), "bad_request"),
        (message(1, payload=""), "bad_request"),
        ([], "bad_request"),
        (message(1, text=" \n"), "text_empty"),
        (message(1, text="a" * 1001), "text_too_long"),
    ],
)
def test_bad_messages_get_a_sentence(client: TestClient, echo: Echo, frame: Any, code: str) -> None:
    answer = client.post("/chat/messages", json=frame, headers=auth(token_of(client)))
    assert answer.status_code == 422
    assert answer.json()["code"] == code
    assert len(answer.json()["text"]) > 20
    assert echo.turns == []


def test_a_body_too_large_is_not_read(client: TestClient) -> None:
    answer = client.post("/chat/messages", content=b"x" * 8_001, headers=auth(token_of(client)))
    assert answer.status_code == 413
    assert "1000" in answer.json()["text"]


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (Unavailable(ErrorCode.RATE_LIMITED), 429, "rate_limited"),
        (ValueError("detail nobody may see"), 500, "internal"),
    ],
)
def test_faults_become_sentences(client: TestClient, echo: Echo, fault: Exception, status: int, code: str) -> None:
    echo.fault = fault
    headers = auth(token_of(client))
    answer = client.post("/chat/messages", json=message(1, text="a"), headers=headers)
    assert (answer.status_code, answer.json()["code"], answer.json()["id"]) == (status, code, "message-0001")
    assert "nobody" not in answer.text
    assert client.get("/chat/history", headers=headers).status_code == status


def test_a_foreign_page_may_not_post(client: TestClient) -> None:
    foreign = {"origin": "https://evil.example"}
    assert client.post("/chat/session", headers=foreign).status_code == 403
    headers = auth(token_of(client)) | foreign
    assert client.post("/chat/messages", json=message(1, text="a"), headers=headers).status_code == 403


# --- WebSocket


def test_a_message_over_the_socket(client: TestClient, echo: Echo) -> None:
    with client.websocket_connect("/chat/ws", headers=OWN) as socket:
        hello(socket, token_of(client))
        socket.send_json(message(1, location={"lat": 21.05, "lon": 105.8}))
        assert socket.receive_json() == {"type": "typing", "id": "message-0001"}
        assert socket.receive_json()["id"] == "message-0001"
        socket.send_text(PING)
        assert socket.receive_json() == {"type": "pong"}
    assert echo.turns[0].location is not None
    assert echo.turns[0].location.lat == 21.05


def test_messages_are_answered_in_order_and_repeats_once(client: TestClient, echo: Echo) -> None:
    with client.websocket_connect("/chat/ws", headers=OWN) as socket:
        hello(socket, token_of(client))
        replies = []
        for number in (1, 2, 1):
            socket.send_json(message(number, text=str(number)))
            assert socket.receive_json()["type"] == "typing"
            replies.append(socket.receive_json())
    assert [reply["id"] for reply in replies] == ["message-0001", "message-0002", "message-0001"]
    assert [reply.get("repeat", False) for reply in replies] == [False, False, True]
    assert [turn.text for turn in echo.turns] == ["1", "2"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None])
def test_a_foreign_origin_is_refused_before_accept(client: TestClient, origin: str | None) -> None:
    headers = {"origin": origin} if origin else {}
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/chat/ws", headers=headers):
        pass


def test_an_allowed_origin_may_connect(client: TestClient) -> None:
    with client.websocket_connect("/chat/ws", headers={"origin": "https://city.example"}) as socket:
        hello(socket, token_of(client))


@pytest.mark.parametrize("first", ['{"token": "forged"}', '{"text": "a"}', "[]", "not json"])
def test_a_forged_token_is_refused(client: TestClient, echo: Echo, first: str) -> None:
    with client.websocket_connect("/chat/ws", headers=OWN) as socket:
        socket.send_text(first)
        assert socket.receive_json()["code"] == "session_unknown"
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == 4401
    assert echo.turns == []


def test_a_silent_socket_is_closed(client: TestClient) -> None:
    with client.websocket_connect("/chat/ws", headers=OWN) as socket, pytest.raises(WebSocketDisconnect) as closed:
        socket.receive_json()
    assert closed.value.code == 4408


def test_bad_frames_leave_the_socket_open(client: TestClient) -> None:
    with client.websocket_connect("/chat/ws", headers=OWN) as socket:
        hello(socket, token_of(client))
        socket.send_text("{")
        assert socket.receive_json()["code"] == "bad_request"
        socket.send_json(message(7, text="a" * 1001))
        error = socket.receive_json()
        assert (error["code"], error["id"]) == ("text_too_long", "message-0007")
        socket.send_json(message(8, text="vẫn mở"))
        assert socket.receive_json()["type"] == "typing"
        assert socket.receive_json()["messages"][0]["text"] == "vẫn mở"


@pytest.mark.parametrize(("frame", "code"), [("x" * 8_001, 1009), (b"bytes", 1003)])
def test_frames_that_end_the_socket(client: TestClient, frame: str | bytes, code: int) -> None:
    with client.websocket_connect("/chat/ws", headers=OWN) as socket:
        hello(socket, token_of(client))
        if isinstance(frame, str):
            socket.send_text(frame)
            assert socket.receive_json()["code"] == "text_too_long"
        else:
            socket.send_bytes(frame)
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == code


def test_a_fault_is_an_error_frame_with_the_id(client: TestClient, echo: Echo) -> None:
    echo.fault = ValueError("detail nobody may see")
    with client.websocket_connect("/chat/ws", headers=OWN) as socket:
        hello(socket, token_of(client))
        socket.send_json(message(1, text="a"))
        assert socket.receive_json()["type"] == "typing"
        error = socket.receive_json()
    assert (error["type"], error["code"], error["id"]) == ("error", "internal", "message-0001")
    assert "nobody" not in json.dumps(error)


def test_beyond_the_socket_limit_pages_must_use_http(client: TestClient) -> None:
    with (
        client.websocket_connect("/chat/ws", headers=OWN) as one,
        client.websocket_connect("/chat/ws", headers=OWN) as two,
    ):
        hello(one, token_of(client))
        hello(two, token_of(client))
        with pytest.raises(WebSocketDisconnect), client.websocket_connect("/chat/ws", headers=OWN):
            pass


# --- where a message comes from


def from_address(echo: Echo, host: str) -> TestClient:
    app = FastAPI()
    app.include_router(web_router(echo, SECRET, WebOptions(), FixedClock(NOW)))
    return TestClient(app, client=(host, 50000))


def test_the_address_is_told_as_a_hash_on_both_ways(echo: Echo) -> None:
    with from_address(echo, "203.0.113.9") as client:
        token = token_of(client)
        client.post("/chat/messages", json=message(1, text="một"), headers=auth(token))
        with client.websocket_connect("/chat/ws", headers={"Origin": "http://testserver"}) as socket:
            hello(socket, token)
            socket.send_json(message(2, text="hai"))
            assert socket.receive_json()["type"] == "typing"
            socket.receive_json()
    first, second = (turn.address for turn in echo.turns)
    assert first == second != ""
    assert "203.0.113.9" not in repr(echo.turns)
    assert first not in repr(echo.turns)


def test_this_machine_is_no_address(echo: Echo) -> None:
    with from_address(echo, "127.0.0.1") as client:
        client.post("/chat/messages", json=message(1, text="một"), headers=auth(token_of(client)))
    assert [turn.address for turn in echo.turns] == [""]
