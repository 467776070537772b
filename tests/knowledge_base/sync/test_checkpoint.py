"""Going on after a kill, cut lines, another day, another portal, a second sync."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge_base import catalogue_snapshot as snapshot
from knowledge_base.errors import Conflict, ErrorCode
from knowledge_base.sync import Options, PortalClient, sync_portal
from knowledge_base.sync.checkpoint import Checkpoint
from knowledge_base.sync.diff import SyncReport
from tests.knowledge_base.sync.portal import Portal, stall

TODAY = dt.date(2026, 11, 22)
SCRIPT = """
import datetime, sys
from pathlib import Path
from knowledge_base.sync import PortalClient, sync_portal
client = PortalClient(sys.argv[1], pause_s=0.0)
sync_portal(client, Path(sys.argv[2]), lambda: datetime.date(2026, 11, 22))
"""
Make = Callable[..., PortalClient]


def _sync(client: PortalClient, data_dir: Path, day: dt.date = TODAY, **options: bool) -> SyncReport:
    return sync_portal(client, data_dir, lambda: day, Options(**options))


@pytest.mark.parametrize("at", ["mau-000080", "mau-000021"], ids=["in the records", "in the list"])
def test_a_killed_sync_goes_on(at: str, portal: Portal, client: Make, tmp_path: Path) -> None:
    portal.faults[at].append(stall)
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, portal.url, str(tmp_path)])
    try:
        assert portal.reached.wait(60)
    finally:
        process.kill()
        process.wait()
    portal.release.set()
    asked = len(portal.requests)
    report = _sync(client(), tmp_path)
    assert (report.carried_over + report.fetched, len(report.new), report.list_whole) == (120, 120, True)
    assert len(snapshot.read(tmp_path)) == 120
    # only the call in which it was killed is made twice
    assert len(portal.requests) == 3 + 120 + 1
    assert portal.requests[asked][1] == at


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-9], lambda data: data + b'{"id": "mau', lambda data: data + b"\0"]
)
def test_a_cut_line_is_dropped(damage: Callable[[bytes], bytes], portal: Portal, client: Make, tmp_path: Path) -> None:
    _sync(client(), tmp_path, dry_run=True)
    file = tmp_path / "catalogue" / "sync" / "portal_details.jsonl"
    file.write_bytes(damage(file.read_bytes()))
    portal.forget()
    report = _sync(client(), tmp_path)
    assert report.carried_over + report.fetched == 120
    assert len(portal.details) <= 1
    assert len(snapshot.read(tmp_path)) == 120


def test_an_old_list_is_read_anew_and_the_records_are_kept(portal: Portal, client: Make, tmp_path: Path) -> None:
    _sync(client(), tmp_path, dry_run=True)
    portal.forget()
    portal.change(9, name="Cấp sổ tay mẫu, đổi tên")
    report = _sync(client(), tmp_path, TODAY + dt.timedelta(days=5))
    assert len(portal.pages) == 3
    assert portal.details == ["mau-000009"]
    assert len(report.new) == 120
    held = snapshot.read(tmp_path)
    assert held["9.000009"].name == "Cấp sổ tay mẫu, đổi tên"
    assert held["9.000010"].source.data_date == TODAY  # each record bears its own day


@pytest.mark.parametrize("name", ["run.json", "known.json", "listed.jsonl"])
def test_a_damaged_file_costs_calls_only(name: str, client: Make, tmp_path: Path) -> None:
    _sync(client(), tmp_path, dry_run=True)
    (tmp_path / "catalogue" / "sync" / name).write_bytes(b"{")
    assert len(_sync(client(), tmp_path).new) == 120
    assert len(snapshot.read(tmp_path)) == 120


def test_another_portal_begins_anew(portal: Portal, client: Make, tmp_path: Path) -> None:
    _sync(client(), tmp_path, dry_run=True)
    with Checkpoint.open(tmp_path, "https://other.example", TODAY) as state:
        assert (state.listed, state.details, state.known, state.cursor) == ({}, {}, {}, "")


def test_one_sync_at_a_time(portal: Portal, client: Make, tmp_path: Path) -> None:
    with Checkpoint.open(tmp_path, portal.url, TODAY), pytest.raises(Conflict) as caught:
        _sync(client(), tmp_path)
    assert caught.value.code is ErrorCode.CATALOGUE_BUSY
    assert portal.requests == []
