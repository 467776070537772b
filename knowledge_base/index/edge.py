"""Qdrant Edge: the Rust engine in this process, on disk under the data directory.

Each rebuild goes to a new generation folder; a small file names the one in use and is replaced at the very end, so a
kill in the middle leaves the old generation whole.  The engine locks the folder it opens, so every process reads its
own copy of the generation (some 20 MB) and the command line may search while the platform runs.  One process
rebuilds at a time; one that waited takes up what the other built.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import weakref
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import qdrant_edge as qe
import structlog

from knowledge_base.errors import ErrorCode, Unavailable
from knowledge_base.index.port import Hit, Point, Probe, dense_name, sparse_name
from knowledge_base.index.views import DENSE_VIEWS, SPARSE_VIEWS

BATCH = 2000
log = structlog.get_logger()


class EdgeIndex:
    """`VectorIndex` on Qdrant Edge."""

    def __init__(self, room: Path) -> None:
        self.room = room
        self._current = room / "current.json"
        self._shard: Any = None
        self._codes: list[str] = []
        self._stamp = ""
        self._copy: Any = None
        self._open()

    def _open(self) -> None:
        self._shard, self._codes, self._stamp = None, [], ""
        state = self._state()
        if not state:
            return
        folder = self.room / state["folder"]
        self._clear_left_copies()
        copy = self.room / "open" / f"{os.getpid()}-{secrets.token_hex(4)}"
        try:
            shutil.copytree(folder / "shard", copy)
            self._codes = json.loads((folder / "codes.json").read_text(encoding="utf-8"))
            self._shard = qe.EdgeShard.load(str(copy))
            self._stamp = state["stamp"]
        except Exception as error:  # noqa: BLE001 - the engine raises plain Exception; a broken index is built anew
            log.warning("index unreadable, will be rebuilt", folder=folder.name, cause=repr(error))
            self._shard, self._codes = None, []
            shutil.rmtree(copy, ignore_errors=True)
            return
        self._copy = weakref.finalize(self, shutil.rmtree, copy, ignore_errors=True)

    def _state(self) -> dict[str, str]:
        try:
            state = json.loads(self._current.read_text(encoding="utf-8"))
            return {key: str(state[key]) for key in ("folder", "stamp")}
        except FileNotFoundError:
            return {}
        except (ValueError, TypeError, KeyError) as error:
            log.warning("index state unreadable, will be rebuilt", cause=repr(error))
            return {}

    def _clear_left_copies(self) -> None:
        """Copies of processes that were killed."""
        for copy in (self.room / "open").glob("*-*"):
            pid = copy.name.split("-")[0]
            if pid.isdigit() and not _alive(int(pid)):
                shutil.rmtree(copy, ignore_errors=True)

    def rebuild(self, points: Iterable[Point], dimension: int, stamp: str) -> None:
        try:
            self.room.mkdir(parents=True, exist_ok=True)
            with (self.room / ".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if stamp != self._stamp and self.refresh() and stamp == self._stamp:
                    return
                self._build(points, dimension, stamp)
        except OSError as error:
            raise Unavailable(ErrorCode.SEARCH_DOWN, f"{self.room}: {error!r}") from error

    def _build(self, points: Iterable[Point], dimension: int, stamp: str) -> None:
        generation = 1 + max((int(p.name[1:]) for p in self.room.glob("g[0-9]*")), default=0)
        folder = self.room / f"g{generation}"
        (folder / "shard").mkdir(parents=True)
        shard = qe.EdgeShard.create(
            str(folder / "shard"),
            qe.EdgeConfig(
                vectors={
                    dense_name(v): qe.EdgeVectorParams(size=dimension, distance=qe.Distance.Cosine)
                    for v in DENSE_VIEWS
                },
                sparse_vectors={sparse_name(v): qe.EdgeSparseVectorParams() for v in SPARSE_VIEWS},
            ),
        )
        codes: list[str] = []
        for batch in _batches(points, BATCH):
            shard.update(qe.UpdateOperation.upsert_points([_point(len(codes) + i, p) for i, p in enumerate(batch)]))
            codes.extend(point.code for point in batch)
        shard.optimize()
        shard.flush()
        shard.close()
        (folder / "codes.json").write_text(json.dumps(codes), encoding="utf-8")
        written = self._current.with_suffix(".new")
        written.write_text(json.dumps({"folder": folder.name, "stamp": stamp}), encoding="utf-8")
        os.replace(written, self._current)
        self.close()
        self._open()
        for old in self.room.glob("g[0-9]*"):
            if old != folder:
                shutil.rmtree(old, ignore_errors=True)

    def stamp(self) -> str:
        return self._stamp

    def refresh(self) -> bool:
        """Opens the generation in use if another process has built a newer one; whether it did."""
        if self._state().get("stamp", "") == self._stamp:
            return False
        self.close()
        self._open()
        return True

    def ask(self, probes: Sequence[Probe]) -> list[list[Hit]]:
        if self._shard is None:
            raise Unavailable(ErrorCode.SEARCH_DOWN, "no index on disk")
        try:
            answers = self._shard.query_batch(qe.QueryBatchRequest([_request(probe) for probe in probes]))
        except Exception as error:
            raise Unavailable(ErrorCode.SEARCH_DOWN, f"Qdrant Edge: {error!r}") from error
        return [[Hit(int(p.id), self._codes[int(p.id)], p.score) for p in answer] for answer in answers]

    def count(self) -> int:
        return len(self._codes)

    def close(self) -> None:
        if self._shard is not None:
            self._shard.close()
            self._shard = None
            self._copy()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _batches(points: Iterable[Point], size: int) -> Iterable[tuple[Point, ...]]:
    batch: list[Point] = []
    for point in points:
        batch.append(point)
        if len(batch) == size:
            yield tuple(batch)
            batch = []
    if batch:
        yield tuple(batch)


def _point(number: int, point: Point) -> Any:
    vectors: dict[str, Any] = {}
    if point.dense is not None:
        vectors[dense_name(point.view)] = list(point.dense)
    if point.sparse:
        vectors[sparse_name(point.view)] = qe.SparseVector(list(point.sparse), list(point.sparse.values()))
    return qe.Point(number, vectors, None)


def _request(probe: Probe) -> Any:
    if probe.dense is not None:
        query = qe.Query.Nearest(list(probe.dense), using=dense_name(probe.view))
    else:
        sparse = probe.sparse or {}
        query = qe.Query.Nearest(qe.SparseVector(list(sparse), list(sparse.values())), using=sparse_name(probe.view))
    return qe.QueryRequest(limit=probe.limit, query=query, with_payload=False, with_vector=False)
