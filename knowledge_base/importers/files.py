"""Files on disk to records: plain or gzip, one JSON document or one a line, folders walked.

Lines end at `\\n` only: the texts hold other line-like characters.  A fault is yielded as a `Raw` with its place, so
that a reader gets every sound record of a damaged file.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from knowledge_base.errors import BadInput, ErrorCode
from knowledge_base.importers.layout import Layout, Reason, layout_of

SUFFIXES = (".json", ".jsonl", ".json.gz", ".jsonl.gz")
_GZIP_MAGIC = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Raw:
    """One record as read, or the fault found in its place.  `line` counts from 1; 0 stands for the whole file."""

    path: Path
    line: int
    record: Mapping[str, Any] | None = None
    fault: Reason | None = None
    detail: str = ""

    @property
    def place(self) -> str:
        return f"{self.path}:{self.line}"


def walk(paths: Iterable[Path]) -> list[Path]:
    """The files of `paths` in order, folders replaced by the JSON files under them, each once."""
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = (file for file in path.rglob("*") if file.is_file() and file.name.endswith(SUFFIXES))
            found.update(dict.fromkeys(sorted(inside)))
        else:
            found.setdefault(path)
    return list(found)


def detect(path: Path) -> Layout:
    """The layout of a file, by its first sound record.

    Raises:
        BadInput: (`BAD_FILE`) when the file cannot be opened.
    """
    for raw in read_records(path):
        if raw.fault is Reason.UNREADABLE:
            raise BadInput(ErrorCode.BAD_FILE, f"{path}: {raw.detail}")
        if raw.record is not None:
            return layout_of(raw.record)
    return Layout.UNKNOWN


def read_records(path: Path) -> Iterator[Raw]:
    """Every record of a file, and every fault with its line.  Raises nothing for a bad file."""
    number = 0
    try:
        with _open(path) as file:
            for number, part in enumerate(file, start=1):
                if number == 1 and _is_one_document(part):
                    yield from _document(path, part + file.read())
                    return
                yield from _line(path, number, part)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        yield Raw(path, number + 1, fault=Reason.TRUNCATED, detail=str(error))
    except OSError as error:
        yield Raw(path, 0, fault=Reason.UNREADABLE, detail=error.strerror or str(error))


def _open(path: Path) -> gzip.GzipFile | BinaryIO:
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP_MAGIC
    return gzip.open(path, "rb") if packed else path.open("rb")


def _is_one_document(first: bytes) -> bool:
    """Whether a first line opens a document that goes on over several lines."""
    first = first.removeprefix(_BOM).strip()
    if not first.startswith((b"{", b"[")):
        return False
    return first in (b"{", b"[", b"[{") or not first.endswith((b"}", b"]"))


def _line(path: Path, number: int, part: bytes) -> Iterator[Raw]:
    text = part.removeprefix(_BOM).strip()
    if not text:
        return
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        yield Raw(path, number, fault=Reason.BAD_JSON, detail=str(error))
        return
    yield from _spread(path, number, value)


def _document(path: Path, text: bytes) -> Iterator[Raw]:
    try:
        value = orjson.loads(text.removeprefix(_BOM))
    except orjson.JSONDecodeError as whole:
        lines = list(enumerate(text.split(b"\n"), start=1))
        read = [raw for number, part in lines for raw in _line(path, number, part)]
        # A line-by-line file whose first line is cut holds sound records further down; a broken document does not.
        if any(raw.record is not None for raw in read):
            yield from read
        else:
            yield Raw(path, whole.lineno, fault=Reason.BAD_JSON, detail=str(whole))
        return
    yield from _spread(path, 1, value)


def _spread(path: Path, number: int, value: object) -> Iterator[Raw]:
    """The records of one decoded value: itself, the members of a list, or the items of a list answer."""
    if isinstance(value, list):
        for member in value:
            yield from _spread(path, number, member)
        return
    if not isinstance(value, dict):
        yield Raw(path, number, fault=Reason.BAD_JSON, detail=f"an object is wanted, not {type(value).__name__}")
        return
    data = value.get("data")
    items = data.get("items") if isinstance(data, dict) else None
    if isinstance(items, list):
        yield from _spread(path, number, items)
    else:
        yield Raw(path, number, record=value)
