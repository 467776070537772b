"""Every interview file: its record still says what each of its rules rests on."""

from __future__ import annotations

import pytest
import yaml

from actions.cases.checklist import checklist
from actions.cases.grounds import faults, ways
from actions.cases.load import FOLDER, load_interviews, read_interviews
from actions.cases.model import MOST_ASKED, Interview
from actions.cases.reading import read
from actions.procedures import facts
from assistant.settings import ROOT
from knowledge_base.curated import load_curated
from knowledge_base.procedure import Procedure, Trust

RECORDS: dict[str, Procedure] = {procedure.code: procedure for procedure in load_curated()}
FILES, WRONG = read_interviews(FOLDER)
CODES = sorted(FILES)


def test_every_file_has_the_shape_of_an_interview() -> None:
    assert WRONG == []
    assert len(FILES) >= 6
    assert load_interviews(RECORDS).keys() == FILES.keys()


def test_the_example_of_the_guide_is_an_interview() -> None:
    guide = (ROOT / "docs" / "content-guide.md").read_text(encoding="utf-8")
    example = guide.split("\n## Case interviews\n")[1].split("```yaml\n")[1].split("```")[0]
    interview = Interview.model_validate(yaml.safe_load(example))
    assert faults(interview, RECORDS[interview.code]) == []


@pytest.mark.parametrize("code", CODES)
def test_the_record_bears_out_every_rule(code: str) -> None:
    assert faults(FILES[code][1], RECORDS[code]) == []


@pytest.mark.parametrize("code", CODES)
def test_every_wording_of_an_answer_is_read_as_that_answer(code: str) -> None:
    wrong = [
        f"{question.id}.{answer.id}: {said}"
        for question in FILES[code][1].questions
        for answer in question.answers
        for said in (answer.say, *answer.words)
        if (got := read(question, said)) is None or got.answer != answer.id
    ]
    assert wrong == []


@pytest.mark.parametrize("code", CODES)
def test_every_way_through_ends_in_the_facts_of_the_record(code: str) -> None:
    """Each paper is the record's, with its counts; one that everyone needs is missing only where a line says so."""
    procedure, interview = RECORDS[code], FILES[code][1]
    papers: dict[str, set[tuple[int, int]]] = {}  # of a name: a record may count it differently in two groups
    for paper in procedure.papers:
        papers.setdefault(paper.name, {(0, 0)}).add((paper.originals, paper.copies))
    everyone = {p.name for group in procedure.paper_groups if not group.case for p in group.papers if not p.is_note}
    for answers in ways(interview):
        assert len(answers) <= MOST_ASKED
        if interview.instead(answers):
            continue
        made = checklist(procedure, interview, answers)
        spared = {spare.paper for answer in interview.chosen(answers) for spare in answer.spares}
        assert {item.label for item in made.items} <= papers.keys()
        assert spared or everyone <= {item.label for item in made.items}
        for item in made.items:
            assert item.label in made.text
            assert (item.originals, item.copies) in papers[item.label]
        for section in made.sections:
            if not section.folded:
                assert all(line in made.text for line in section.lines)
        for fee in (fee for method in procedure.methods for fee in method.fees if fee.trust is Trust.DOUBTFUL):
            if fee.amount:
                assert f"{facts.number(fee.amount)} đồng" not in made.text.replace(fee.text, "")
