"""Procedure records that officers edit: `procedures/<room>/<code>.yml`, and how they join the imported ones."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from knowledge_base.errors import BadInput, ErrorCode
from knowledge_base.passages import lines_of
from knowledge_base.procedure import Fee, Method, Procedure, Quote, Trust
from knowledge_base.text import fold

FOLDER = Path(__file__).resolve().parent / "procedures"
# Facts that a source may lack altogether; an empty one is taken from the other record.
_FILLED = ("field", "subjects", "agencies", "authority", "receiving_place", "results", "legal_bases", "online_url")


@dataclass(frozen=True, slots=True)
class Curated:
    """One YAML file.  With `override`, its facts win whatever their date."""

    path: Path
    procedure: Procedure
    override: bool = False


def load_curated(folder: Path = FOLDER) -> list[Procedure]:
    """Every curated procedure, by code.

    Raises:
        BadInput: (`BAD_FILE`) with one line `file: key: what` for each fault of each file.
    """
    return [record.procedure for record in read_curated(folder)]


def read_curated(folder: Path = FOLDER) -> list[Curated]:
    """As `load_curated`, with the file and its `override`."""
    records: dict[str, Curated] = {}
    faults: list[str] = []
    for path in sorted(folder.rglob("*.yml")):
        name = str(path.relative_to(folder))
        try:
            record = _read(path)
        except _FaultyError as fault:
            faults.extend(f"{name}: {line}" for line in fault.lines)
            continue
        twin = records.setdefault(record.procedure.code, record)
        if twin is not record:
            faults.append(f"{name}: code: {record.procedure.code} is also in {twin.path.relative_to(folder)}")
    if faults:
        raise BadInput(ErrorCode.BAD_FILE, "; ".join(faults))
    return [records[code] for code in sorted(records)]


class _FaultyError(Exception):
    def __init__(self, *lines: str) -> None:
        super().__init__(*lines)
        self.lines = lines


def _read(path: Path) -> Curated:
    try:
        content: Any = yaml.safe_load(unicodedata.normalize("NFC", path.read_text(encoding="utf-8")))
    except UnicodeDecodeError as error:
        raise _FaultyError(f"encoding: not UTF-8 at byte {error.start}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}" if mark else "yaml"
        raise _FaultyError(f"{place}: {getattr(error, 'problem', None) or error}") from None
    if not isinstance(content, dict):
        raise _FaultyError("file: one mapping of keys is wanted")
    content.pop("checked", None)  # when and against what an officer checked: for editors, not for answers
    override = content.pop("override", False)
    if not isinstance(override, bool):
        raise _FaultyError("override: true or false is wanted")
    try:
        procedure = Procedure.model_validate(content)
    except ValidationError as error:
        lines = (f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors(include_url=False))
        raise _FaultyError(*lines) from None
    if procedure.code != path.stem:
        raise _FaultyError(f"code: {procedure.code} is not the name of the file")
    return Curated(path=path, procedure=procedure, override=override)


def merge(imported: Procedure, curated: Procedure, *, override: bool = False) -> Procedure:
    """One record of the two: facts from the newer, words from the curated one.

    As new as the imported record, the curated one wins: an officer has read and ordered it; the import then fills what
    is empty, and its lines stay for quoting where both rest on the same decision or the import is as new.  A newer
    import wins unless the officer says `override` or the import knows the name alone; a fee that the curated record
    holds in doubt stays in doubt.
    """
    newer = _day(imported) > _day(curated) and not override and not imported.names_only
    base, other = (imported, curated) if newer else (curated, imported)
    filled = [field for field in _FILLED if not getattr(base, field) and getattr(other, field)]
    update: dict[str, Any] = {
        "short_name": curated.short_name,
        "summary": curated.summary,
        "confusions": curated.confusions,
        "phrasings": curated.phrasings,
        "issues": base.issues + [issue for issue in other.issues if issue not in base.issues],
        **{field: getattr(other, field) for field in filled},
        "origins": {**base.origins, **{field: other.origins.get(field, other.own_origin) for field in filled}},
    }
    if newer:
        update["methods"] = [_method(method, curated.methods) for method in imported.methods]
    elif _same_content(imported, curated):
        known = {fold(line.text) for line in lines_of(curated)}
        quotes = {fold(line.text): Quote(part=line.part, text=line.text) for line in lines_of(imported)}
        update["verbatim"] = [quote for key, quote in quotes.items() if key not in known]
    return base.model_copy(update=update)


def _same_content(imported: Procedure, curated: Procedure) -> bool:
    decision = imported.source.decision
    return _day(imported) == _day(curated) or bool(decision and fold(decision) == fold(curated.source.decision))


def _day(procedure: Procedure) -> str:
    date = procedure.source.data_date
    return date.isoformat() if date else ""


def _method(method: Method, curated: list[Method]) -> Method:
    known = [fee for item in curated if item.channel is method.channel for fee in item.fees]
    return method.model_copy(update={"fees": [_fee(fee, known) for fee in method.fees]})


def _fee(fee: Fee, curated: list[Fee]) -> Fee:
    """The fee, in doubt where the curated record doubts it: the same amount, or words against one it does not state."""
    if fee.trust is not Trust.STATED:
        return fee
    stated = {item.amount for item in curated if item.trust is Trust.STATED}
    for doubt in curated:
        if doubt.trust is not Trust.DOUBTFUL:
            continue
        same = doubt.amount == fee.amount if doubt.amount is not None else fee.amount not in stated
        if same:
            return fee.model_copy(
                update={"trust": Trust.DOUBTFUL, "reason": doubt.reason, "text": fee.text or doubt.text}
            )
    return fee
