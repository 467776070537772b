"""Finds a Python for each runtime.

Standard library only and Python 3.8+, like bootstrap.py: nothing is installed yet when it runs.
"""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

# in the order of preference; each list is what its lock file was made for and tried with
WANTED: dict[str, list[tuple[int, int]]] = {"platform": [(3, 11), (3, 12), (3, 13), (3, 14)], "dialogue": [(3, 10)]}
PROBE = "import sys; print(*sys.version_info[:3]); print(sys.executable)"
OPT = "/opt"
HAS_VENV = "import ensurepip, venv"


@dataclass(frozen=True)
class Interpreter:
    path: str
    version: str  # "3.11.7"


class NoInterpreter(Exception):
    """Its text says what to install."""


def probe(path: str, environ: Mapping[str, str]) -> Interpreter | None:
    """The interpreter behind `path`; None when it does not run (a pyenv shim without its version, a broken link)."""
    try:
        asked = subprocess.run(  # noqa: S603
            [path, "-c", PROBE], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
            timeout=30, env=dict(environ), check=False,
        )
        lines = asked.stdout.decode().splitlines()
        version = ".".join(str(int(part)) for part in lines[0].split()) if asked.returncode == 0 else ""
    except (OSError, ValueError, IndexError, subprocess.TimeoutExpired):
        return None
    if version.count(".") != 2:
        return None
    # the real program, not the shim: the environment must not change with pyenv's settings
    real = lines[1] if len(lines) > 1 and os.access(lines[1], os.X_OK) else path
    return Interpreter(real, version)


def can_make_environments(python: Interpreter, environ: Mapping[str, str]) -> bool:
    """False on a Debian Python without its python3.X-venv package."""
    command = [python.path, "-c", HAS_VENV]
    try:
        quiet = subprocess.DEVNULL
        asked = subprocess.run(  # noqa: S603
            command, stdout=quiet, stderr=quiet, stdin=quiet, env=dict(environ), timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


def candidates(version: tuple[int, int], environ: Mapping[str, str]) -> Iterator[str]:
    """Programs that may be Python `version`: on PATH (every match, not only the first), then in pyenv, then from uv."""
    dotted = "{}.{}".format(*version)
    folders = [folder for folder in environ.get("PATH", "").split(os.pathsep) if folder]
    for name in ("python" + dotted, "python3", "python"):
        for folder in folders:
            path = os.path.join(folder, name)
            if os.access(path, os.X_OK) and os.path.isfile(path):
                yield path
    home = os.path.join(environ.get("HOME", ""), ".pyenv")
    roots = [environ.get("PYENV_ROOT"), home, f"{OPT}/pyenv", f"{OPT}/.pyenv"]
    for root in filter(None, roots):
        yield from sorted(glob.glob(os.path.join(root, "versions", dotted + "*", "bin", "python")), reverse=True)
    yield from sorted(glob.glob(OPT + "/*/bin/python" + dotted))
    uv = shutil.which("uv", path=environ.get("PATH", ""))
    if uv:
        found = _uv(uv, ["python", "find", "--no-project", dotted], environ)
        if found:
            yield found


def find(runtime: str, environ: Mapping[str, str], install: bool = True) -> Interpreter:
    """
    Args:
        runtime: "platform" or "dialogue".
        environ: PATH, HOME and PYENV_ROOT are read from it.
        install: let uv install one, where uv is there and nothing else is.

    Raises:
        NoInterpreter: none is there, and uv could not install one.
    """
    tried: dict[str, Interpreter | None] = {}
    without_venv: list[Interpreter] = []
    for version in WANTED[runtime]:
        for path in candidates(version, environ):
            if path not in tried:
                tried[path] = probe(path, environ)
            python = tried[path]
            if python is None or _short(python) != version:
                continue
            if can_make_environments(python, environ):
                return python
            without_venv.append(python)
    uv = shutil.which("uv", path=environ.get("PATH", "")) if install else None
    if uv:
        dotted = "{}.{}".format(*WANTED[runtime][0])
        _uv(uv, ["python", "install", dotted], environ, timeout=900)
        path = _uv(uv, ["python", "find", "--no-project", dotted], environ)
        python = probe(path, environ) if path else None
        if python is not None and _short(python) == WANTED[runtime][0]:
            return python
    raise NoInterpreter(advice(runtime, without_venv))


def advice(runtime: str, without_venv: list[Interpreter]) -> str:
    """What to install, in plain words."""
    dotted = "{}.{}".format(*WANTED[runtime][0])
    needs = f"Python {dotted} exactly" if len(WANTED[runtime]) == 1 else f"Python {dotted} or newer"
    lines = [f"The {runtime} environment needs {needs}, and none was found on PATH, in pyenv or through uv."]
    for python in without_venv:
        lines.append(f"{python.path} is Python {python.version}, but its venv package is missing:")
        lines.append(f"  sudo apt install python{'.'.join(python.version.split('.')[:2])}-venv")
    lines += [
        "Install it in one of these ways, then run the same command again:",
        f"  Debian, Ubuntu   sudo apt install python{dotted} python{dotted}-venv   (where the release has it)",
        f"  pyenv            pyenv install {dotted}",
        f"  uv               uv python install {dotted}",
    ]
    return "\n".join(lines)


def _short(python: Interpreter) -> tuple[int, int]:
    major, minor, _ = python.version.split(".")
    return int(major), int(minor)


def _uv(uv: str, arguments: list[str], environ: Mapping[str, str], timeout: int = 60) -> str:
    try:
        done = subprocess.run(  # noqa: S603
            [uv, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
            env=dict(environ), timeout=timeout, check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode().strip() if done.returncode == 0 else ""
