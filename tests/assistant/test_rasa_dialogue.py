"""What goes to Rasa's gateway channel and how its answers are taken, over a transport of our own."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from actions.messages import Behaviour, Command, Reply, TextMessage, Trace
from assistant.pipeline.rasa import HEADER, RasaDialogue, merged
from knowledge_base.errors import ErrorCode, Unavailable

Answer = Callable[[httpx.Request], httpx.Response]


class Door:
    """The other side: keeps requests, answers as told."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answer: Answer = lambda request: httpx.Response(200, json={"messages": [custom("chào")]})
        self.dialogue = RasaDialogue("http://rasa.test:5005", "s3cret", 3.0, httpx.MockTransport(self._take))

    def _take(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answer(request)

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.requests[-1].content)
        return body


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    door = Door()
    yield door
    await door.dialogue.close()


def custom(text: str, **trace: Any) -> dict[str, Any]:
    return Reply(messages=[TextMessage(text=text)], trace=Trace(**trace)).dump()


async def test_typed_text_and_commands_go_in_different_fields(door: Door) -> None:
    await door.dialogue.turn("web:1", "lệ phí bao nhiêu", None)
    request = door.requests[-1]
    assert (request.method, request.url.path) == ("POST", "/webhooks/gateway/turn")
    assert request.headers[HEADER] == "s3cret"
    assert door.body == {"sender": "web:1", "text": "lệ phí bao nhiêu", "metadata": {"text": "lệ phí bao nhiêu"}}
    command = Command(intent="choose_procedure", entities={"procedure_code": "1.001193", "aspect": "lệ phí"})
    await door.dialogue.turn("web:1", None, command)
    assert set(door.body) == {"sender", "command"}
    name, entities = door.body["command"].split("{", 1)
    assert (name, json.loads("{" + entities)) == ("/choose_procedure", command.entities)
    await door.dialogue.turn("web:1", None, Command(intent="deny"))
    assert door.body["command"] == "/deny{}"


def bad(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("slow", request=request)


def gone(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("gone", request=request)


def cut(request: httpx.Request) -> httpx.Response:
    raise httpx.RemoteProtocolError("cut", request=request)


FAULTS: dict[str, Answer] = {
    "time-out": bad,
    "refused": gone,
    "cut": cut,
    "403": lambda _: httpx.Response(403, json={"error": "forbidden"}),
    "404": lambda _: httpx.Response(404, text="Error 404"),
    "500": lambda _: httpx.Response(500, text="Traceback"),
    "no JSON": lambda _: httpx.Response(200, text="<html>"),
    "empty": lambda _: httpx.Response(200),
    "a list": lambda _: httpx.Response(200, json=[]),
    "a number": lambda _: httpx.Response(200, json=7),
    "no messages": lambda _: httpx.Response(200, json={"error": "x"}),
    "messages null": lambda _: httpx.Response(200, json={"messages": None}),
    "messages of words": lambda _: httpx.Response(200, json={"messages": ["chào"]}),
    "unknown message": lambda _: httpx.Response(200, json={"messages": [{"messages": [{"type": "film"}]}]}),
    "unknown trace": lambda _: httpx.Response(200, json={"messages": [{"messages": [], "trace": {"mood": 1}}]}),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_whatever_is_wrong_the_dialogue_is_down(door: Door, fault: str) -> None:
    door.answer = FAULTS[fault]
    with pytest.raises(Unavailable) as raised:
        await door.dialogue.turn("web:1", "chuyện riêng", None)
    assert raised.value.code is ErrorCode.DIALOGUE_DOWN
    assert "riêng" not in str(raised.value)


async def test_no_message_at_all_is_an_empty_reply(door: Door) -> None:
    door.answer = lambda _: httpx.Response(200, json={"messages": []})
    assert (await door.dialogue.turn("web:1", "chào", None)).messages == []


async def test_ready_asks_the_door_and_never_raises(door: Door) -> None:
    assert await door.dialogue.ready() is True
    assert door.requests[-1].url.path == "/webhooks/gateway/"
    for fault in ("403", "500", "time-out", "refused"):
        door.answer = FAULTS[fault]
        assert await door.dialogue.ready() is False


def test_the_messages_of_all_actions_come_in_order() -> None:
    reply = merged([custom("một"), {"recipient_id": "web:1", "text": "hai"}, custom("ba")])
    assert [message.text for message in reply.messages] == ["một", "hai", "ba"]


def test_the_first_action_names_the_turn_and_later_ones_fill_gaps() -> None:
    reply = merged(
        [
            custom("trả lời", intent="ask_fee", behaviour="answer", timings_ms={"search": 2.0}),
            custom("hỏi", intent="x", confidence=0.5, behaviour="ask_slot", procedure="1.001193", aspect="fee"),
            custom("nữa", procedure="2.000986", error="slot_taken", timings_ms={"search": 9.0, "store": 1.0}),
        ]
    )
    assert reply.trace == Trace(
        intent="ask_fee", confidence=0.5, behaviour=Behaviour.ANSWER, procedure="1.001193", aspect="fee",
        error="slot_taken", timings_ms={"search": 2.0, "store": 1.0},
    )  # fmt: skip


def test_a_silent_action_may_name_the_turn() -> None:
    silent = Reply(trace=Trace(behaviour=Behaviour.ASK_SLOT, procedure="1.001193")).dump()
    reply = merged([silent, custom("Bạn đến chi nhánh nào?", behaviour="ask_slot")])
    assert len(reply.messages) == 1
    assert reply.trace.procedure == "1.001193"


def test_a_certainty_of_nought_is_a_value() -> None:
    assert merged([custom("a", confidence=0.0), custom("b", confidence=0.9)]).trace.confidence == 0.0
