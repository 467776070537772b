"""The HTTP API as programs and operators meet it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import pytest

from actions.wording import sentences
from knowledge_base.errors import ErrorCode, Unavailable
from tests.assistant.fakes import down
from tests.assistant.whole_platform import SECRET, Platform, running
from tests.plain_pages import check_plain_page

BIRTH = "1.001193"
LABELS = {"channel", "behaviour", "error", "le", "kind", "matter", "score", "outcome", "reason", "state"}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with running(tmp_path_factory.mktemp("api")) as platform:
        yield platform


@pytest.fixture(autouse=True)
def plain_dialogue(platform: Platform) -> Iterator[None]:
    yield
    platform.dialogue.fault, platform.dialogue.up = None, True


def ask(platform: Platform, path: str, **query: Any) -> tuple[int, dict[str, Any]]:
    answer = platform.client.get(path, params=query)
    return answer.status_code, answer.json()


def chat(platform: Platform, **body: Any) -> tuple[int, dict[str, Any]]:
    answer = platform.client.post("/api/v1/chat", json={"conversation": "c", **body})
    return answer.status_code, answer.json()


def test_search_gives_the_decision_and_the_best_first(platform: Platform) -> None:
    status, body = ask(platform, "/api/v1/procedures", q="Thủ tục đăng ký kết hôn", limit=3)
    assert status == 200
    assert body["decision"] == "answer"
    best = body["results"][0]
    assert set(best) == {"code", "name", "field", "level", "score"}
    assert best["code"] == "1.000894"
    status, body = ask(platform, "/api/v1/procedures", q="khai sinh", limit=4)
    scores = [result["score"] for result in body["results"]]
    assert len(scores) == 4
    assert scores == sorted(scores, reverse=True)


def test_the_catalogue_tells_what_it_can_tell(platform: Platform) -> None:
    status, body = ask(platform, "/api/v1/catalogue")
    assert status == 200
    assert body["total"] == sum(body["layouts"].values()) > 60
    for states in body["trust"].values():
        assert sum(states.values()) == body["total"]
    page = platform.client.get("/catalogue")
    check_plain_page(page)
    text = page.text
    fees = body["trust"]["fees"]
    cells = "".join(f'<td class="n">{fees[state]}</td>' for state in ("stated", "doubtful", "missing"))
    assert f"<td>{sentences()['catalogue_page.field_fees']}</td>{cells}" in text
    assert all(escape(fault["problem"]) in text for fault in body["faults"])


def test_a_code_is_found_as_a_question(platform: Platform) -> None:
    _, body = ask(platform, "/api/v1/procedures", q=f"{BIRTH} là gì")
    assert (body["decision"], [r["code"] for r in body["results"]]) == ("answer", [BIRTH])
    _, body = ask(platform, "/api/v1/procedures", q="9.999999")
    assert body == {"decision": "abstain", "results": []}


@pytest.mark.parametrize("q", ["   ", "???", "\u200b", "😀"])
def test_words_that_are_none_are_abstained_from(platform: Platform, q: str) -> None:
    status, body = ask(platform, "/api/v1/procedures", q=q)
    assert (status, body["decision"]) == (200, "abstain")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "query.q"),
        ({"q": ""}, "query.q"),
        ({"q": "x" * 1001}, "query.q"),
        ({"q": "khai sinh", "limit": 0}, "query.limit"),
        ({"q": "khai sinh", "limit": 51}, "query.limit"),
        ({"q": "khai sinh", "limit": "nhiều"}, "query.limit"),
    ],
)
def test_a_bad_query_is_named(platform: Platform, query: dict[str, Any], field: str) -> None:
    status, body = ask(platform, "/api/v1/procedures", **query)
    assert status == 422
    assert body["error"] == {"code": "bad_request", "message": sentences()["errors.bad_request"]}
    assert body["fields"] == [field]


def test_a_record_is_given_whole(platform: Platform) -> None:
    status, body = ask(platform, f"/api/v1/procedures/{BIRTH}")
    assert status == 200
    procedure = platform.parts.knowledge.search().get(BIRTH)
    assert procedure is not None
    assert body == procedure.model_dump(mode="json")


def test_an_unknown_record_is_404_and_a_malformed_code_422(platform: Platform) -> None:
    status, body = ask(platform, "/api/v1/procedures/9.999999")
    assert (status, body["error"]["code"]) == (404, "procedure_unknown")
    assert body["error"]["message"] == sentences()["errors.procedure_unknown"]
    status, body = ask(platform, "/api/v1/procedures/abc")
    assert (status, body["error"]["code"]) == (422, "bad_request")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": "a", "payload": "b"},
        {"text": "a", "location": {"lat": 21, "lon": 105}},
        {"text": None},
        {"text": "a", "conversation": ""},
        {"text": "a", "conversation": "x" * 101},
        {"text": "x" * 20_001},
        {"payload": "x" * 65},
        {"location": {"lat": 91, "lon": 0}},
        {"location": {"lat": 21}},
        {"text": "a", "channel": "web"},
        {"text": "a", "message_id": "x" * 129},
        {"text": 7},
    ],
    ids=lambda body: ",".join(body) or "nothing",
)
def test_chat_takes_one_thing_of_the_right_shape(platform: Platform, body: dict[str, Any]) -> None:
    before = len(platform.dialogue.asked)
    status, answer = chat(platform, **body)
    assert (status, answer["error"]["code"]) == (422, "bad_request")
    assert len(platform.dialogue.asked) == before


def test_chat_answers_without_a_trace(platform: Platform) -> None:
    status, body = chat(platform, text="lệ phí")
    assert status == 200
    assert set(body) == {"messages"}
    message = body["messages"][0]
    assert (message["type"], message["text"]) == ("choices", "heard: lệ phí")
    assert set(message["choices"][0]) == {"title", "payload"}
    status, _ = chat(platform, payload=message["choices"][0]["payload"])
    assert platform.dialogue.asked[-1][0] == "api:c"
    assert platform.dialogue.asked[-1][2] is not None
    chat(platform, location={"lat": 21.03, "lon": 105.85})
    command = platform.dialogue.asked[-1][2]
    assert command is not None
    assert command.intent == "find_branch"


def test_text_that_is_too_long_for_a_turn_is_told_in_a_sentence(platform: Platform) -> None:
    status, body = chat(platform, text="x" * 1001)
    assert status == 200
    assert "1000" in body["messages"][0]["text"]


def test_chat_still_answers_from_search_while_rasa_is_down(platform: Platform) -> None:
    platform.dialogue.fault = down()
    _, body = chat(platform, text="Thủ tục đăng ký kết hôn")
    card = body["messages"][0]
    assert card["type"] == "card"
    assert card["source"]["code"] == "1.000894"
    _, body = chat(platform, text="phi thuyền không gian")
    assert body["messages"][0]["text"] == sentences()["answers.dialogue_down_hint"]


def test_the_trace_is_there_where_it_is_wanted(tmp_path: Path) -> None:
    with running(tmp_path, trace=True) as platform:
        _, body = chat(platform, text="lệ phí")
        trace = body["trace"]
        assert (trace["intent"], trace["confidence"], trace["behaviour"]) == ("ask_fee", 0.9, "answer")
        assert trace["timings_ms"]["total"] > 0
        platform.dialogue.fault = down()
        assert chat(platform, text="xyz")[1]["trace"]["behaviour"] == "degraded"


def test_health_and_readiness(platform: Platform) -> None:
    assert ask(platform, "/healthz") == (200, {"status": "ok"})
    parts = {"search": True, "database": True, "dialogue": True}
    assert ask(platform, "/readyz") == (200, {"ready": True, "parts": parts})
    platform.dialogue.up = False
    assert ask(platform, "/readyz") == (503, {"ready": False, "parts": {**parts, "dialogue": False}})


def test_readiness_names_a_search_that_is_gone(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_search() -> None:
        raise Unavailable(ErrorCode.SEARCH_DOWN, "gone")

    monkeypatch.setattr(platform.parts.knowledge, "search", no_search)
    status, body = ask(platform, "/readyz")
    assert (status, body["parts"]["search"]) == (503, False)


def test_metrics_count_turns_and_know_no_person(platform: Platform) -> None:
    chat(platform, conversation="nguyen-van-an", text="số 0912345678 của tôi")
    text = platform.client.get("/metrics", headers={"X-TTHC-Secret": SECRET}).text
    assert re.search(r'tthc_turns_total\{behaviour="answer",channel="api",error=""\} \d', text)
    for private in ("nguyen", "0912345678", "của tôi"):
        assert private not in text
    for labels in re.findall(r"^tthc_\w+\{([^}]*)\}", text, re.MULTILINE):
        assert {pair.split("=")[0] for pair in labels.split(",")} <= LABELS


@pytest.mark.parametrize(
    "headers", [{}, {"X-TTHC-Secret": ""}, {"X-TTHC-Secret": SECRET + "x"}, {"X-TTHC-Secret": "ü"}]
)
def test_the_action_endpoint_is_shut_to_who_has_no_secret(platform: Platform, headers: dict[str, str]) -> None:
    raw = {name: value.encode("latin-1") for name, value in headers.items()}
    answer = platform.client.post("/internal/actions", json={"next_action": "action_talk"}, headers=raw)
    assert answer.status_code == 403


def test_an_unknown_action_is_404(platform: Platform) -> None:
    call = {"next_action": "action_gone", "sender_id": "x", "tracker": {"sender_id": "x", "slots": {}, "events": []}}
    answer = platform.client.post("/internal/actions", json=call, headers={"X-TTHC-Secret": SECRET})
    assert (answer.status_code, answer.json()["action_name"]) == (404, "action_gone")


def test_a_fault_nobody_foresaw_is_500_without_a_word_of_it(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(code: str) -> None:
        raise ZeroDivisionError("path/of/secret.py")

    monkeypatch.setattr(platform.parts.knowledge.search(), "get", broken)
    answer = platform.client.get(f"/api/v1/procedures/{BIRTH}")
    assert answer.status_code == 500
    assert answer.json() == {"error": {"code": "internal", "message": sentences()["errors.internal"]}}


def test_the_openapi_document_has_every_path_of_the_contract(platform: Platform) -> None:
    document = platform.client.get("/openapi.json").json()
    paths = {(method, path) for path, methods in document["paths"].items() for method in methods}
    assert {("get", "/api/v1/procedures"), ("get", "/api/v1/procedures/{code}"), ("post", "/api/v1/chat")} <= paths
    assert not [path for _, path in paths if path.startswith(("/internal", "/metrics"))]
    chat_in = document["components"]["schemas"]["ChatIn"]["properties"]
    assert set(chat_in) == {"conversation", "text", "payload", "location", "message_id"}
    kinds = document["components"]["schemas"]["ChatOut"]["properties"]["messages"]["items"]["discriminator"]["mapping"]
    assert set(kinds) == {"text", "choices", "card", "checklist", "ticket", "location", "file", "notice"}
    found = document["components"]["schemas"]["Candidate"]["properties"]
    assert set(found) == {"code", "name", "field", "level", "score"}
