"""Lock files: what they hold, and how they are made."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path

import pytest
import tomllib
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from assistant.setup.lock import ROOT, Missing, closure

PIN = re.compile(r"[a-z0-9.-]+==[0-9][0-9a-z.]*")


def pins(name: str) -> dict[str, str]:
    lines = (ROOT / "requirements" / f"{name}.lock").read_text().splitlines()
    kept = [line for line in lines if not line.startswith("#")]
    assert all(PIN.fullmatch(line) for line in kept), "hosts, paths and local builds have no place in a lock file"
    return dict(line.split("==") for line in kept)


@pytest.mark.parametrize("name", ["platform", "dialogue", "test"])
def test_a_lock_file_meets_its_extra(name: str) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    pinned = {**pins("platform"), **pins("test")} if name == "test" else pins(name)
    for line in extras[name]:
        need = Requirement(line)
        assert need.specifier.contains(pinned[canonicalize_name(need.name)]), line


def test_the_platform_lock_serves_older_patch_releases_too() -> None:
    assert {"aiolimiter", "async-timeout", "setuptools"} <= set(pins("platform"))
    assert not set(pins("platform")) & set(pins("test"))


def made(folder: Path, name: str, version: str, *requires: str) -> Distribution:
    place = folder / f"{name}-{version}.dist-info"
    place.mkdir()
    lines = [f"Requires-Dist: {line}\n" for line in requires]
    (place / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n" + "".join(lines))
    return PathDistribution(place)


def test_everything_behind_a_requirement_is_pinned_and_nothing_else(tmp_path: Path) -> None:
    installed = {
        "web": made(tmp_path, "Web", "2.0", "Core.Parts>=1", 'fast; extra == "speed"', 'old; python_version < "3.9"'),
        "core-parts": made(tmp_path, "Core.Parts", "1.5+cpu", "web"),
        "fast": made(tmp_path, "fast", "3.0"),
        "unrelated": made(tmp_path, "unrelated", "1.0"),
    }
    assert closure(["web"], installed, "3.11") == {"web": "2.0", "core-parts": "1.5"}
    assert closure(["web[speed]"], installed, "3.11")["fast"] == "3.0"


def test_an_environment_that_does_not_meet_the_project_is_refused(tmp_path: Path) -> None:
    installed = {"web": made(tmp_path, "web", "2.0")}
    with pytest.raises(Missing, match=r"2\.0 is installed"):
        closure(["web>=3"], installed, "3.11")
    with pytest.raises(Missing, match="gone is not installed"):
        closure(["gone"], installed, "3.11")
