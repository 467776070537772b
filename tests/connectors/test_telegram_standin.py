"""The stand-in says no where the Bot API says no, and its page can be used without the connector."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from connectors.standins.telegram import TOKEN, create_app
from connectors.standins.telegram_state import BotApi

KEYBOARD = {"inline_keyboard": [[{"text": "a", "callback_data": "d"}]]}


@pytest.fixture
def bot() -> BotApi:
    return BotApi(TOKEN)


@pytest.fixture
def client(bot: BotApi) -> Iterator[TestClient]:
    with TestClient(create_app(bot)) as client:
        client.post("/citizens/1/say", json={"text": "chào"})
        yield client


def call(client: TestClient, method: str, **given: Any) -> dict[str, Any]:
    answer = client.post(f"/bot{TOKEN}/{method}", json=given)
    content: dict[str, Any] = answer.json()
    assert content["ok"] == (answer.status_code == 200)
    assert content.get("error_code", 200) == answer.status_code
    return content


def button(**fields: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "a", **fields}]]}


@pytest.mark.parametrize(
    ("method", "given", "code", "description"),
    [
        ("sendMessage", {"chat_id": 1, "text": " "}, 400, "Bad Request: message text is empty"),
        ("sendMessage", {"chat_id": 1, "text": "\U0001f600" * 2049}, 400, "Bad Request: message is too long"),
        ("sendMessage", {"chat_id": 9, "text": "a"}, 400, "Bad Request: chat not found"),
        ("sendMessage", {"text": "a"}, 400, "Bad Request: chat_id is empty"),
        ("sendMessage", {"chat_id": 1, "text": "a", "reply_markup": button(callback_data="ă" * 33)}, 400,
         "Bad Request: BUTTON_DATA_INVALID"),
        ("sendMessage", {"chat_id": 1, "text": "a", "reply_markup": button()}, 400, "Bad Request: BUTTON_DATA_INVALID"),
        ("sendMessage", {"chat_id": 1, "text": "a", "reply_markup": button(url="http://localhost/")}, 400,
         "Bad Request: inline keyboard button URL 'http://localhost/' is invalid: Wrong HTTP URL"),
        ("sendPhoto", {"chat_id": 1, "photo": "x"}, 400, "Bad Request: IMAGE_PROCESS_FAILED"),
        ("answerCallbackQuery", {"callback_query_id": "1"}, 400,
         "Bad Request: query is too old and response timeout expired or query ID is invalid"),
        ("setWebhook", {"url": "ftp://a"}, 400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"),
        ("setWebhook", {"url": "https://a.vn", "secret_token": "a b"}, 400,
         "Bad Request: secret token contains unallowed characters"),
        ("sendNothing", {}, 404, "Not Found"),
    ],
)  # fmt: skip
def test_refusals(client: TestClient, method: str, given: dict[str, Any], code: int, description: str) -> None:
    assert call(client, method, **given) == {"ok": False, "error_code": code, "description": description}


def test_tokens(client: TestClient) -> None:
    assert client.get(f"/bot{TOKEN}/getMe").json()["result"]["username"] == "tthc_thu_bot"
    assert client.get("/bot8020:another-token-than-the-right/getMe").status_code == 401
    assert client.get("/bot1/getMe").status_code == 404


def test_forms_are_read_as_the_library_sends_them(client: TestClient, bot: BotApi) -> None:
    form = {"chat_id": "1", "text": "123", "reply_markup": json.dumps(KEYBOARD)}
    assert client.post(f"/bot{TOKEN}/sendMessage", data=form).json()["ok"] is True
    assert bot.sent[0]["text"] == "123"
    assert bot.sent[0]["reply_markup"] == KEYBOARD


def test_faults_on_demand(client: TestClient) -> None:
    client.post("/faults", json={"method": "*", "status": 429, "retry_after": 3})
    assert call(client, "getMe") == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 3",
        "parameters": {"retry_after": 3},
    }
    assert call(client, "getMe")["ok"] is True
    assert client.post("/faults", json={"what": 1}).status_code == 422


def test_updates_wait_until_confirmed(client: TestClient) -> None:
    [first] = call(client, "getUpdates")["result"]
    assert first["message"]["text"] == "chào"
    assert call(client, "getUpdates")["result"] == [first]
    assert call(client, "getUpdates", offset=first["update_id"] + 1)["result"] == []
    call(client, "setWebhook", url="http://127.0.0.1:9/", allowed_updates=["poll"])
    assert call(client, "getWebhookInfo")["result"]["url"] == "http://127.0.0.1:9/"
    assert call(client, "getUpdates")["error_code"] == 409
    assert call(client, "deleteWebhook", drop_pending_updates=True)["result"] is True
    assert call(client, "getUpdates")["result"] == []


def test_a_citizen_on_the_page(client: TestClient) -> None:
    assert "Telegram stand-in" in client.get("/").text
    call(client, "sendMessage", chat_id=1, text="Chọn", reply_markup=KEYBOARD)
    assert client.post("/citizens/1/press", json={"data": "d"}).json()["callback_query"]["data"] == "d"
    assert client.post("/citizens/1/press", json={"data": "other"}).status_code == 422
    assert client.post("/citizens/1/share", json={"latitude": 1, "longitude": 2}).status_code == 200
    assert client.post("/citizens/1/block", json={}).json()["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    blocked = call(client, "sendMessage", chat_id=1, text="a")
    assert blocked["description"] == "Forbidden: bot was blocked by the user"
    client.post("/citizens/1/unblock", json={})
    assert call(client, "sendMessage", chat_id=1, text="a")["ok"] is True
    assert [m["from"]["is_bot"] for m in client.get("/citizens/1/messages").json()] == [False, True, False, True]
    assert client.post("/citizens/1/dance", json={}).status_code == 404
