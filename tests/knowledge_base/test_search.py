"""From a question to a decision, on an invented catalogue.  Weights are tuned elsewhere: no exact score is asserted."""

from __future__ import annotations

import itertools
import math
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.decision import Decision, Verdict
from knowledge_base.encoder import StaticEncoder
from knowledge_base.encoder.noise import drop_accents, one_slip
from knowledge_base.errors import ErrorCode, Unavailable
from knowledge_base.index.edge import EdgeIndex
from knowledge_base.preference import OWN_PEOPLE_FIELD, Preference, base_name, distance, first_level
from knowledge_base.procedure import Level, Procedure
from knowledge_base.search import ProcedureSearch
from tests.knowledge_base.invented import SAME_NAME, catalogue
from tests.knowledge_base.samples import made

PROCEDURES = catalogue()
NAMES = {procedure.name: procedure.code for procedure in PROCEDURES if procedure.code not in SAME_NAME}
WORDS = sorted({word for procedure in PROCEDURES for word in procedure.name.split()})
QUESTIONS = st.one_of(st.text(), st.lists(st.sampled_from([*WORDS, "k", "🙂", "1.001193", "?"])).map(" ".join))


@pytest.fixture(scope="module")
def search(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcedureSearch]:
    index = EdgeIndex(tmp_path_factory.mktemp("search") / "index")
    yield ProcedureSearch(PROCEDURES, index, StaticEncoder(trained))
    index.close()


def first(decision: Decision) -> str:
    assert decision.best is not None
    return decision.best.code


@pytest.mark.parametrize("question", ["9.000002", "cho hỏi 9.000002 cần gì", "mã:9.000002.", "9.000002.000.00.00.H26"])
def test_an_exact_code(search: ProcedureSearch, question: str) -> None:
    found = search.search(question)
    assert (found.verdict, found.reason, found.confidence) == (Verdict.ANSWER, "code", 1.0)
    assert [candidate.code for candidate in found.candidates] == ["9.000002"]


@pytest.mark.parametrize("question", ["1.001193", "thủ tục 1.001193 đăng ký xe đạp"])
def test_an_unknown_code_is_not_guessed_at(search: ProcedureSearch, question: str) -> None:
    found = search.search(question)
    assert (found.verdict, found.reason, found.candidates) == (Verdict.ABSTAIN, "code", [])
    assert found.best is None


@pytest.mark.parametrize("question", ["hồ sơ 19.000002", "9.0000021", "1.9.000002"])
def test_what_only_looks_like_a_code(search: ProcedureSearch, question: str) -> None:
    assert search.search(question).reason != "code"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("said", ["{}", "Thủ tục {}", "{}?", "{} .", " {} "])
def test_an_exact_name(search: ProcedureSearch, name: str, said: str) -> None:
    for typed in (name, name.upper(), drop_accents(name)):
        found = search.search(said.format(typed))
        assert (found.verdict, found.reason) == (Verdict.ANSWER, "name")
        assert first(found) == NAMES[name]


def test_a_name_at_three_levels_is_the_nearest(search: ProcedureSearch) -> None:
    found = search.search("Kiểm tra chuông gió")
    assert (found.reason, first(found)) == ("name", "9.000113")
    ranked = [candidate.code for candidate in search.rank("muốn kiểm tra chuông gió nhà mình")]
    assert ranked[:3] == ["9.000113", "9.000112", "9.000111"]


def test_the_same_procedure_elsewhere_is_no_rival(search: ProcedureSearch) -> None:
    found = search.search("xin cấp giấy phép hát rong ngoài phố")
    assert [candidate.level for candidate in found.candidates[:3]] == [Level.COMMUNE, Level.PROVINCE, Level.MINISTRY]
    assert found.verdict is Verdict.ANSWER


@pytest.mark.parametrize("procedure", [p for p in PROCEDURES if p.phrasings], ids=lambda p: p.code)
def test_what_people_say_in_any_view(search: ProcedureSearch, procedure: Procedure) -> None:
    rng = random.Random(2)
    for phrasing in procedure.phrasings:
        for typed in (phrasing, drop_accents(phrasing), one_slip(phrasing, rng), f"cho em hỏi {phrasing} ạ"):
            best = search.rank(typed)[0]
            assert base_name(best.name) == base_name(procedure.name), typed


@pytest.mark.parametrize(
    "question",
    ["", "   ", "🙂🙂", "?!…", "\u200b\u202e", "<b></b>", "<script>alert(1)</script>", "' OR 1=1 --", "\x00"],
)
def test_strange_questions_are_declined(search: ProcedureSearch, question: str) -> None:
    assert search.search(question).verdict is Verdict.ABSTAIN


def test_a_question_in_markup_is_still_a_question(search: ProcedureSearch) -> None:
    assert search.rank("<p>đăng ký <b>xe đạp</b></p>")[0].code in ("9.000002", "9.000003")


@pytest.mark.parametrize("unit", ["đăng ký xe đạp ", "a", "🙂", "<div>", "1.", "ế"])
def test_a_very_long_question(search: ProcedureSearch, unit: str) -> None:
    started = time.perf_counter()
    found = search.search((unit * 10_000)[:10_000])
    assert time.perf_counter() - started < 5
    assert isinstance(found.verdict, Verdict)


@pytest.mark.parametrize("question", ["zzz qqq", "bitcoin price tomorrow", "hello how are you", "thời tiết"])
def test_nonsense_is_declined(search: ProcedureSearch, question: str) -> None:
    assert search.search(question).verdict is Verdict.ABSTAIN


@given(question=QUESTIONS, limit=st.integers(0, 20))
def test_decisions_hold_together(search: ProcedureSearch, question: str, limit: int) -> None:
    found = search.search(question, limit)
    scores = [candidate.score for candidate in found.candidates]
    assert all(math.isfinite(score) for score in [*scores, found.confidence])
    assert scores == sorted(scores, reverse=True)
    assert 0 <= found.confidence <= 1
    codes = [candidate.code for candidate in found.candidates]
    assert len(codes) == len(set(codes))
    assert len(codes) <= limit or found.reason in ("code", "name")
    for candidate in found.candidates:
        procedure = search.get(candidate.code)
        assert procedure is not None
        assert (candidate.name, candidate.field) == (procedure.name, procedure.field)
    if found.verdict is not Verdict.ABSTAIN:
        assert found.best is not None
    assert found.reason in ("code", "name", "score", "twins", "low", "empty")
    assert search.search(question, limit) == found


def test_probabilities_decide(search: ProcedureSearch) -> None:
    ladder = [search.candidate("9.000002", score) for score in (0.8, 0.2)]
    assert search.decide("", ladder).verdict is Verdict.ANSWER
    assert search.decide("", ladder[1:]).verdict is Verdict.ABSTAIN
    assert search.decide("", []).reason == "empty"
    twins = [search.candidate(code, 0.6) for code in ("9.000002", "9.000007")]
    found = search.decide("", twins)
    assert (found.verdict, found.reason) == (Verdict.CLARIFY, "twins")
    assert found.confidence < search.decide("", ladder).confidence


def test_many_threads_ask_one_search(search: ProcedureSearch) -> None:
    questions = list(itertools.islice(itertools.cycle(NAMES), 40))
    alone = [search.rank(question) for question in questions]
    together: dict[int, object] = {}

    def ask(numbers: range) -> None:
        for number in numbers:
            together[number] = search.rank(questions[number])

    threads = [threading.Thread(target=ask, args=(range(start, 40, 4),)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[number] for number in range(40)] == alone


def test_the_index_is_built_once_for_one_catalogue(trained: Path, tmp_path: Path) -> None:
    encoder = StaticEncoder(trained)
    built = [ProcedureSearch(PROCEDURES, EdgeIndex(tmp_path / "index"), encoder).rebuilt for _ in range(2)]
    assert built == [True, False]
    fewer = ProcedureSearch(PROCEDURES[1:], EdgeIndex(tmp_path / "index"), encoder)
    assert (fewer.rebuilt, len(fewer), fewer.get("9.000001")) == (True, 15, None)
    fewer.index.close()
    with pytest.raises(Unavailable) as caught:
        fewer.search("xe đạp")
    assert caught.value.code is ErrorCode.SEARCH_DOWN


def test_an_empty_catalogue_abstains(trained: Path, tmp_path: Path) -> None:
    empty = ProcedureSearch([], EdgeIndex(tmp_path / "index"), StaticEncoder(trained))
    assert empty.search("đăng ký xe đạp").verdict is Verdict.ABSTAIN
    assert empty.search("9.000001").reason == "code"


def test_levels_and_names() -> None:
    assert first_level(made(levels=[Level.MINISTRY, Level.COMMUNE])) is Level.COMMUNE
    assert first_level(made()) is None
    assert base_name("Thủ tục cấp sổ (cấp xã).") == base_name("Cấp sổ (thực hiện tại cấp tỉnh)") == "cap so"
    assert base_name("Cấp sổ tại cấp huyện") == "cap so"
    assert base_name("Cấp sổ (cho trẻ em)") == "cap so cho tre em"
    commune = made(levels=[Level.COMMUNE])
    closed = made(name="Cấp sổ (thực hiện tại cấp huyện)", levels=[Level.COMMUNE])
    assert distance(commune) < distance(made(levels=[Level.MINISTRY])) < distance(closed)  # no district takes it now


def test_what_the_forces_do_for_their_own_comes_last_unless_they_are_spoken_of() -> None:
    anybody = made(name="Cấp lại thẻ thư viện", field="Thư viện")
    force = made(code="9.000002", name="Cấp lại thẻ thư viện thành phố", field=OWN_PEOPLE_FIELD)
    preference = Preference({anybody.code: anybody, force.code: force})
    scored = [(0.9, force.code), (0.8, anybody.code)]
    settled = preference.settle(scored, "thẻ thư viện thành phố bị mất")
    assert [code for _, code in settled] == [anybody.code, force.code]
    asked = "vợ sĩ quan công an, thẻ thư viện thành phố bị mất"
    assert preference.settle(scored, asked)[0][1] == force.code
