"""The rooms as docs/architecture.md draws them: imports go one way, packages know no circle, files stay short."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from assistant.settings import ROOT

LONGEST = 400  # lines
MAY = {
    "knowledge_base": {"knowledge_base"},
    "actions": {"actions", "knowledge_base"},
    "assistant": {"assistant", "actions", "knowledge_base"},
    "connectors": {"connectors", "assistant", "actions", "knowledge_base"},
}
SEES_ALL = ("assistant/app/", "assistant/cli/talk.py")
OF_ASSISTANT = {"assistant.turn", "assistant.addresses"}  # what channels may know of it


def sources(room: str) -> Iterator[Path]:
    return (path.relative_to(ROOT) for path in sorted((ROOT / room).rglob("*.py")))


def imports(path: Path) -> set[str]:
    """Modules that a file names, our own ones."""
    found = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            submodules = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name for name in submodules if (ROOT / (name.replace(".", "/") + ".py")).exists()}
    return {name for name in found if name.split(".")[0] in MAY}


@pytest.mark.parametrize("room", MAY)
def test_imports_go_one_way(room: str) -> None:
    wrong = [
        f"{path}: {name}"
        for path in sources(room)
        if not path.as_posix().startswith(SEES_ALL)
        for name in imports(path)
        if name.split(".")[0] not in MAY[room]
    ]
    assert wrong == []


def test_channels_know_the_turn_and_little_else() -> None:
    known = {name for path in sources("connectors") for name in imports(path) if name.startswith("assistant.")}
    assert known == OF_ASSISTANT


def test_packages_of_actions_know_no_circle() -> None:
    def package(parts: tuple[str, ...]) -> str:
        return ".".join(parts[:2])

    known: dict[str, set[str]] = {}
    for path in sources("actions"):
        mine = package(path.with_suffix("").parts)
        others = {package(tuple(name.split("."))) for name in imports(path) if name.startswith("actions.")}
        known.setdefault(mine, set()).update(others - {mine})
    TopologicalSorter(known).prepare()  # raises CycleError, naming it


def test_no_file_is_long() -> None:
    long = {
        str(path): count
        for room in MAY
        for path in sources(room)
        if (count := len((ROOT / path).read_text(encoding="utf-8").splitlines())) > LONGEST
    }
    assert long == {}
