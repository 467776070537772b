"""The platform's end of the line to `assistant.nlu.trial`, which trains and asks in the dialogue environment."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple, cast

from assistant.settings import ROOT
from assistant.setup.dialogue import QUIET
from assistant.understanding.examples import Example
from knowledge_base.errors import ErrorCode, Misconfigured, Unavailable

PYTHON = ROOT / ".venv" / "dialogue" / "bin" / "python"
TOLD = 2000  # characters of the other side's log that an error carries


class Guess(NamedTuple):
    intent: str
    confidence: float


class Trial:
    """One process for all folds: importing Rasa takes seconds.  A context manager."""

    def __init__(self, config: Path = ROOT / "config.yml") -> None:
        if not PYTHON.exists():
            raise Misconfigured(ErrorCode.MISCONFIGURED, "the dialogue environment is missing: run `make setup`")
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        environ = {**os.environ, **QUIET, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [str(PYTHON), "-m", "assistant.nlu.trial", str(config.resolve())],
            cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True,
            encoding="utf-8",
        )  # fmt: skip
        self._asking, self._answers = cast(IO[str], self._process.stdin), cast(IO[str], self._process.stdout)

    def ask(self, training: list[Example], texts: list[str]) -> tuple[list[list[Guess]], list[float]]:
        """For each text the three likeliest intents by a classifier trained on `training`; and milliseconds of some.

        Raises:
            Unavailable: (`DIALOGUE_DOWN`) the other side ended; with the end of its log.
        """
        asked = json.dumps({"train": training, "ask": texts}, ensure_ascii=False)
        try:
            self._asking.write(asked + "\n")
            self._asking.flush()
            line = self._answers.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            self._log.seek(0)
            log = self._log.read().decode("utf-8", "replace")[-TOLD:]
            raise Unavailable(ErrorCode.DIALOGUE_DOWN, f"the classifier could not be tried; its log ends:\n{log}")
        answer = json.loads(line)
        return [[Guess(*guess) for guess in guesses] for guesses in answer["read"]], answer["ms"]

    def __enter__(self) -> Trial:
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in (self._asking, self._answers):
            with suppress(BrokenPipeError):
                pipe.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
