"""Makes .venv/platform and .venv/dialogue from the lock files.  Standard library only; any Python 3.8+ starts it.

    python3 assistant/setup/bootstrap.py [--only platform|dialogue] [--test]

A finished environment carries a stamp: hashes of its lock files and of pyproject.toml, its Python and its place.  A
second run compares stamps and does nothing.  An environment whose last installation did not finish is made anew.
Where packages come from is pip's own configuration.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from assistant.setup import interpreters  # noqa: E402

RUNTIMES = ("platform", "dialogue")
STAMP = "tthc-stamp.json"
UNFINISHED = "tthc-unfinished"
LOG_TAIL = 25


class Failed(Exception):
    """Its text is for the person at the terminal."""


def digest(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()[:24]


def locks(root: str, runtime: str, test: bool) -> dict[str, str]:
    """Name and path of the lock files of a runtime."""
    folder = os.path.join(root, "requirements")
    names = [runtime, "test"] if test and runtime == "platform" else [runtime]
    return {name: os.path.join(folder, name + ".lock") for name in names}


def expected_stamp(root: str, runtime: str, test: bool, python: str) -> dict[str, str]:
    stamp = {name: digest(path) for name, path in locks(root, runtime, test).items()}
    stamp.update(project=digest(os.path.join(root, "pyproject.toml")), python=python, place=environment(root, runtime))
    return stamp


def environment(root: str, runtime: str) -> str:
    return os.path.join(root, ".venv", runtime)


def read_stamp(root: str, runtime: str) -> dict[str, str]:
    """The stamp of a finished environment; empty when there is none or its Python is gone."""
    folder = environment(root, runtime)
    if os.path.exists(os.path.join(folder, UNFINISHED)) or not os.path.exists(os.path.join(folder, "bin", "python")):
        return {}
    try:
        with open(os.path.join(folder, STAMP), encoding="utf-8") as file:
            stamp = json.load(file)
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(root: str, runtime: str, stamp: dict[str, str]) -> None:
    path = os.path.join(environment(root, runtime), STAMP)
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(stamp, file, indent=1, sort_keys=True)
    os.replace(path + ".new", path)


def is_current(root: str, runtime: str, test: bool) -> bool:
    """Whether the environment matches its lock files.  The test extras are no harm where they are not asked for."""
    stamp = read_stamp(root, runtime)
    wanted = expected_stamp(root, runtime, test, stamp.get("python", ""))
    return bool(stamp) and all(stamp.get(name) == value for name, value in wanted.items())


class Stages:
    """The installation of one environment: a line a stage, pip's words to a log."""

    def __init__(self, root: str, runtime: str, test: bool, log_dir: str) -> None:
        self.root, self.runtime, self.test = root, runtime, test
        self.folder = environment(root, runtime)
        self.python = os.path.join(self.folder, "bin", "python")
        self.log = os.path.join(log_dir, "setup-" + runtime + ".log")
        self.started = time.monotonic()

    def say(self, text: str) -> None:
        print(f"[{self.runtime}] {text} ({time.monotonic() - self.started:.0f} s)", flush=True)  # noqa: T201  # noqa: T201

    def run(self, what: str, command: list[str]) -> None:
        """
        Raises:
            Failed: the command did not end well; with the end of its output.
        """
        with open(self.log, "ab") as log:
            log.write(("\n$ " + " ".join(command) + "\n").encode())
            log.flush()
            environ = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")}
            environ.update(PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1", PYTHONUNBUFFERED="1")
            code = subprocess.call(  # noqa: S603
                command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=self.root, env=environ
            )
        if code != 0:
            with open(self.log, encoding="utf-8", errors="replace") as log_text:
                tail = "".join(log_text.readlines()[-LOG_TAIL:])
            raise Failed(f"[{self.runtime}] {what} failed (exit {code}). The end of {self.log}:\n\n{tail}")

    def prepare(self) -> str:
        """An environment with the right Python, made anew unless the one there can be used; its Python version."""
        if os.path.exists(os.path.join(self.folder, UNFINISHED)):
            self.say("the last installation did not finish: starting anew")
            shutil.rmtree(self.folder)
        stamp = read_stamp(self.root, self.runtime)
        there = interpreters.probe(self.python, os.environ) if os.path.exists(self.python) else None
        wanted = [f"{major}.{minor}." for major, minor in interpreters.WANTED[self.runtime]]
        moved = bool(stamp) and stamp.get("place") != self.folder
        if there is not None and not moved and there.version.startswith(tuple(wanted)):
            return there.version
        if os.path.lexists(self.folder):
            self.say("the environment there cannot be used: starting anew")
            shutil.rmtree(self.folder)
        found = interpreters.find(self.runtime, os.environ)
        self.say(f"making .venv/{self.runtime} with Python {found.version} ({found.path})")
        os.makedirs(self.folder)
        self.mark()
        self.run("making the environment", [found.path, "-m", "venv", self.folder])
        return found.version

    def mark(self) -> None:
        with open(os.path.join(self.folder, UNFINISHED), "w", encoding="utf-8"):
            pass

    def install_packages(self, version: str) -> None:
        files = locks(self.root, self.runtime, self.test)
        stamp, wanted = read_stamp(self.root, self.runtime), expected_stamp(self.root, self.runtime, self.test, version)
        if stamp and all(stamp.get(name) == wanted[name] for name in [*files, "python"]):
            return
        self.mark()
        self.say("installing " + " and ".join(f"requirements/{name}.lock" for name in files) + ", log: " + self.log)
        command = [self.python, "-m", "pip", "install"]
        for path in files.values():
            command += ["-r", path]
        done = threading.Event()
        ticker = threading.Thread(target=self._tick, args=(done,), daemon=True)
        ticker.start()
        try:
            self.run("installing packages", command)
        finally:
            done.set()
            ticker.join()

    def _tick(self, done: threading.Event) -> None:
        while not done.wait(30):
            self.say("still installing")

    def install_project(self, version: str) -> None:
        """The project itself, editable, with the setuptools that the lock file brought."""
        self.say("installing the project itself")
        options = ["--no-deps", "--no-build-isolation", "--quiet"]
        self.run("installing the project", [self.python, "-m", "pip", "install", *options, "-e", self.root])
        stamp = expected_stamp(self.root, self.runtime, self.test, version)
        kept = read_stamp(self.root, self.runtime)
        if not self.test and "test" in kept:
            stamp["test"] = kept["test"]
        write_stamp(self.root, self.runtime, stamp)
        unfinished = os.path.join(self.folder, UNFINISHED)
        if os.path.exists(unfinished):
            os.remove(unfinished)
        self.say("ready")


def log_folder(root: str) -> str:
    folder = os.path.join(os.environ.get("TTHC_DATA_DIR") or os.path.join(root, "var"), "log")
    os.makedirs(folder, exist_ok=True)
    return os.path.abspath(folder)


def bootstrap(root: str, runtimes: list[str], test: bool) -> None:
    """Brings the environments in line with the lock files; both install at the same time.

    Raises:
        Failed: a stage went wrong.
        interpreters.NoInterpreter: a Python is missing; said before anything is installed.
    """
    if all(is_current(root, runtime, test) for runtime in runtimes):
        return
    os.makedirs(os.path.join(root, ".venv"), exist_ok=True)
    with open(os.path.join(root, ".venv", "setup.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a second `make run` beside this one waits
        todo = [runtime for runtime in runtimes if not is_current(root, runtime, test)]
        all_stages = [Stages(root, runtime, test, log_folder(root)) for runtime in todo]
        versions = [stages.prepare() for stages in all_stages]
        errors: list[BaseException | None] = [None] * len(all_stages)

        def work(number: int) -> None:
            try:
                all_stages[number].install_packages(versions[number])
            except Exception as error:  # noqa: BLE001 - raised again in the main thread
                errors[number] = error

        threads = [threading.Thread(target=work, args=(number,)) for number in range(len(all_stages))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for error in errors:
            if error is not None:
                raise error
        # one after the other: both builds write the same .egg-info folder
        for stages, version in zip(all_stages, versions):  # noqa: B905 - 3.8
            stages.install_project(version)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bootstrap.py", description="Makes the two environments of the assistant.")
    parser.add_argument("--only", choices=RUNTIMES, help="one environment instead of both")
    parser.add_argument("--test", action="store_true", help="add what the tests need")
    given = parser.parse_args(arguments)
    try:
        bootstrap(ROOT, [given.only] if given.only else list(RUNTIMES), given.test)
    except (Failed, interpreters.NoInterpreter) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        print("Stopped. The next run repairs what is unfinished.", file=sys.stderr)  # noqa: T201
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
