"""Dialogues run against a platform that is up: did each turn come to what was expected, with its facts?

A dialogue file is JSONL: `turns[].user`, `turns[].expect` with `behaviour`, `code` (or null), optional `also`,
`aspect`, `facts`.  A turn is right when its behaviour matches, its procedure is `code` or in `also`, and every fact
is in the reply's text (case, spacing and digit grouping ignored) - design §7.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from pydantic import BaseModel, Field

from knowledge_base.errors import BadInput, ErrorCode, Unavailable


class Expectation(BaseModel):
    behaviour: str
    code: str | None = None
    also: list[str] = Field(default_factory=list)
    aspect: str | None = None
    facts: list[str] = Field(default_factory=list)


class ExpectedTurn(BaseModel):
    user: str
    expect: Expectation


class Dialogue(BaseModel):
    id: str
    turns: list[ExpectedTurn]


class TurnResult(BaseModel):
    dialogue: str
    user: str
    right: bool
    behaviour: bool
    procedure: bool
    facts: bool
    got: dict[str, Any]
    ms: float


class DialogueReport(BaseModel):
    """Shares are of all turns; a turn that expects no procedure or no facts counts as right in that column."""

    dialogues: int
    turns: int
    right: float
    behaviour: float
    procedure: float
    facts: float
    p50_ms: float
    p95_ms: float
    results: list[TurnResult]


def read_dialogues(path: Path) -> list[Dialogue]:
    """Raises `BadInput(BAD_FILE)` naming the line."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            found.append(Dialogue.model_validate(json.loads(line)))
        except ValueError as error:
            raise BadInput(ErrorCode.BAD_FILE, f"{path.name}:{number}: {error}") from error
    return found


def run_dialogues(
    address: str,
    dialogues: list[Dialogue],
    progress: Callable[[int], None] = lambda done: None,
    heard: Callable[[str, dict[str, Any]], None] = lambda said, body: None,
) -> DialogueReport:
    """`heard` gets each turn's words and answer.

    Raises `Unavailable` when the platform does not answer, or answers without a trace (`TTHC_TRACE=1`)."""
    results: list[TurnResult] = []
    with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
        for done, dialogue in enumerate(dialogues, start=1):
            conversation = f"eval-{uuid.uuid4().hex}"
            for turn in dialogue.turns:
                body, ms = _say(client, conversation, turn.user)
                heard(turn.user, body)
                results.append(_judge(dialogue.id, turn, body, ms))
            progress(done)
    return _report(len(dialogues), results)


def _say(client: httpx.Client, conversation: str, text: str) -> tuple[dict[str, Any], float]:
    started = time.perf_counter()
    try:
        answer = client.post("/api/v1/chat", json={"conversation": conversation, "text": text})
        answer.raise_for_status()
        body: dict[str, Any] = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise Unavailable(ErrorCode.DIALOGUE_DOWN, f"{client.base_url}: {error!r}") from error
    if "trace" not in body:
        raise Unavailable(ErrorCode.MISCONFIGURED, "answers carry no trace: start the platform with TTHC_TRACE=1")
    return body, (time.perf_counter() - started) * 1000


def _judge(dialogue: str, turn: ExpectedTurn, body: dict[str, Any], ms: float) -> TurnResult:
    trace, expect = body["trace"], turn.expect
    text = squeezed("\n".join(str(message["text"]) for message in body["messages"]))
    behaviour = trace.get("behaviour") == expect.behaviour
    procedure = expect.code is None or trace.get("procedure") in (expect.code, *expect.also)
    facts = all(squeezed(fact) in text for fact in expect.facts)
    return TurnResult(
        dialogue=dialogue,
        user=turn.user,
        right=behaviour and procedure and facts,
        behaviour=behaviour,
        procedure=procedure,
        facts=facts,
        got={name: trace.get(name) for name in ("behaviour", "procedure", "aspect", "intent", "confidence", "error")},
        ms=round(ms, 1),
    )


def squeezed(text: str) -> str:
    """Text for comparing facts: case, spacing and the grouping of digits ignored."""
    return re.sub(r"(?<=\d)[.,](?=\d{3})", "", re.sub(r"\s+", "", text.lower()))


def _report(dialogues: int, results: list[TurnResult]) -> DialogueReport:
    count = len(results) or 1
    times = sorted(result.ms for result in results) or [0.0]

    def share(part: int) -> float:
        return round(part / count, 3)

    return DialogueReport(
        dialogues=dialogues,
        turns=len(results),
        right=share(sum(r.right for r in results)),
        behaviour=share(sum(r.behaviour for r in results)),
        procedure=share(sum(r.procedure for r in results)),
        facts=share(sum(r.facts for r in results)),
        p50_ms=times[len(times) // 2],
        p95_ms=times[min(len(times) - 1, int(len(times) * 0.95))],
        results=results,
    )
