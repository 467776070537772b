"""A renewed catalogue is opened beside the one in use; nobody waits, and nothing is closed under a question."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from assistant import knowledge as module
from assistant.knowledge import Knowledge, open_search
from knowledge_base.errors import BadInput, ErrorCode, Unavailable
from tests.assistant.whole_platform import make_settings


class Index:
    def __init__(self) -> None:
        self.closed = threading.Event()

    def close(self) -> None:
        assert not self.closed.is_set(), "closed twice"
        self.closed.set()


@dataclass
class Search:
    number: int
    index: Index = field(default_factory=Index)

    def __len__(self) -> int:
        return self.number


@dataclass
class Opener:
    """Stands for `open_search`: counts, waits at the gate, fails when told to."""

    gate: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    fault: Exception | None = None
    made: list[Search] = field(default_factory=list)
    asked: int = 0

    def __call__(self, _: Any) -> Search:
        self.asked += 1
        self.begun.set()
        assert self.gate.wait(10)
        if self.fault is not None:
            raise self.fault
        self.made.append(Search(self.asked))
        return self.made[-1]


@dataclass
class Bench:
    knowledge: Knowledge
    opener: Opener
    folders: dict[str, Path]

    def now(self) -> Any:
        return self.knowledge.search()

    def renewed(self) -> None:
        """Waits for the renewal under way."""
        thread = self.knowledge._renewing
        assert thread is not None
        thread.join(10)
        assert self.knowledge._renewing is None


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    opener = Opener()
    opener.gate.set()
    folders = {name: tmp_path / name for name in ("data", "curated", "phrasings")}
    for folder in folders.values():
        folder.mkdir()
    monkeypatch.setattr(module, "open_search", opener)
    monkeypatch.setattr(module, "CURATED", folders["curated"])
    monkeypatch.setattr(module, "PHRASINGS", folders["phrasings"])
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.0)
    monkeypatch.setattr(module, "TRY_AGAIN_S", 0.0)
    monkeypatch.setattr(module, "LEAVE_AFTER_S", 0.0)
    bench = Bench(Knowledge(make_settings(folders["data"])), opener, folders)
    yield bench
    opener.gate.set()
    bench.knowledge.close()


def write(path: Path, moment: float = 2_000_000_000) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x", encoding="utf-8")
    os.utime(path, (moment, moment))


CHANGES: list[Callable[[Bench], None]] = [
    lambda b: write(b.folders["data"] / "catalogue/manifest.json"),
    lambda b: write(b.folders["data"] / "encoder/tthc.json"),
    lambda b: write(b.folders["curated"] / "ho-tich/1.001193.yml"),
    lambda b: write(b.folders["phrasings"] / "ho-tich.jsonl"),
]


@pytest.mark.parametrize("change", CHANGES, ids=["catalogue", "encoder", "curated", "phrasings"])
def test_the_old_search_answers_until_the_new_one_stands(bench: Bench, change: Callable[[Bench], None]) -> None:
    old = bench.now()
    assert bench.now() is old
    assert bench.opener.asked == 1
    bench.opener.gate.clear()
    bench.opener.begun.clear()
    change(bench)
    assert bench.now() is old
    assert bench.opener.begun.wait(10)
    assert [bench.now() for _ in range(5)] == [old] * 5
    assert bench.opener.asked == 2, "one renewal at a time"
    assert not old.index.closed.is_set()
    bench.opener.gate.set()
    bench.renewed()
    new = bench.now()
    assert (new is old, len(new)) == (False, 2)
    assert old.index.closed.wait(10)
    assert not new.index.closed.is_set()


def test_a_record_taken_away_is_a_change_too(bench: Bench) -> None:
    path = bench.folders["curated"] / "ho-tich/1.001193.yml"
    write(path, moment=1)
    old = bench.now()
    path.unlink()
    os.utime(path.parent, (2_000_000_000, 2_000_000_000))
    bench.now()
    bench.renewed()
    assert bench.now() is not old


def test_a_replaced_index_is_closed_later_not_at_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEAVE_AFTER_S", 3600.0)
    old = bench.now()
    CHANGES[0](bench)
    bench.now()
    bench.renewed()
    assert not old.index.closed.is_set()
    bench.knowledge.close()
    assert old.index.closed.is_set(), "but with the platform at the latest"


@pytest.mark.parametrize("fault", [Unavailable(ErrorCode.SEARCH_DOWN), BadInput(ErrorCode.BAD_FILE), OSError()])
def test_a_renewal_that_fails_leaves_the_old_search_and_is_tried_again(bench: Bench, fault: Exception) -> None:
    old = bench.now()
    bench.opener.fault = fault
    CHANGES[2](bench)
    bench.now()
    bench.renewed()
    assert bench.knowledge._search is old
    bench.opener.fault = None
    assert bench.now() is old
    bench.renewed()
    assert bench.now() is not old


def test_without_any_search_it_is_said_and_not_tried_at_each_question(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.opener.fault = Unavailable(ErrorCode.SEARCH_DOWN)
    monkeypatch.setattr(module, "LOOK_EVERY_S", 3600.0)
    for _ in range(3):
        with pytest.raises(Unavailable):
            bench.now()
    assert bench.opener.asked == 1


def test_a_renewal_that_ends_after_the_platform_closes_its_own_index(bench: Bench) -> None:
    bench.now()
    bench.opener.gate.clear()
    CHANGES[0](bench)
    bench.now()
    thread = bench.knowledge._renewing
    assert thread is not None
    bench.knowledge.close()
    bench.opener.gate.set()
    thread.join(10)
    assert [search.index.closed.is_set() for search in bench.opener.made] == [True, True]
    with pytest.raises(Unavailable):
        bench.now()


def test_a_real_search_is_renewed_while_it_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.0)
    monkeypatch.setattr(module, "LEAVE_AFTER_S", 3600.0)
    monkeypatch.setattr(module, "PHRASINGS", tmp_path / "phrasings")
    assert module.open_search is open_search
    knowledge = Knowledge(make_settings(tmp_path))
    old = knowledge.search()
    write(tmp_path / "phrasings/ho-tich.jsonl")
    knowledge.search()
    thread = knowledge._renewing
    assert thread is not None
    assert old.search("cấp lại căn cước bị mất").best is not None
    thread.join(60)
    new = knowledge.search()
    assert new is not old
    for search in (old, new):  # a question that began before the change may still be under way
        assert search.search("cấp lại căn cước bị mất").best is not None
    knowledge.close()
    for search in (old, new):
        with pytest.raises(Unavailable):
            search.search("cấp lại căn cước bị mất")
