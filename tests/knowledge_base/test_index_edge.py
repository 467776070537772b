"""Qdrant Edge on disk: several processes, kills, damaged files."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from knowledge_base.errors import ErrorCode, Unavailable
from knowledge_base.index.edge import EdgeIndex
from knowledge_base.index.port import Point, Probe
from knowledge_base.index.views import NAME

ROOT = Path(__file__).resolve().parents[2]
POINTS = [Point(i, f"9.00000{i}", NAME, [1.0, float(i)], {i + 1: 1.0}) for i in range(4)]
PROBE = Probe(NAME, 1, sparse={3: 1.0})

READ = """
import sys
from pathlib import Path
from knowledge_base.index.edge import EdgeIndex
from knowledge_base.index.port import Probe
index = EdgeIndex(Path(sys.argv[1]))
hits = index.ask([Probe("name", 1, sparse={3: 1.0})])[0]
print(index.stamp(), index.count(), hits[0].code)
index.close()
"""
# builds two batches and stops between them until it is told to go on
BUILD = """
import sys
from pathlib import Path
from knowledge_base.index.edge import BATCH, EdgeIndex
from knowledge_base.index.port import Point
def points():
    for number in range(BATCH + 4):
        if number == BATCH + 2:
            print("half", flush=True)
            sys.stdin.readline()
        yield Point(number, f"9.{number:06d}", "name", [1.0, 0.0], {number + 1: 1.0})
EdgeIndex(Path(sys.argv[1])).rebuild(points(), 2, "new")
"""


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """An index with the stamp "old"."""
    index = EdgeIndex(tmp_path / "index")
    index.rebuild(POINTS, 2, "old")
    index.close()
    return index.room


@contextlib.contextmanager
def opened(room: Path) -> Iterator[EdgeIndex]:
    index = EdgeIndex(room)
    try:
        yield index
    finally:
        index.close()


def generations(room: Path) -> list[str]:
    return sorted(path.name for path in room.glob("g[0-9]*"))


@contextlib.contextmanager
def half_built(room: Path) -> Iterator[subprocess.Popen[str]]:
    """A process in the middle of a rebuild."""
    program = [sys.executable, "-c", BUILD, str(room)]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_second_process_reads_while_the_first_holds_it_open(room: Path) -> None:
    with opened(room) as index:
        done = subprocess.run([sys.executable, "-c", READ, str(room)], capture_output=True, text=True, cwd=ROOT)
        assert done.stdout == "old 4 9.000002\n", done.stderr
        assert index.ask([PROBE])[0][0].code == "9.000002"


def test_readers_stay_on_the_old_one_while_another_process_builds(room: Path) -> None:
    with opened(room) as index, half_built(room) as process:
        assert not index.refresh()
        with opened(room) as late:
            assert late.ask([PROBE])[0][0].code == "9.000002"
        process.communicate("go\n")
        assert process.returncode == 0
        assert index.ask([PROBE])[0][0].code == "9.000002"  # its generation is gone, its copy is not
        assert index.refresh()
        assert (index.stamp(), index.count()) == ("new", 2004)


def test_a_kill_in_the_middle_of_a_rebuild_leaves_the_old_one_whole(room: Path) -> None:
    with half_built(room) as process:
        process.kill()
        process.wait()
    assert len(generations(room)) == 2
    with opened(room) as index:
        assert (index.stamp(), index.count()) == ("old", 4)
        assert index.ask([PROBE])[0][0].code == "9.000002"
        index.rebuild(POINTS[:3], 2, "new")
        assert (index.stamp(), index.count()) == ("new", 3)
    assert len(generations(room)) == 1
    assert list((room / "open").iterdir()) == []


def test_of_two_that_find_it_stale_one_builds(room: Path) -> None:
    def untouched() -> Iterator[Point]:
        raise AssertionError("built a second time")
        yield

    failures: list[BaseException] = []

    def rebuild(index: EdgeIndex) -> None:
        try:
            index.rebuild(untouched(), 2, "new")
        except BaseException as error:  # noqa: BLE001 - told to the test
            failures.append(error)

    with opened(room) as index, half_built(room) as process:
        waiting = threading.Thread(target=rebuild, args=(index,))
        waiting.start()
        process.communicate("go\n")
        waiting.join()
        assert not failures
        assert (index.stamp(), index.count()) == ("new", 2004)


def test_copies_of_dead_processes_are_removed_and_those_of_others_kept(room: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left, alive = room / "open" / f"{dead.pid}-abc", room / "open" / f"{os.getppid()}-abc"
    for folder in (left, alive):
        folder.mkdir(parents=True)
    with opened(room) as index:
        assert index.stamp() == "old"
        assert not left.exists()
        assert alive.exists()


def test_an_index_let_go_leaves_no_copy(room: Path) -> None:
    index = EdgeIndex(room)
    assert len(list((room / "open").iterdir())) == 1
    del index
    gc.collect()
    assert list((room / "open").iterdir()) == []


def test_closing_twice_is_harmless(room: Path) -> None:
    index = EdgeIndex(room)
    index.close()
    index.close()
    with pytest.raises(Unavailable) as caught:
        index.ask([PROBE])
    assert caught.value.code is ErrorCode.SEARCH_DOWN


def _state(room: Path, text: str) -> None:
    (room / "current.json").write_text(text, encoding="utf-8")


def _cut_shard(room: Path) -> None:
    for path in (room / "g1" / "shard").rglob("*"):
        if path.is_file():
            path.write_bytes(b"")


FAULTS: dict[str, Callable[[Path], object]] = {
    "no state": lambda room: (room / "current.json").unlink(),
    "state cut": lambda room: _state(room, '{"folder": "g1", "st'),
    "state not text": lambda room: (room / "current.json").write_bytes(b"\xff\xfe"),
    "state without folder": lambda room: _state(room, '{"stamp": "old"}'),
    "state without stamp": lambda room: _state(room, '{"folder": "g1"}'),
    "state of another shape": lambda room: _state(room, '["g1"]'),
    "folder gone": lambda room: _state(room, '{"folder": "g9", "stamp": "old"}'),
    "shard gone": lambda room: (room / "g1" / "shard").rename(room / "elsewhere"),
    "shard cut": _cut_shard,
    "codes gone": lambda room: (room / "g1" / "codes.json").unlink(),
    "codes cut": lambda room: (room / "g1" / "codes.json").write_text('["9.00', encoding="utf-8"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_damaged_index_is_empty_and_a_rebuild_cures_it(fault: str, room: Path) -> None:
    FAULTS[fault](room)
    with opened(room) as index:
        assert (index.stamp(), index.count()) == ("", 0)
        with pytest.raises(Unavailable):
            index.ask([PROBE])
        index.refresh()
        assert index.stamp() == ""
        index.rebuild(POINTS, 2, "old")
        assert (index.stamp(), index.count()) == ("old", 4)
        assert index.ask([PROBE])[0][0].code == "9.000002"
    with opened(room) as again:
        assert again.stamp() == "old"
    assert json.loads((room / "current.json").read_text(encoding="utf-8"))["folder"] == generations(room)[0]
    assert len(list((room / "open").iterdir())) == 0


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path / "index")
    (tmp_path / "index").write_text("", encoding="utf-8")
    with pytest.raises(Unavailable) as caught:
        index.rebuild(POINTS, 2, "new")
    assert caught.value.code is ErrorCode.SEARCH_DOWN
