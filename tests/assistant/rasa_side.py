"""The platform's end of the line to `dialogue_side`, which runs Rasa's own classes in the dialogue environment."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from assistant.settings import ROOT
from assistant.setup.dialogue import QUIET

PYTHON = ROOT / ".venv" / "dialogue" / "bin" / "python"


class RasaSide:
    """One process for all tests of a session: importing Rasa takes seconds."""

    def __init__(self, log: Path) -> None:
        assert PYTHON.exists(), "the dialogue environment is missing: run `make setup`"
        self.log = log
        environ = {**os.environ, **QUIET, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                [str(PYTHON), "-m", "tests.assistant.dialogue_side"],
                cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
                encoding="utf-8",
            )  # fmt: skip

    def ask(self, do: str, *given: Any) -> Any:
        """Raises AssertionError with what went wrong on the other side."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, "with": given}, ensure_ascii=False) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the dialogue side ended:\n{self.log.read_text(encoding='utf-8')[-3000:]}"
        answer = json.loads(line)
        assert "wrong" not in answer, answer["wrong"]
        return answer["well"]

    def close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait(30)
