"""A sync from beginning to end: the list, then the records that are due, then the import."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from knowledge_base import catalogue_snapshot as snapshot
from knowledge_base.catalogue import import_paths
from knowledge_base.errors import BadInput, Unavailable
from knowledge_base.importers import read_records
from knowledge_base.procedure import Procedure
from knowledge_base.sync.checkpoint import Checkpoint, Kept, digest
from knowledge_base.sync.client import PAGE_SIZE, CallFailed, OutOfTime, Page, PortalClient, unavailable
from knowledge_base.sync.diff import Change, Failed, Kind, SyncReport, compare, gone

FAILURES_IN_A_ROW = 3  # then it is the portal, not the record
_REPEATS = 2  # how often a page that brings nothing new is asked for again

Progress = Callable[[str, int, int], None]  # stage, done, of how many (0: not known)


@dataclass(frozen=True, slots=True)
class Options:
    """`limit`: records fetched at most.  `full`: every record not fetched on the day of this run or since."""

    limit: int | None = None
    full: bool = False
    dry_run: bool = False


def sync_portal(
    client: PortalClient,
    data_dir: Path,
    today: Callable[[], dt.date],
    options: Options | None = None,
    progress: Progress | None = None,
) -> SyncReport:
    """Brings the snapshot under `data_dir` up to the portal.  `today` gives the date in Hanoi.

    Whatever ends it, what was fetched is imported (not by a dry run), and the next call goes on from there.

    Raises:
        Conflict: (`CATALOGUE_BUSY`) another sync runs on this data directory.
        Unavailable: (`CATALOGUE_SOURCE_DOWN`) the portal is down or blocks us; `data["reason"]` is `down` or
            `blocked`, `data["report"]` the `SyncReport` of what was done before.
    """
    options = options or Options()
    told = progress or _silent
    started = time.monotonic()
    report = SyncReport(dry_run=options.dry_run)
    failure: Unavailable | None = None
    with Checkpoint.open(data_dir, client.portal, today()) as state:
        held = _held(data_dir)
        report.carried_over = len(state.details)
        try:
            _read_list(client, state, held, today(), options, told)
            _fetch(client, state, held, today, options, told, report)
        except OutOfTime:
            report.stopped = "out of time"
        except Unavailable as error:
            failure = error
            report.stopped = str(error.data["reason"])
        _conclude(state, data_dir, held, today(), options, told, report)
    report.seconds = round(time.monotonic() - started, 2)
    if failure is not None:
        raise Unavailable(failure.code, failure.detail, reason=report.stopped, report=report) from failure
    return report


def _silent(stage: str, done: int, total: int) -> None:
    """For callers that do not want to know."""


def _held(data_dir: Path) -> dict[str, Procedure]:
    """The snapshot in use; a damaged one counts as none: everything is due, and the import cures it."""
    try:
        return snapshot.read(data_dir)
    except BadInput:
        return {}


def _read_list(
    client: PortalClient, state: Checkpoint, held: Mapping[str, Procedure], today: dt.date, options: Options,
    told: Progress,
) -> None:  # fmt: skip
    repeats = 0
    while not state.ended:
        if options.limit is not None and len(state.due(held, today, full=options.full)) >= options.limit:
            return
        told("reading the list", len(state.listed), state.total or 0)
        try:
            page = client.page(state.cursor)
        except CallFailed as error:
            raise unavailable("down", f"list of procedures: {error}") from error
        fresh = state.add_page(page)
        if not state.listed:
            raise unavailable("down", "list of procedures: the portal says that it is empty")
        missing = page.total is not None and len(state.listed) < page.total
        if not fresh and missing and repeats < _REPEATS:
            repeats += 1
            continue
        state.turn(page, ended=_ends(page, state.cursor, fresh, missing=missing))
    told("reading the list", len(state.listed), state.total or 0)


def _ends(page: Page, cursor: str, fresh: int, *, missing: bool) -> bool:
    """Whether no page follows.  A short page ends the list, unless the portal counts more procedures than we have."""
    if not fresh or not page.last_id or page.last_id == cursor:
        return True
    return len(page.items) < PAGE_SIZE and not missing


def _fetch(
    client: PortalClient, state: Checkpoint, held: Mapping[str, Procedure], today: Callable[[], dt.date],
    options: Options, told: Progress, report: SyncReport,
) -> None:  # fmt: skip
    due = state.due(held, today(), full=options.full)
    chosen = due if options.limit is None else due[: options.limit]
    in_a_row = 0
    for number, item in enumerate(chosen):
        told("fetching records", number, len(chosen))
        try:
            record = client.detail(item.id)
        except CallFailed as error:
            report.failed.append(Failed(code=item.code, reason=str(error)))
            in_a_row += 1
            if in_a_row >= FAILURES_IN_A_ROW:
                raise unavailable("down", f"{in_a_row} records failed in a row, the last: {error}") from error
            continue
        in_a_row = 0
        state.add_detail(item, record, today())
        report.fetched += 1
    told("fetching records", len(chosen), len(chosen))
    if len(chosen) < len(due) or not state.ended:
        report.stopped = "limit"


def _conclude(
    state: Checkpoint, data_dir: Path, held: Mapping[str, Procedure], today: dt.date, options: Options,
    told: Progress, report: SyncReport,
) -> None:  # fmt: skip
    report.listed = len(state.listed)
    report.list_whole = state.whole
    report.remaining = len(state.due(held, today, full=options.full))
    changes = list(_changes(state, held, today))
    report.enter(change for _, change in changes)
    if state.whole:
        report.gone = gone(held, (item.code for item in state.listed.values()))
    if options.dry_run:
        return
    if state.details:
        told("importing", 0, 0)
        report.catalogue = import_paths([state.details_file], data_dir, today)
    done = {key: _noted(state.details[key], change) for key, change in changes}
    state.commit(done, finished=not report.stopped)


def _changes(state: Checkpoint, held: Mapping[str, Procedure], today: dt.date) -> Iterator[tuple[str, Change]]:
    """The records fetched, by id, each against the catalogue; what is byte for byte as before is not read again."""
    if not state.details:
        return
    latest: dict[str, Change] = {}
    for raw in read_records(state.details_file):
        record = raw.record or {}
        key = str(record.get("id"))
        known = state.known.get(key)
        if key not in state.details:
            continue
        if known is not None and known.content == digest(record) and known.code in held and not known.aside:
            latest[key] = Change(kind=Kind.SAME, code=known.code, name=held[known.code].name)
        else:
            latest[key] = compare(record, held, today)
    yield from latest.items()


def _noted(kept: Kept, change: Change) -> Kept:
    return kept.model_copy(update={"code": change.code, "aside": change.reason})
