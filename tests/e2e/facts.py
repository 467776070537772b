"""Whether an answer states what the record it cites does not hold."""

from __future__ import annotations

from typing import Any

from actions.wording import say
from knowledge_base.curated import load_curated
from knowledge_base.procedure import Procedure
from knowledge_base.text import fold
from tests.actions.procedures.records import numbers_in, numbers_of

RECORDS = {procedure.code: procedure for procedure in load_curated()}
NO_PAPER = (fold(say("answers.papers_missing")), fold(say("answers.papers_note", text="")))
STATING = ("card", "checklist")  # messages that cite a record; what stands beside them is a form's question


def names_beside(record: Procedure) -> str:
    """Names that an answer about `record` may hold as well: those it is easily confused with."""
    return " ".join(RECORDS[c.code].name for c in record.confusions if c.code in RECORDS)


def untrue(body: dict[str, Any], record: Procedure, said: str) -> list[str]:
    """Numbers and papers of an answer that the record it cites does not hold."""
    stating = [message for message in body["messages"] if message["type"] in STATING]
    text = "\n".join(message["text"] for message in stating)
    wrong = sorted(numbers_in(text) - numbers_of(record) - numbers_in(said))
    held = fold(record.model_dump_json())
    papers = tuple(fold(paper.name) for group in record.paper_groups for paper in group.papers)
    for message in stating:
        for item in message.get("items", []):
            if fold(item["label"]) not in held:
                wrong.append(item["label"])
        for section in message.get("sections", []):
            if section["heading"].startswith("Giấy tờ cần có"):
                wrong += [line for line in section["lines"] if not fold(line).startswith((*papers, *NO_PAPER))]
    return wrong
