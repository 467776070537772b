"""`python -m assistant.setup.lock`: writes the lock files from what is installed in the two environments.

A lock file lists what one extra of pyproject.toml needs, itself and through others, pinned `name==version`.  It names
no host and no path; a local version suffix (`+cpu`) is dropped, so that pip takes the build that its own
configuration offers.  Markers are judged for this machine's system.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path

import tomllib
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent.parent
ALSO = {
    # setuptools: installs the project itself, without a download at that step; async-timeout: redis on 3.11.0-3.11.2
    "platform": ["setuptools", "async-timeout"],
    "dialogue": ["setuptools"],
}
HEADER = """\
# What the extra `{extra}` of pyproject.toml needs in .venv/{environment} (Python {python}), with everything behind it.
# Made by `make lock` from that environment.  To renew: `make lock UPGRADE=1`, then `make test`.
"""


class Missing(RuntimeError):
    """A requirement is not installed, or not in a version that its caller accepts."""


def closure(wanted: Iterable[str], installed: Mapping[str, Distribution], python: str) -> dict[str, str]:
    """Canonical names and versions of `wanted` and all they need, for the oldest Python `python` ("3.11": 3.11.0).

    Raises:
        Missing: something that is needed is not in `installed`.
    """
    environment = {"python_version": python, "python_full_version": f"{python}.0", "extra": ""}
    pinned: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    queue = [Requirement(line) for line in wanted]
    while queue:
        need = queue.pop()
        name = canonicalize_name(need.name)
        if name not in installed:
            raise Missing(f"{need} is not installed")
        found = installed[name]
        if not need.specifier.contains(found.version, prereleases=True):
            raise Missing(f"{need} is asked for, {found.version} is installed")
        pinned[name] = found.version.split("+")[0]
        for extra in ["", *sorted(need.extras)]:
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            for line in found.requires or []:
                inner = Requirement(line)
                if inner.marker is None or inner.marker.evaluate({**environment, "extra": extra}):
                    queue.append(inner)
    return pinned


def installed_in(environment: Path) -> tuple[dict[str, Distribution], str]:
    """What is installed in a virtual environment, and its Python ("3.11")."""
    site = next(environment.glob("lib/python3.*/site-packages"))
    found: dict[str, Distribution] = {}
    for one in distributions(path=[str(site)]):
        found[canonicalize_name(one.metadata["Name"])] = one
    return found, site.parent.name.removeprefix("python")


def write(path: Path, extra: str, environment: str, python: str, pinned: dict[str, str]) -> None:
    lines = [f"{name}=={version}\n" for name, version in sorted(pinned.items())]
    path.write_text(HEADER.format(extra=extra, environment=environment, python=python) + "".join(lines))
    print(f"{path.relative_to(ROOT)}: {len(lines)} packages")  # noqa: T201


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m assistant.setup.lock", description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="first bring both environments up to date")
    upgrade = parser.parse_args().upgrade
    extras: dict[str, list[str]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    locks = ROOT / "requirements"
    try:
        for name, names in (("platform", ["platform", "test"]), ("dialogue", ["dialogue"])):
            environment = ROOT / ".venv" / name
            if upgrade:
                wanted = [line for extra in names for line in extras[extra]] + ALSO[name]
                pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--upgrade"]
                subprocess.run([*pip, "--upgrade-strategy=eager", *wanted], check=True)  # noqa: S603
            installed, python = installed_in(environment)
            base = closure([*extras[name], *ALSO[name]], installed, python)
            write(locks / f"{name}.lock", name, name, python, base)
            for extra in names[1:]:
                more = closure(extras[extra], installed, python)
                write(locks / f"{extra}.lock", extra, name, python, {k: v for k, v in more.items() if k not in base})
    except Missing as error:
        sys.exit(f"{error}. Bring the environments in line with pyproject.toml: make lock UPGRADE=1")
    except subprocess.CalledProcessError as error:
        sys.exit(f"pip could not upgrade .venv/{name} (exit {error.returncode})")


if __name__ == "__main__":
    main()
