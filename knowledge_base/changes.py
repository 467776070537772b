"""Coming changes of the law: which records are about to be out of date, or are."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from knowledge_base.errors import BadInput, ErrorCode
from knowledge_base.procedure import Procedure

FILE = Path(__file__).parent / "curated" / "changes.yml"
WARN_BEFORE = dt.timedelta(days=120)


class Change(BaseModel):
    """A law that changes the procedures of one field (lĩnh vực) from the day `starts` on."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    field: str
    starts: dt.date
    law: str
    number: str


@cache
def load_changes(path: Path = FILE) -> tuple[Change, ...]:
    """Raises `BadInput(BAD_FILE)` naming the file."""
    try:
        return tuple(Change.model_validate(item) for item in yaml.safe_load(path.read_text(encoding="utf-8")) or ())
    except (OSError, yaml.YAMLError, ValidationError, TypeError) as error:
        raise BadInput(ErrorCode.BAD_FILE, f"{path.name}: {error}") from error


def change_of(procedure: Procedure, today: dt.date) -> Change | None:
    """The next change that the record of `procedure` does not know of; None until four months before."""
    known = procedure.source.data_date or dt.date.min
    waiting = [
        change
        for change in load_changes()
        if change.field == procedure.field and known < change.starts and today >= change.starts - WARN_BEFORE
    ]
    return min(waiting, key=lambda change: change.starts, default=None)
