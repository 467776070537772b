"""Random and mutated turns through the whole assistant: never an unhandled error, never a fact the record lacks.

Bounded: `TURNS` turns from a fixed seed; `TTHC_FUZZ_SEED` and `TTHC_FUZZ_TURNS` try others.
"""

from __future__ import annotations

import os
import random
import uuid

import httpx
from facts import RECORDS, names_beside, untrue
from stack import Stack, text_of

from knowledge_base.encoder.noise import drop_accents, one_slip, teencode
from tests.actions.test_domain import EXAMPLES

SEED = int(os.environ.get("TTHC_FUZZ_SEED", "7"))
TURNS = int(os.environ.get("TTHC_FUZZ_TURNS", "250"))
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


def test_no_turn_fails_and_no_answer_invents(stack: Stack) -> None:
    rng = random.Random(SEED)
    spoken = [p for record in RECORDS.values() for p in record.phrasings] + [
        e for found in EXAMPLES.values() for e in found
    ]
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
            record = RECORDS.get(trace.get("procedure") or "")
            if trace.get("behaviour") == "answer" and record:
                answered += 1
                assert untrue(body, record, said + names_beside(record)) == [], where
    assert answered > TURNS // 10
