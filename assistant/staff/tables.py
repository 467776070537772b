"""Day list and audit trail as CSV files that a spreadsheet opens without running anything in them."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence

from actions.appointments.counter_port import Act, Visit
from actions.wording import say

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_DAY_COLUMNS = ("number", "time", "lane", "state", "name", "phone", "procedure", "arrived", "called", "done", "desk")
_ACT_COLUMNS = ("time", "officer", "act", "number", "subject", "before", "after", "line", "undoes")


def safe_cell(text: str) -> str:
    """Text that begins like a formula, also in full-width letters, gets an apostrophe (OWASP CSV injection)."""
    begins = unicodedata.normalize("NFKC", text).lstrip(" ")[:1]
    return f"'{text}" if text.startswith(_FORMULA) or begins in _FORMULA else text


def day_csv(visits: Iterable[Visit], title_of: Callable[[str], str]) -> bytes:
    """The day list; phones with their last three digits only."""
    rows = [
        (
            visit.number,
            f"{visit.starts_at:%H:%M}",
            say(f"counter.lane_{visit.lane.value}"),
            say(f"counter.state_{visit.state.value}"),
            visit.name,
            masked(visit.phone_end),
            title_of(visit.procedure_code),
            _time(visit.arrived_at),
            _time(visit.called_at),
            _time(visit.done_at),
            visit.desk,
        )
        for visit in visits
    ]
    return _csv([say(f"counter.column_{name}") for name in _DAY_COLUMNS], rows)


def acts_csv(acts: Iterable[Act], names: Mapping[str, str]) -> bytes:
    rows = [
        (
            f"{act.at:%d/%m/%Y %H:%M:%S}",
            names.get(act.officer_id, act.officer_id),
            say(f"counter.act_{act.kind}"),
            act.number,
            names.get(act.subject, act.subject),
            json.dumps(act.before) if act.before else "",
            json.dumps(act.after) if act.after else "",
            str(act.id),
            str(act.undoes or ""),
        )
        for act in acts
    ]
    return _csv([say(f"counter.column_{name}") for name in _ACT_COLUMNS], rows)


def masked(phone_end: str) -> str:
    return f"•••••••{phone_end}" if phone_end else ""


def _csv(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 with a mark in front, so that Excel reads Vietnamese; every cell quoted (RFC 4180)."""
    written = io.StringIO(newline="")
    table = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    table.writerow(heads)
    table.writerows([safe_cell(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + written.getvalue().encode()


def _time(moment: dt.datetime | None) -> str:
    return f"{moment:%H:%M}" if moment else ""
