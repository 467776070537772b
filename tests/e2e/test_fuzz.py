"""Random and mutated turns through the whole assistant: never an unhandled error, never a fact the record lacks.

Bounded: `TURNS` turns from a fixed seed; `TTHC_FUZZ_SEED` and `TTHC_FUZZ_TURNS` try others.
"""

from __future__ import annotations

import os
import random
import uuid
from typing import Any

import httpx
from stack import Stack, text_of

from actions.wording import say
from knowledge_base.curated import load_curated
from knowledge_base.encoder.noise import drop_accents, one_slip, teencode
from knowledge_base.procedure import Procedure
from knowledge_base.text import fold
from tests.actions.procedures.records import numbers_in, numbers_of
from tests.actions.test_domain import EXAMPLES

SEED = int(os.environ.get("TTHC_FUZZ_SEED", "7"))
TURNS = int(os.environ.get("TTHC_FUZZ_TURNS", "250"))
NO_PAPER = (fold(say("answers.papers_missing")), fold(say("answers.papers_note", text="")))
ODD = (
    "\u202eabc", "\u200b", "/", "/stop", "{}", "[]", "null", "%s%n", "${x}", "{{7*7}}", "<b>", "--", "'", '"', "\\",
    "1" * 40, "0912345678", "001099012345", "H26.16-261103-0012", "1.001193", "9.999999", "30/2", "25h", "-1",
    "٣", "①", "ﷺ", "👩‍👩‍👧",
)  # fmt: skip


def turn(rng: random.Random, spoken: list[str]) -> str:
    """Something said, perhaps spoiled: cut, joined, mistyped, shuffled, with odd things put in."""
    text = rng.choice(spoken)
    for change in rng.sample(range(8), rng.randint(0, 3)):
        words = text.split() or [""]
        if change == 0:
            text = drop_accents(text)
        elif change == 1:
            text = one_slip(text, rng)
        elif change == 2:
            text = teencode(text, rng)
        elif change == 3:
            text = f"{text} {rng.choice(spoken)}"
        elif change == 4:
            text = " ".join(words[: rng.randint(1, len(words))])
        elif change == 5:
            text = " ".join(rng.sample(words, len(words)))
        elif change == 6:
            words.insert(rng.randint(0, len(words)), rng.choice(ODD))
            text = " ".join(words)
        else:
            text = text.upper() * rng.choice((1, 1, 1, 20))
    return text


def untrue(body: dict[str, Any], record: Procedure, said: str) -> list[str]:
    """Numbers and papers of an answer that the record it cites does not hold."""
    text = text_of(body)
    wrong = sorted(numbers_in(text) - numbers_of(record) - numbers_in(said))
    held = fold(record.model_dump_json())
    papers = tuple(fold(paper.name) for group in record.paper_groups for paper in group.papers)
    for message in body["messages"]:
        for item in message.get("items", []):
            if fold(item["label"]) not in held:
                wrong.append(item["label"])
        for section in message.get("sections", []):
            if section["heading"].startswith("Giấy tờ cần có"):
                wrong += [line for line in section["lines"] if not fold(line).startswith((*papers, NO_PAPER))]
    return wrong


def test_no_turn_fails_and_no_answer_invents(stack: Stack) -> None:
    rng = random.Random(SEED)
    records = {procedure.code: procedure for procedure in load_curated()}
    spoken = [p for record in records.values() for p in record.phrasings] + [
        e for found in EXAMPLES.values() for e in found
    ]
    confusions = {code: {c.code for c in record.confusions} for code, record in records.items()}
    answered = 0
    conversation = uuid.uuid4().hex
    with httpx.Client(base_url=stack.url, timeout=60, trust_env=False) as client:
        for number in range(TURNS):
            if rng.random() < 0.15:
                conversation = uuid.uuid4().hex
            said = turn(rng, spoken)
            answer = client.post("/api/v1/chat", json={"conversation": conversation, "text": said})
            where = f"seed {SEED}, turn {number}: {said[:200]!r}"
            assert answer.status_code == 200, f"{where}: {answer.status_code}"
            body = answer.json()
            assert text_of(body).strip(), where
            trace = body["trace"]
            assert trace.get("error") not in ("internal", "dialogue_down", "search_down", "database_down"), where
            assert "Traceback" not in text_of(body), where
            record = records.get(trace.get("procedure") or "")
            if trace.get("behaviour") == "answer" and record:
                answered += 1
                about = {**body, "messages": body["messages"][:1]}  # what follows is a form's question
                names = " ".join(records[code].name for code in confusions[record.code] if code in records)
                assert untrue(about, record, said + names) == [], where
    assert answered > TURNS // 10
