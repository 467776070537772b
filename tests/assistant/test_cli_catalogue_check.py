"""`tthc catalogue check` on an imported sample."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.cli import app
from assistant.settings import settings
from knowledge_base.catalogue import import_paths

SAMPLES = Path(__file__).resolve().parent.parent / "samples"


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("TTHC_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def test_check_prints_and_writes(data_dir: Path) -> None:
    import_paths([SAMPLES], data_dir, dt.date(2026, 11, 22))
    target = data_dir / "check.json"
    result = CliRunner().invoke(app, ["catalogue", "check", "--json", str(target)])
    assert result.exit_code == 0, result.output
    assert "known by name alone" in result.output
    found = json.loads(target.read_text(encoding="utf-8"))
    assert found["layouts"]["portal_list"] == found["names_only"] == 2
    assert sum(found["trust"]["fees"].values()) == found["total"]
    assert found["faults"]
