"""Reading single values out of another system's JSON: by path, strictly, and never guessed.

A path names keys from the outside in, with dots between them; `[key=value]` picks, out of a list of objects, the
one where `key` is `value`:  `procedure.name`,  `dossierStatus.name[languageId=228].name`.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from actions.clock import HANOI
from knowledge_base.errors import ErrorCode, Unavailable

ISO, EPOCH_MS = "iso", "epoch_ms"  # formats beside those of strptime
EARLIEST_YEAR = 1990  # before it stand only the zero dates by which some systems write "none"
_STEP = re.compile(r"(?P<key>[^.\[\]]+)(?:\[(?P<name>[^=\]]+)=(?P<value>[^\]]*)\])?(?:\.|$)")
_ISO_SHAPE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?", re.ASCII)
_MILLISECONDS = re.compile(r"-?\d{1,15}", re.ASCII)


def unreadable(what: str) -> Unavailable:
    """`what` names a field, never a value."""
    return Unavailable(ErrorCode.DOSSIER_SYSTEM_DOWN, f"record cannot be read: {what}")


def as_object(value: object, what: str = "not an object") -> dict[str, Any]:
    if not isinstance(value, dict):
        raise unreadable(what)
    return value


def at(raw: object, path: str) -> Any:
    """The value at `path`, or None where the path ends early."""
    value: Any = raw
    for key, name, wanted in _steps(path):
        value = value.get(key) if isinstance(value, dict) else None
        if name and value is not None:
            rows = value if isinstance(value, list) else ()
            value = next((row for row in rows if isinstance(row, dict) and str(row.get(name)) == wanted), None)
    return value


def first(raw: object, paths: list[str]) -> str:
    """The first filled value, as text; numbers and booleans in their JSON form.

    Raises:
        Unavailable: a list or an object stands where a value should.
    """
    for path in paths:
        value = at(raw, path)
        if value is None or value == "":
            continue
        if not isinstance(value, str | int | float):
            raise unreadable(path)
        if text := str(value).strip():
            return text
    return ""


def rows(raw: object, path: str) -> list[dict[str, Any]]:
    """The list of objects at `path`; empty when there is none."""
    found = at(raw, path) if path else None
    if found is None or found == "":
        return []
    if not isinstance(found, list):
        raise unreadable(path)
    return [as_object(row, path) for row in found]


def moment(raw: object, paths: list[str], formats: list[str], zone: str) -> dt.datetime | None:
    """The first filled date, in Asia/Ho_Chi_Minh.

    Args:
        paths: where it may stand; `{"$date": …}` around a value, as MongoDB writes it, is taken off.
        formats: of strptime, `iso`, or `epoch_ms` (milliseconds since 1970); the first that fits counts.
        zone: of times that bear none.

    Raises:
        Unavailable: a value is there that none of the formats fits.
    """
    for path in paths:
        value = _plain(at(raw, path) if path else None)
        text = str(value).strip() if isinstance(value, str | int) else ""
        if not text and value not in (None, ""):
            raise unreadable(f"date in {path}")
        if text:
            read = next((found for form in formats if (found := _read(text, form, zone)) is not None), None)
            if read is None:
                raise unreadable(f"date in {path}")
            return read.astimezone(HANOI) if read.year >= EARLIEST_YEAR else None
    return None


def _plain(value: object) -> object:
    """Without MongoDB's wrappers: `{"$date": "2026-…"}`, `{"$date": {"$numberLong": "1763…"}}`."""
    for wrapper in ("$date", "$numberLong"):
        if isinstance(value, dict) and wrapper in value:
            value = value[wrapper]
    return value


def _read(text: str, form: str, zone: str) -> dt.datetime | None:
    try:
        if form == EPOCH_MS:
            return dt.datetime.fromtimestamp(int(text) / 1000, dt.UTC) if _MILLISECONDS.fullmatch(text) else None
        if form == ISO:
            read = dt.datetime.fromisoformat(text) if _ISO_SHAPE.fullmatch(text) else None
        else:
            read = dt.datetime.strptime(text, form)  # noqa: DTZ007  the zone follows
            # strptime takes "2026112208" as 1 January 2026, 2:20:08: only what reads back the same is a date
            read = read if read.strftime(form) == text else None
    except (ValueError, OverflowError, OSError):
        return None
    if read is None or read.tzinfo is not None:
        return read
    return read.replace(tzinfo=ZoneInfo(zone))


@lru_cache(maxsize=512)
def _steps(path: str) -> tuple[tuple[str, str, str], ...]:
    return tuple((step["key"], step["name"] or "", step["value"] or "") for step in _STEP.finditer(path))
