"""How sure a search may be: what is kept back, what is fitted on it, what is stored, and the plot."""

from __future__ import annotations

import random
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge_base.calibrate import Sample, calibrate, samples_of
from knowledge_base.confidence import FILE, GUARDED, Confidence, Evidence, Line
from knowledge_base.encoder import SHIPPED, StaticEncoder
from knowledge_base.encoder.train import Recipe
from knowledge_base.errors import Misconfigured
from knowledge_base.evaluation import Question
from knowledge_base.held_out import KEEP, split
from knowledge_base.held_out_search import open_held_out
from knowledge_base.index.edge import EdgeIndex
from knowledge_base.reliability import plot
from knowledge_base.search import ProcedureSearch
from tests.knowledge_base.conftest import RECIPE
from tests.knowledge_base.invented import PLAIN, catalogue, made


def sample(score: float, gap: float, *, answerable: bool, right: bool, weight: float = 1.0) -> Sample:
    return Sample(Evidence(score, gap, score - 0.4, score, score, score, 0.5), answerable, right, right, weight)


def samples(count: int = 400) -> list[Sample]:
    """The higher the score the likelier an answer; the wider the gap the likelier the right one."""
    rng = random.Random(4)
    found = []
    for _ in range(count):
        score, gap = rng.random(), rng.random() / 5
        answerable = rng.random() < score
        found.append(sample(score, gap, answerable=answerable, right=answerable and rng.random() < 5 * gap))
    return found


def test_what_is_kept_back_is_asked_and_no_longer_known() -> None:
    procedures = [
        made("9.000001", phrasings=[f"câu hỏi số {n}" for n in range(200)]),
        made("9.000002", phrasings=["một", "hai", "ba", "bốn"]),  # too few to spare any
    ]
    decoys = {"talk": [f"chuyện phiếm {n}" for n in range(50)]}
    left = split(procedures, decoys, share=4)
    assert [procedure.code for procedure in left.procedures] == ["9.000001", "9.000002"]
    asked = {question.query for question in left.questions if question.answerable}
    assert {code for question in left.questions for code in question.codes} == {"9.000001"}
    assert 20 < len(asked) < 80
    assert asked | set(left.procedures[0].phrasings) == set(procedures[0].phrasings)
    assert not asked & set(left.procedures[0].phrasings)
    assert left.procedures[1] == procedures[1]
    declined = {question.query for question in left.questions if not question.answerable}
    assert declined | set(left.decoys["talk"]) == set(decoys["talk"])
    assert 3 < len(declined) < 25
    assert split(procedures, decoys, share=4) == left


def test_a_procedure_keeps_some_phrasings_and_a_new_one_moves_no_other() -> None:
    few = made("9.000003", phrasings=[f"câu {n}" for n in range(KEEP + 1)])
    left = split([few], {}, share=1)
    assert len(left.procedures[0].phrasings) == KEEP
    more = few.model_copy(update={"phrasings": [*few.phrasings, "câu mới"]})
    before = {question.query for question in split([few], {}, share=2).questions}
    assert before <= {question.query for question in split([more], {}, share=2).questions}


def test_fitted_probabilities_tell_the_truth() -> None:
    found = calibrate(samples(), "invented")
    assert found.confidence.answerable.weights[0] > 0
    assert found.confidence.right.weights[1] > 0
    sure, unsure = Evidence(0.9, 0.2, 0.5, 0.9, 0.9, 0.9, 0.5), Evidence(0.1, 0.0, -0.3, 0.1, 0.1, 0.1, 0.5)
    assert found.confidence.of(sure)[1] > 0.6 > 0.2 > found.confidence.of(unsure)[0]
    for bins in (found.answerable_bins, found.right_bins):
        assert sum(b.questions for b in bins) == 400
        large = [b for b in bins if b.questions >= 30]
        assert len(large) >= 4
        assert all(abs(b.said - b.true) < 0.2 for b in large)
    assert calibrate(samples(), "invented") == found


def test_what_costs_more_is_done_less() -> None:
    certain = [sample(0.9, 0.2, answerable=True, right=True) for _ in range(50)]
    certain += [sample(0.1, 0.0, answerable=False, right=False) for _ in range(50)]
    found = calibrate(certain + samples(20), "invented").outcome
    assert found.refused < 0.1
    assert found.stated_falsely < 0.1


def test_only_one_kind_of_question_is_not_enough() -> None:
    with pytest.raises(ValueError, match="class"):
        calibrate([sample(0.5, 0.1, answerable=True, right=True) for _ in range(20)], "invented")


def test_it_is_stored_beside_the_encoder(tmp_path: Path) -> None:
    PLAIN.save(tmp_path)
    assert Confidence.load(tmp_path) == PLAIN
    assert Confidence.load(SHIPPED).encoder.startswith("tthc-")


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[1]", b"\xff", PLAIN.model_dump_json().replace("gap", "gip").encode()]
)
def test_a_broken_one_is_said(content: bytes, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(Misconfigured, match=FILE):
        Confidence.load(tmp_path)


def test_a_line_takes_any_evidence() -> None:
    line = Line(bias=0, weights=(1e9, 0, 0, 0, 0, 0, 0))
    assert line(Evidence(1, 0, 0, 0, 0, 0, 0)) == pytest.approx(1)
    assert line(Evidence(-1, 0, 0, 0, 0, 0, 0)) == pytest.approx(0)


def test_odds_move_the_doubt_whether_anything_answers_and_nothing_else() -> None:
    coin = Line(bias=0, weights=(0,) * 7)
    even = PLAIN.model_copy(update={"answerable": coin, "right": coin})
    nothing = Evidence(0, 0, 0, 0, 0, 0, 0)
    assert even.of(nothing) == (0.5, 0.25)
    assert even.of(nothing, odds=3) == (0.75, 0.375)
    assert GUARDED > 1
    certain = PLAIN.model_copy(update={"answerable": Line(bias=99, weights=(0,) * 7)})
    assert certain.of(nothing, GUARDED)[0] == pytest.approx(1)


def test_the_plot_is_drawn_of_the_bins() -> None:
    found = calibrate(samples(), "invented")
    drawn = ET.fromstring(plot(found))  # noqa: S314 - our own text
    circles = [element for element in drawn.iter() if element.tag.endswith("circle")]
    assert len(circles) == len(found.answerable_bins) + len(found.right_bins)


@pytest.fixture(scope="module")
def search(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcedureSearch]:
    index = EdgeIndex(tmp_path_factory.mktemp("confidence") / "index")
    yield ProcedureSearch(catalogue(), index, StaticEncoder(trained))
    index.close()


def test_samples_leave_out_what_no_probability_decides(search: ProcedureSearch) -> None:
    procedure = catalogue()[0]
    asked = [
        Question(query=procedure.phrasings[0], codes=[procedure.code]),
        Question(query=procedure.name, codes=[procedure.code]),
        Question(query=procedure.code, codes=[procedure.code]),
        Question(query="hôm nay trời đẹp"),
        Question(query="?!"),
    ]
    found = samples_of(search, asked, weight=0.5)
    assert [s.answerable for s in found] == [True, False, False]
    assert found[0].right
    assert found[0].evidence.score > found[2].evidence.score == 0
    assert {s.weight for s in found} == {0.5}


def test_the_held_out_search_is_trained_once(tmp_path: Path) -> None:
    said: list[str] = []

    def progress(stage: str, share: float) -> None:
        said.append(stage)

    def opened(recipe: Recipe) -> ProcedureSearch:
        said.clear()
        found, questions = open_held_out(catalogue(), tmp_path, progress, recipe)
        known = {phrasing for p in catalogue() for phrasing in (found.get(p.code) or p).phrasings}
        assert not known & {question.query for question in questions}
        found.index.close()
        return found

    opened(RECIPE)
    assert "training" in said
    opened(RECIPE)
    assert "training" not in said
    opened(Recipe(dimension=32, epochs=1, batch=16))
    assert "training" in said
