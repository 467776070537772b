"""`python -m assistant.setup.checks [PYTEST ARGUMENTS]`: all that `make test` and CI check, pytest last.

Every step runs, whatever the ones before said; the exit code is not 0 when one of them failed.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

from assistant.settings import ROOT, Settings, settings
from assistant.setup import dialogue
from knowledge_base.errors import TthcError

STATIC = {
    "ruff": ["ruff", "check", "--quiet", "."],
    "mypy": ["mypy", "--no-error-summary"],
}


def static_checks() -> Callable[[], bool]:
    """Starts ruff and mypy beside what follows; call the answer to wait for them: whether all is well."""
    running = {
        name: subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", *command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for name, command in STATIC.items()
    }

    def wait() -> bool:
        well = True
        for name, process in running.items():
            said, _ = process.communicate()
            _tell(name, process.returncode == 0, said.rstrip())
            well = well and process.returncode == 0
        return well

    return wait


def model_checks(given: Settings) -> bool:
    """`rasa data validate` and the training of the model, each when stale; whether all is well."""
    for name, step in (("rasa data validate", dialogue.check_data), ("rasa train", dialogue.train_model)):
        started = time.monotonic()
        try:
            step(given)
        except TthcError as error:
            _tell(name, False, error.detail)
            return False
        _tell(name, True, f"{time.monotonic() - started:.1f} s")
    return True


def _tell(name: str, well: bool, said: str) -> None:
    print(f"{name}: {'ok' if well else 'FAILED'}" + (f"\n{said}" if said and not well else ""), flush=True)  # noqa: T201


def main(arguments: list[str]) -> int:
    wait = static_checks()
    try:
        well = model_checks(settings())
    finally:
        well_static = wait()
    tests = subprocess.call([sys.executable, "-m", "pytest", *arguments], cwd=ROOT)  # noqa: S603
    return tests or int(not (well and well_static))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
