"""Milliseconds of a whole turn, one citizen at a time, against a platform that is up with TTHC_TRACE=1:

    python -m tests.benchmarks.turns [ADDRESS]
"""

from __future__ import annotations

import sys
import time
import uuid
from pathlib import Path

import httpx

from assistant.evaluation import read_dialogues
from assistant.settings import settings

DIALOGUES = Path(__file__).parents[1] / "dialogues"


def main(address: str) -> None:
    whole: list[float] = []
    stages: dict[str, list[float]] = {}
    with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
        for dialogue in [d for path in sorted(DIALOGUES.glob("*.jsonl")) for d in read_dialogues(path)]:
            conversation = uuid.uuid4().hex
            for turn in dialogue.turns:
                started = time.perf_counter()
                body = client.post("/api/v1/chat", json={"conversation": conversation, "text": turn.user}).json()
                whole.append((time.perf_counter() - started) * 1000)
                for stage, ms in body.get("trace", {}).get("timings_ms", {}).items():
                    stages.setdefault(stage, []).append(ms)
    for name, values in {"whole turn, over HTTP": whole, **stages}.items():
        values.sort()
        p50, p95 = values[len(values) // 2], values[int(len(values) * 0.95)]
        print(f"{name:24} {len(values):5} turns  p50 {p50:6.1f} ms  p95 {p95:6.1f} ms")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else settings().platform_url)
