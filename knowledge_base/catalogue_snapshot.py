"""The catalogue on disk: `<data dir>/catalogue/current.jsonl.gz` and its `manifest.json`.

A new snapshot is written beside the one in use, brought to disk and only then put in its place by a rename, the data
before the manifest: whoever reads meanwhile, or after a kill at any point, finds one whole snapshot.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import gzip
import hashlib
import io
import os
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from knowledge_base.errors import BadInput, ErrorCode
from knowledge_base.procedure import Procedure

FOLDER = "catalogue"
DATA = "current.jsonl.gz"
MANIFEST = "manifest.json"

_log = structlog.get_logger()


class Manifest(BaseModel):
    """What a snapshot holds.  Dates are days in Hanoi."""

    model_config = ConfigDict(extra="ignore")

    procedures: int
    layouts: dict[str, int]
    oldest_data: dt.date | None
    newest_data: dt.date | None
    imported_on: dt.date
    files: list[str]  # names only, no folders
    sha256: str  # of current.jsonl.gz


def folder(data_dir: Path) -> Path:
    return data_dir / FOLDER


@contextlib.contextmanager
def writing(data_dir: Path) -> Iterator[None]:
    """Held by one import at a time, over processes."""
    place = folder(data_dir)
    place.mkdir(parents=True, exist_ok=True)
    with (place / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def read(data_dir: Path) -> dict[str, Procedure]:
    """The procedures of the snapshot by code; empty where there is none.

    Raises:
        BadInput: (`BAD_FILE`) the snapshot is damaged; a new import makes it whole.
    """
    path = folder(data_dir) / DATA
    procedures: dict[str, Procedure] = {}
    try:
        packed = path.read_bytes()
        for line in gzip.decompress(packed).split(b"\n"):
            if line:
                procedure = Procedure.model_validate_json(line)
                procedures[procedure.code] = procedure
    except FileNotFoundError:
        return {}
    except (EOFError, OSError, zlib.error, ValidationError) as error:
        kind = type(error).__name__
        raise BadInput(ErrorCode.BAD_FILE, f"{path} is damaged ({kind}): import the catalogue again") from error
    manifest = read_manifest(data_dir)
    if manifest is not None and manifest.sha256 != hashlib.sha256(packed).hexdigest():
        # Killed between the two renames: the data is whole (gzip checks itself), only its description is old.
        _log.warning("catalogue_manifest_outdated", procedures=len(procedures))
    return procedures


def read_manifest(data_dir: Path) -> Manifest | None:
    """The manifest, or None where there is none that can be read."""
    try:
        return Manifest.model_validate_json((folder(data_dir) / MANIFEST).read_bytes())
    except (OSError, ValidationError):
        return None


def write(data_dir: Path, procedures: Mapping[str, Procedure], files: list[str], today: dt.date) -> Manifest:
    """Puts a new snapshot in the place of the old one.  Call inside `writing`."""
    place = folder(data_dir)
    place.mkdir(parents=True, exist_ok=True)
    packed = _pack(procedures)
    dates = [date for item in procedures.values() if (date := item.source.data_date)]
    manifest = Manifest(
        procedures=len(procedures),
        layouts=dict(sorted(Counter(item.source.layout for item in procedures.values()).items())),
        oldest_data=min(dates, default=None),
        newest_data=max(dates, default=None),
        imported_on=today,
        files=files,
        sha256=hashlib.sha256(packed).hexdigest(),
    )
    _replace(place / DATA, packed)
    _replace(place / MANIFEST, manifest.model_dump_json(indent=2).encode() + b"\n")
    return manifest


def _pack(procedures: Mapping[str, Procedure]) -> bytes:
    buffer = io.BytesIO()
    # No name and no time in the header: the same catalogue gives the same bytes.
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, compresslevel=6, mtime=0) as file:
        for code in sorted(procedures):
            file.write(procedures[code].model_dump_json(exclude_defaults=True).encode() + b"\n")
    return buffer.getvalue()


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.new")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
