"""The snapshot stays whole: kills, damage, imports at the same time."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from knowledge_base import catalogue_snapshot as snapshot
from knowledge_base.catalogue import import_paths
from knowledge_base.errors import BadInput, ErrorCode
from tests.knowledge_base.samples import API, PAGES, TODAY, made

# Dies by SIGKILL at the N-th time that a file is brought to disk: before or after each of the two renames.
KILLED = """
import datetime, os, signal, sys
from pathlib import Path
from knowledge_base.catalogue import import_paths
left = int(sys.argv[1])
sync = os.fsync
def dies(descriptor):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    sync(descriptor)
os.fsync = dies
import_paths([Path(sys.argv[2])], Path(sys.argv[3]), datetime.date(2026, 11, 22))
"""


@pytest.mark.parametrize(("moment", "codes"), [(1, 3), (2, 4), (3, 4), (4, 4)])
def test_a_kill_leaves_a_whole_snapshot(moment: int, codes: int, tmp_path: Path) -> None:
    import_paths([PAGES], tmp_path, TODAY)
    done = subprocess.run([sys.executable, "-c", KILLED, str(moment), str(API), str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(snapshot.read(tmp_path)) == codes
    report = import_paths([API], tmp_path, TODAY)  # the lock went with the process, the half-written file does no harm
    assert report.total == 4
    assert set(snapshot.read(tmp_path)) == {"9.000001", "9.000002", "9.000004", "9.000011"}


def test_content_survives_the_disk(tmp_path: Path) -> None:
    procedure = made(results=["Sổ"], phrasings=["làm sổ"])
    manifest = snapshot.write(tmp_path, {procedure.code: procedure}, ["a.jsonl"], TODAY)
    assert snapshot.read(tmp_path) == {procedure.code: procedure}
    assert snapshot.read_manifest(tmp_path) == manifest
    assert manifest.newest_data == procedure.source.data_date
    assert snapshot.write(tmp_path, {procedure.code: procedure}, ["a.jsonl"], TODAY).sha256 == manifest.sha256


def test_nothing_there(tmp_path: Path) -> None:
    assert snapshot.read(tmp_path) == {}
    assert snapshot.read_manifest(tmp_path) is None


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-20], lambda data: b"no gzip", lambda data: data[:40] + b"\0" * 40]
)
def test_a_damaged_snapshot_is_told_and_cured_by_importing(damage, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    import_paths([PAGES], tmp_path, TODAY)
    data = tmp_path / snapshot.FOLDER / snapshot.DATA
    data.write_bytes(damage(data.read_bytes()))
    with pytest.raises(BadInput, match="import the catalogue again") as caught:
        snapshot.read(tmp_path)
    assert caught.value.code is ErrorCode.BAD_FILE
    assert import_paths([PAGES], tmp_path, TODAY).added == 3
    assert len(snapshot.read(tmp_path)) == 3


def test_two_imports_at_once_lose_nothing(tmp_path: Path) -> None:
    script = (
        "import datetime, sys; from pathlib import Path; from knowledge_base.catalogue import import_paths;"
        "import_paths([Path(sys.argv[1])], Path(sys.argv[2]), datetime.date(2026, 11, 22))"
    )
    running = [subprocess.Popen([sys.executable, "-c", script, str(path), str(tmp_path)]) for path in (PAGES, API)]
    assert [process.wait(timeout=60) for process in running] == [0, 0]
    assert len(snapshot.read(tmp_path)) == 4
