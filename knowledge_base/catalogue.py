"""The catalogue of procedures: imported records merged with the curated ones, in memory by code."""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path

from knowledge_base import catalogue_snapshot as snapshot
from knowledge_base.catalogue_report import FileRead, ImportReport, Problem, SetAside
from knowledge_base.catalogue_snapshot import Manifest
from knowledge_base.curated import Curated, merge, read_curated
from knowledge_base.errors import BadInput, ErrorCode, NotFound
from knowledge_base.importers import Layout, Raw, Reason, layout_of, parse, read_records, walk
from knowledge_base.joining import join, rank
from knowledge_base.phrasings import load_phrasings
from knowledge_base.procedure import Procedure
from knowledge_base.quality import judge

Progress = Callable[[int, Path], None]  # records read so far, file being read

_EVERY = 100  # records between two calls of Progress


class Catalogue:
    """Every procedure the assistant knows.  Not changed once made; a new import is loaded as a new catalogue."""

    def __init__(self, procedures: Iterable[Procedure], manifest: Manifest | None = None) -> None:
        self._by_code = {item.code: item for item in sorted(procedures, key=lambda item: item.code)}
        self.manifest = manifest

    @classmethod
    def load(cls, data_dir: Path, curated: Path | None = None, phrasings: Path | None = None) -> Catalogue:
        """The snapshot under `data_dir` (it may be missing) merged with the curated records and citizens' phrasings.

        Raises:
            BadInput: (`BAD_FILE`) the snapshot is damaged, or curated files are faulty (each named with its fault).
        """
        procedures = snapshot.read(data_dir)
        for record in read_curated(curated) if curated else read_curated():
            procedures[record.procedure.code] = _merged(procedures.get(record.procedure.code), record)
        for code, texts in (load_phrasings(phrasings) if phrasings else load_phrasings()).items():
            if code in procedures:
                known = procedures[code].phrasings
                added = [text for text in texts if text not in known]
                procedures[code] = procedures[code].model_copy(update={"phrasings": known + added})
        return cls(procedures.values(), snapshot.read_manifest(data_dir))

    def get(self, code: str) -> Procedure | None:
        return self._by_code.get(code)

    def require(self, code: str) -> Procedure:
        """Raises NotFound (`PROCEDURE_UNKNOWN`) for a code that is not in the catalogue."""
        found = self._by_code.get(code)
        if found is None:
            raise NotFound(ErrorCode.PROCEDURE_UNKNOWN, code)
        return found

    def __iter__(self) -> Iterator[Procedure]:
        return iter(self._by_code.values())

    def __len__(self) -> int:
        return len(self._by_code)

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    @cached_property
    def fingerprint(self) -> str:
        """sha256 of all content: what is built from the catalogue is stale when this differs."""
        digest = hashlib.sha256()
        for procedure in self:
            digest.update(procedure.model_dump_json(exclude_defaults=True).encode())
        return digest.hexdigest()


def _merged(imported: Procedure | None, record: Curated) -> Procedure:
    if imported is None:
        return record.procedure
    return merge(imported, record.procedure, override=record.override)


def import_paths(
    paths: Iterable[Path], data_dir: Path, today: dt.date, progress: Progress | None = None
) -> ImportReport:
    """Reads files and folders of any known layout into the snapshot under `data_dir`.

    A procedure already there is updated, never doubled; which of several records wins, and what the others fill, is
    told in `knowledge_base.joining`.  What cannot be used is set aside and named in the report.  `today` is the date in
    Hanoi.
    """
    started = time.monotonic()
    report = ImportReport()
    files = walk(paths)
    with snapshot.writing(data_dir):
        before = _before(data_dir)
        read: dict[str, Procedure] = {}
        for file in files:
            for procedure in _read_file(file, report, progress):
                known = read.get(procedure.code)
                read[procedure.code] = procedure if known is None else join(known, procedure)
                report.outdated += known is not None
        after = dict(before)
        for procedure in read.values():
            _enter(judge(procedure, today), after, report)
        report.total = len(after)
        if after != before:
            snapshot.write(data_dir, after, [file.name for file in files], today)
    _count_problems([after[code] for code in read], report)
    report.seconds = round(time.monotonic() - started, 2)
    return report


def _before(data_dir: Path) -> dict[str, Procedure]:
    """The snapshot in use; a damaged one counts as none, as importing again is its cure."""
    try:
        return snapshot.read(data_dir)
    except BadInput:
        return {}


def _enter(procedure: Procedure, after: dict[str, Procedure], report: ImportReport) -> None:
    known = after.get(procedure.code)
    joined = _in_order(procedure if known is None else join(known, procedure))
    if known is None:
        report.added += 1
    elif joined != known:
        report.updated += 1
    elif rank(procedure) < rank(known):
        report.outdated += 1
        return
    else:
        report.unchanged += 1
    report.joined += bool(joined.origins)
    report.names_only += joined.names_only
    after[procedure.code] = joined


def _in_order(procedure: Procedure) -> Procedure:
    """A joined record's issues in the order in which `join` leaves them, whether judged before or after."""
    if not procedure.origins:
        return procedure
    issues = sorted(procedure.issues, key=lambda issue: (issue.field, issue.problem, issue.action))
    return procedure.model_copy(update={"issues": issues})


def _read_file(file: Path, report: ImportReport, progress: Progress | None) -> Iterator[Procedure]:
    """The procedures of one file; the rest goes into the report."""
    entry = FileRead(file=str(file), layout=Layout.UNKNOWN)
    report.files.append(entry)
    done = sum(item.records for item in report.files)
    strange: SetAside | None = None  # one line a file for records that no importer reads
    for raw in read_records(file):
        if raw.record is None:
            report.set_aside.append(_aside(raw, raw.fault or Reason.BAD_JSON, raw.detail))
            continue
        entry.records += 1
        if progress and entry.records % _EVERY == 0:
            progress(done + entry.records, file)
        layout = layout_of(raw.record)
        if entry.layout is Layout.UNKNOWN:
            entry.layout = layout
        if layout is Layout.UNKNOWN:
            strange = _one_more(raw, strange)
            continue
        try:
            yield parse(raw.record)
        except BadInput as error:
            report.set_aside.append(_aside(raw, Reason(str(error.data["reason"])), error.detail))
    if strange:
        report.set_aside.append(strange)
    if progress:
        progress(done + entry.records, file)


def _aside(raw: Raw, reason: Reason, detail: str) -> SetAside:
    record = raw.record or {}
    code = record.get("ma_thu_tuc") or record.get("code") or record.get("Mã thủ tục:") or record.get("thu_tuc_id") or ""
    return SetAside(
        reason=reason, file=str(raw.path), line=raw.line, code=code if isinstance(code, str) else "", detail=detail
    )


def _one_more(raw: Raw, strange: SetAside | None) -> SetAside:
    if strange is None:
        return _aside(raw, Reason.UNKNOWN_LAYOUT, "no known layout of procedures")
    return strange.model_copy(update={"count": strange.count + 1})


def _count_problems(procedures: list[Procedure], report: ImportReport) -> None:
    counted: Counter[tuple[str, str, str]] = Counter()
    for procedure in procedures:
        actions = {issue.action for issue in procedure.issues}
        report.repaired += "repaired" in actions
        report.doubtful += "kept" in actions and not procedure.names_only
        counted.update((issue.field, issue.problem, issue.action) for issue in procedure.issues)
    report.problems = [
        Problem(field=field, problem=problem, action=action, records=number)
        for (field, problem, action), number in counted.most_common()
    ]
