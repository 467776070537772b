"""Interviews read from `knowledge_base/curated/interviews/**/<code>.yml`."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog
import yaml
from pydantic import ValidationError

from actions.cases.grounds import faults
from actions.cases.model import Interview
from knowledge_base.curated import FOLDER as PROCEDURES
from knowledge_base.errors import BadInput, ErrorCode
from knowledge_base.procedure import Procedure

FOLDER = PROCEDURES.parent / "interviews"
log = structlog.get_logger()


def load_interviews(records: Mapping[str, Procedure], folder: Path = FOLDER) -> dict[str, Interview]:
    """Every interview by code, each of them borne out by its record.

    Raises:
        BadInput: (`BAD_FILE`) with one line `file: key: what` for each fault of each file.
    """
    interviews, found = read_interviews(folder)
    for code, (name, interview) in interviews.items():
        procedure = records.get(code)
        lines = faults(interview, procedure) if procedure else [f"code: no record {code}"]
        found += [f"{name}: {line}" for line in lines]
    if found:
        raise BadInput(ErrorCode.BAD_FILE, "; ".join(found))
    return {code: interview for code, (_, interview) in interviews.items()}


def read_interviews(folder: Path = FOLDER) -> tuple[dict[str, tuple[str, Interview]], list[str]]:
    """(code -> (file, interview)) of the files that have the right shape, and the faults of the others."""
    found: dict[str, tuple[str, Interview]] = {}
    wrong: list[str] = []
    for path in sorted(folder.rglob("*.yml")):
        name = str(path.relative_to(folder))
        try:
            content: Any = yaml.safe_load(unicodedata.normalize("NFC", path.read_text(encoding="utf-8")))
            interview = Interview.model_validate(content)
        except UnicodeDecodeError as error:
            wrong.append(f"{name}: encoding: not UTF-8 at byte {error.start}")
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            place = f"line {mark.line + 1}" if mark else "yaml"
            wrong.append(f"{name}: {place}: {getattr(error, 'problem', None) or error}")
        except ValidationError as error:
            for item in error.errors(include_url=False):
                wrong.append(f"{name}: {'.'.join(map(str, item['loc'])) or 'file'}: {item['msg']}")
        else:
            if interview.code != path.stem:
                wrong.append(f"{name}: code: {interview.code} is not the name of the file")
            elif interview.code in found:
                wrong.append(f"{name}: code: {interview.code} is also in {found[interview.code][0]}")
            else:
                found[interview.code] = (name, interview)
    return found, wrong


class Interviews:
    """The interviews that may be held now: those that the record in use bears out.

    A newer import may say something else than the curated record did; its interview is then logged and not offered,
    and the citizen gets the plain answer.
    """

    def __init__(self, interviews: Mapping[str, Interview]) -> None:
        self._all = dict(interviews)
        self._judged: dict[str, tuple[Procedure, Interview | None]] = {}

    @classmethod
    def open(cls, folder: Path = FOLDER) -> Interviews:
        """Those of `folder`; a file that cannot be read costs its own interview, and a line in the log."""
        interviews, wrong = read_interviews(folder)
        for line in wrong:
            log.error("interview left out", detail=line)
        return cls({code: interview for code, (_, interview) in interviews.items()})

    def of(self, procedure: Procedure) -> Interview | None:
        interview = self._all.get(procedure.code)
        if interview is None:
            return None
        judged = self._judged.get(procedure.code)
        if judged is None or judged[0] is not procedure:
            found = faults(interview, procedure, every_way=False)
            if found:
                log.warning("interview does not fit the record", procedure=procedure.code, detail="; ".join(found))
            judged = self._judged[procedure.code] = (procedure, None if found else interview)
        return judged[1]
