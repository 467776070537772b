"""What a sync has done so far, under `<data dir>/catalogue/sync/`, so that a killed one goes on where it was.

    run.json              the run in progress: day of its start, cursor of the list, whether the list has ended
    listed.jsonl          the list as read so far, one item a line
    portal_details.jsonl  records fetched and not yet imported, each with its day: the codes done
    known.json            what earlier syncs brought in: hashes of list item and record, and the day

A line goes to disk before the state that counts it; a line cut by a kill is dropped and fetched again.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from knowledge_base import catalogue_snapshot as snapshot
from knowledge_base.errors import Conflict, ErrorCode
from knowledge_base.importers import clean
from knowledge_base.sync.client import Page

FOLDER = "sync"
LIST_DAYS = 1  # an older list is read anew
MAX_AGE_DAYS = 30  # a record whose list item has not changed is fetched again after so long
_INTERNAL = ("STANDARD_INTERNAL", "INTERCONNECTED_INTERNAL")
_M = TypeVar("_M", bound=BaseModel)


class Listed(BaseModel):
    """An item of the list."""

    model_config = ConfigDict(frozen=True)

    id: str
    code: str
    hash: str
    wanted: bool  # not between offices, not another province's own


class Kept(BaseModel):
    """A record fetched: hash of its list item then, of its content, and the day in Hanoi."""

    listed: str
    content: str
    fetched_on: dt.date
    code: str = ""
    aside: str = ""  # why it did not enter the catalogue


class _Run(BaseModel):
    portal: str
    started_on: dt.date
    cursor: str = ""
    complete: bool = False
    total: int | None = None


class _Known(BaseModel):
    portal: str
    records: dict[str, Kept]


class Checkpoint:
    """Use `Checkpoint.open`; one process at a time."""

    def __init__(self, folder: Path, portal: str, today: dt.date) -> None:
        self._run_file = folder / "run.json"
        self._list_file = folder / "listed.jsonl"
        self._known_file = folder / "known.json"
        self.details_file = folder / "portal_details.jsonl"
        self.listed: dict[str, Listed] = {}
        self.details: dict[str, Kept] = {}
        self.known: dict[str, Kept] = {}
        known = _load(self._known_file, _Known)
        run = _load(self._run_file, _Run)
        if known is not None and known.portal == portal:
            self.known = known.records
        if run is not None and run.portal != portal:
            self.details_file.unlink(missing_ok=True)
            run = None
        if run is None or not 0 <= (today - run.started_on).days <= LIST_DAYS:
            run = _Run(portal=portal, started_on=today)
            self._list_file.unlink(missing_ok=True)
            _replace(self._run_file, run)
        self._run = run
        items = (_item(line) for line in _sound_lines(self._list_file))
        self.listed = {item.id: item for item in items if item is not None}
        for record in _sound_lines(self.details_file):
            with contextlib.suppress(KeyError, TypeError, ValidationError):
                self.details[record["id"]] = _kept(record)

    @classmethod
    @contextlib.contextmanager
    def open(cls, data_dir: Path, portal: str, today: dt.date) -> Iterator[Checkpoint]:
        """Raises Conflict (`CATALOGUE_BUSY`) while another sync runs on this data directory."""
        folder = snapshot.folder(data_dir) / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Conflict(ErrorCode.CATALOGUE_BUSY, "another sync is running") from None
            yield cls(folder, portal, today)

    @property
    def cursor(self) -> str:
        return self._run.cursor

    @property
    def ended(self) -> bool:
        """The list was read as far as it goes."""
        return self._run.complete

    @property
    def total(self) -> int | None:
        return self._run.total

    @property
    def whole(self) -> bool:
        """The list was read to its end and holds as many procedures as the portal counts: what is missing is gone."""
        return self.ended and len(self.listed) >= (self.total or 1)

    def add_page(self, page: Page) -> int:
        """Notes the items of a page; how many were not there before.  The cursor is moved by `turn`."""
        fresh = [_listed(item) for item in page.items if item["id"] not in self.listed]
        fresh = list({item.id: item for item in fresh}.values())
        if fresh:
            _append(self._list_file, (item.model_dump() for item in fresh))
            self.listed.update((item.id, item) for item in fresh)
        return len(fresh)

    def turn(self, page: Page, *, ended: bool) -> None:
        """Moves the cursor behind `page`."""
        update = {"cursor": page.last_id, "complete": ended, "total": page.total or self._run.total}
        self._run = self._run.model_copy(update=update)
        _replace(self._run_file, self._run)

    def due(self, held: Iterable[str], today: dt.date, *, full: bool) -> list[Listed]:
        """The items to fetch, newest first: never fetched, listed otherwise than then, not held, or long ago.

        `held`: codes the catalogue has.  `full`: everything not fetched since this run began.
        """
        codes = set(held)
        chosen: dict[str, Listed] = {}
        for item in self.listed.values():
            if item.wanted:
                chosen.setdefault(item.code or item.id, item)  # of two records of one code the newer
        return [item for item in chosen.values() if self._is_due(item, codes, today, full=full)]

    def _is_due(self, item: Listed, held: set[str], today: dt.date, *, full: bool) -> bool:
        fetched = self.details.get(item.id)
        kept = fetched or self.known.get(item.id)
        if kept is None or kept.listed != item.hash or (today - kept.fetched_on).days > MAX_AGE_DAYS:
            return True
        if full and kept.fetched_on < self._run.started_on:
            return True
        return fetched is None and not kept.aside and kept.code not in held

    def add_detail(self, item: Listed, record: Mapping[str, Any], today: dt.date) -> None:
        marked = {**record, "_crawled_on": today.isoformat(), "_listed": item.hash}
        _append(self.details_file, [marked])
        self.details[item.id] = _kept(marked)

    def commit(self, done: Mapping[str, Kept], *, finished: bool) -> None:
        """After the import: `done` becomes known; a finished run leaves nothing else behind."""
        known = {**self.known, **done}
        if finished and self.whole:
            known = {key: kept for key, kept in known.items() if key in self.listed}
        self.known = known
        _replace(self._known_file, _Known(portal=self._run.portal, records=known))
        self.details_file.unlink(missing_ok=True)
        self.details = {}
        if finished:
            self._run_file.unlink(missing_ok=True)
            self._list_file.unlink(missing_ok=True)


def digest(value: Mapping[str, Any]) -> str:
    """sha256 of a JSON object, whatever the order of its keys; keys of our own (`_…`) left out."""
    content = {key: part for key, part in value.items() if not key.startswith("_")}
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _kept(record: Mapping[str, Any]) -> Kept:
    return Kept(listed=record["_listed"], content=digest(record), fetched_on=record["_crawled_on"])


def _listed(item: Mapping[str, Any]) -> Listed:
    code = clean.line(str(item.get("code") or item.get("codeNotation") or ""))
    return Listed(id=item["id"], code=code, hash=digest(item), wanted=_wanted(item))


def _wanted(item: Mapping[str, Any]) -> bool:
    """Spares the portal calls for what the import would set aside; in doubt the record itself decides."""
    kind = item.get("type")
    issuer = clean.line(str(item.get("departmentPromulgate") or "")).casefold()
    elsewhere = kind == "SPECIFIC" and issuer.startswith("ubnd ") and "hà nội" not in issuer
    return kind not in _INTERNAL and not elsewhere


def _item(line: Mapping[str, Any]) -> Listed | None:
    try:
        return Listed.model_validate(line)
    except ValidationError:
        return None


def _load(path: Path, model: type[_M]) -> _M | None:
    try:
        return TypeAdapter(model).validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def _sound_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file that is only ever added to; it is cut behind the last sound line, to be added to again."""
    good = 0
    try:
        with path.open("rb+") as file:
            for line in file:
                try:
                    value = orjson.loads(line) if line.endswith(b"\n") else None
                except orjson.JSONDecodeError:
                    value = None
                if not isinstance(value, dict):
                    break
                good += len(line)
                yield value
            file.truncate(good)
    except FileNotFoundError:
        return


def _append(path: Path, values: Iterable[Mapping[str, Any]]) -> None:
    with path.open("ab") as file:
        file.write(b"".join(orjson.dumps(value) + b"\n" for value in values))
        file.flush()
        os.fsync(file.fileno())


def _replace(path: Path, value: BaseModel) -> None:
    temporary = path.with_name(f".{path.name}.new")
    with temporary.open("wb") as file:
        file.write(value.model_dump_json().encode())
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
