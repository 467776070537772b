"""`tthc catalogue sync` against the portal on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.cli import app
from assistant.settings import settings
from knowledge_base import catalogue_snapshot as snapshot
from knowledge_base.errors import ErrorCode, Unavailable
from tests.knowledge_base.sync.portal import Portal, rejected, serving


@pytest.fixture
def portal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Portal]:
    with serving(Portal(6)) as running:
        monkeypatch.setenv("TTHC_PORTAL_URL", running.url)
        monkeypatch.setenv("TTHC_PORTAL_PAUSE_S", "0")
        monkeypatch.setenv("TTHC_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        settings.cache_clear()
        yield running
    settings.cache_clear()


def test_dry_run_then_the_real_one(portal: Portal, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    dry = CliRunner().invoke(app, ["catalogue", "sync", "--dry-run", "--limit", "2", "--report", str(report)])
    assert dry.exit_code == 0, dry.output
    assert "new 2, changed 0" in dry.output
    assert "dry run" in dry.output
    assert [item["code"] for item in json.loads(report.read_text(encoding="utf-8"))["new"]] == ["9.000006", "9.000005"]
    assert snapshot.read(tmp_path) == {}
    real = CliRunner().invoke(app, ["catalogue", "sync"])
    assert real.exit_code == 0, real.output
    assert "fetched 4, carried over 2" in real.output
    assert sorted(snapshot.read(tmp_path)) == [f"9.{number:06d}" for number in range(1, 7)]
    assert (tmp_path / "index" / "current.json").exists()  # search knows them


def test_a_block_is_told_after_what_was_done(portal: Portal, tmp_path: Path) -> None:
    portal.always["mau-000004"] = rejected
    found = CliRunner().invoke(app, ["catalogue", "sync"])
    assert isinstance(found.exception, Unavailable)
    assert found.exception.code is ErrorCode.CATALOGUE_SOURCE_DOWN
    assert "firewall refuses" in found.exception.detail
    assert "stopped: blocked" in found.output
    assert sorted(snapshot.read(tmp_path)) == ["9.000005", "9.000006"]
