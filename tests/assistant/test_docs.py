"""The documents against the code: every setting is told, every named file and every link is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import AliasChoices, SecretStr
from typer.main import get_command

from assistant.cli import app
from assistant.settings import ROOT, Settings

DOCS = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "CHANGELOG.md"])
SETTINGS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").split("\n## Settings\n")[1].split("\n## ")[0]
ROW = re.compile(r"^\| (`TTHC_[A-Z0-9_]+`[^|]*) \| ([^|]*) \| ([^|]+) \|$", re.MULTILINE)
ROWS = {tuple(re.findall(r"`(\w+)`", names)): (default, meaning) for names, default, meaning in ROW.findall(SETTINGS)}
ROOM_FILE = re.compile(r"`((?:assistant|actions|connectors|knowledge_base|training_data|tests|docs)/[\w./-]+)`")
LINK = re.compile(r"\]\(([^)#:]+)?(#[\w-]+)?\)")
COMMAND = re.compile(r"\btthc ([a-z]+)(?: ([a-z][a-z-]*))?")


def _names(field: str) -> tuple[str, ...]:
    alias = Settings.model_fields[field].validation_alias
    return tuple(map(str, alias.choices)) if isinstance(alias, AliasChoices) else (f"TTHC_{field.upper()}",)


def _shown(default: Any) -> str:
    value = default.get_secret_value() if isinstance(default, SecretStr) else default
    if isinstance(value, Path):
        value = value.relative_to(ROOT)
    if isinstance(value, bool):
        value = str(value).lower()
    return "empty" if value == "" else f"`{value}`"


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_is_told_with_its_default(field: str) -> None:
    default, meaning = ROWS[_names(field)]
    assert default == _shown(Settings.model_fields[field].default)
    assert meaning.strip()


def test_no_setting_is_told_that_does_not_exist() -> None:
    known = {name for field in Settings.model_fields for name in _names(field)}
    told = {name for path in DOCS for name in re.findall(r"\bTTHC_[A-Z0-9_]*[A-Z0-9]\b", path.read_text("utf-8"))}
    assert told <= known


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_named_files_are_there(path: Path) -> None:
    missing = [name for name in ROOM_FILE.findall(path.read_text(encoding="utf-8")) if not (ROOT / name).exists()]
    assert missing == []


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for file, place in LINK.findall(path.read_text(encoding="utf-8")):
        target = path.parent / file if file else path
        assert target.exists(), file
        if place:
            headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert place[1:] in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_named_commands_are_there() -> None:
    top: dict[str, Any] = get_command(app).commands  # type: ignore[attr-defined]
    for path in DOCS:
        for name, inner in COMMAND.findall("\n".join(re.findall(r"`([^`]+)`", path.read_text(encoding="utf-8")))):
            assert name in top, name
            if inner and hasattr(top[name], "commands"):
                assert inner in top[name].commands, f"{name} {inner}"
