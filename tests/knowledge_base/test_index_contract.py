"""One contract, two engines: Qdrant Edge on disk and a Qdrant server (in memory here)."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from qdrant_client import QdrantClient

from knowledge_base.errors import ErrorCode, Unavailable
from knowledge_base.index.build import ensure, points, prepare
from knowledge_base.index.edge import EdgeIndex
from knowledge_base.index.port import Hit, Point, Probe, VectorIndex
from knowledge_base.index.server import ServerIndex
from knowledge_base.index.terms import query_terms
from knowledge_base.index.views import ASK, BODY, GIST, NAME
from tests.knowledge_base.invented import LetterEncoder, catalogue

Opener = Callable[[], VectorIndex]
POINTS = [
    Point(0, "9.000001", NAME, [1.0, 0.0, 0.0], {11: 1.5, 12: 0.5}),
    Point(1, "9.000001", ASK, [0.8, 0.6, 0.0]),
    Point(2, "9.000002", NAME, [0.0, 1.0, 0.0], {12: 2.0}),
    Point(3, "9.000002", ASK, None, {13: 1.0}),
    Point(4, "9.000002", BODY, None, {4_000_000_000: 0.25}),
    Point(5, "9.000003", GIST),
]


def _server() -> Opener:
    client = QdrantClient(":memory:")
    return lambda: ServerIndex(client)


@pytest.fixture(params=["edge", "server"])
def open_index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Opens the same place anew on each call, as processes do."""
    opened: list[VectorIndex] = []
    opener = _server() if request.param == "server" else lambda: EdgeIndex(tmp_path / "index")

    def open_and_note() -> VectorIndex:
        opened.append(opener())
        return opened[-1]

    yield open_and_note
    for index in opened:
        index.close()


@pytest.fixture
def index(open_index: Opener) -> VectorIndex:
    return open_index()


def codes(hits: list[Hit]) -> list[str]:
    return [hit.code for hit in hits]


def scores(hits: list[Hit]) -> dict[int, float]:
    return {hit.id: hit.score for hit in hits}


def test_an_empty_place_has_no_content(index: VectorIndex) -> None:
    assert (index.stamp(), index.count(), index.refresh()) == ("", 0, False)
    with pytest.raises(Unavailable) as caught:
        index.ask([Probe(NAME, 3, dense=[1.0, 0.0, 0.0])])
    assert caught.value.code is ErrorCode.SEARCH_DOWN


def test_dense_and_sparse(index: VectorIndex) -> None:
    index.rebuild(iter(POINTS), 3, "aa11")
    assert (index.stamp(), index.count(), index.refresh()) == ("aa11", 6, False)
    names, asked, sparse, large = index.ask(
        [
            Probe(NAME, 5, dense=[2.0, 1.0, 0.0]),
            Probe(ASK, 5, dense=[1.0, 0.0, 0.0]),
            Probe(NAME, 5, sparse={12: 3.0, 11: 1.0}),
            Probe(BODY, 5, sparse={4_000_000_000: 2.0}),
        ]
    )
    assert [(hit.id, hit.code) for hit in names] == [(0, "9.000001"), (2, "9.000002")]
    assert scores(names) == pytest.approx({0: 2 / math.sqrt(5), 2: 1 / math.sqrt(5)}, abs=1e-5)
    assert scores(asked) == pytest.approx({1: 0.8}, abs=1e-5)  # 3 has no dense vector
    assert [hit.id for hit in sparse] == [2, 0]
    assert scores(sparse) == pytest.approx({2: 6.0, 0: 3.0})
    assert scores(large) == pytest.approx({4: 0.5})


def test_the_limit_is_kept(index: VectorIndex) -> None:
    index.rebuild(POINTS, 3, "aa11")
    assert [codes(hits) for hits in index.ask([Probe(NAME, 1, dense=[0.1, 1.0, 0.0])])] == [["9.000002"]]


@pytest.mark.parametrize(
    "probe",
    [Probe(NAME, 5, sparse={}), Probe(NAME, 5), Probe(NAME, 5, sparse={99: 1.0}), Probe(GIST, 5, sparse={12: 1.0})],
)
def test_nothing_asked_nothing_found(index: VectorIndex, probe: Probe) -> None:
    index.rebuild(POINTS, 3, "aa11")
    assert index.ask([]) == []
    assert index.ask([probe]) == [[]]


@pytest.mark.parametrize("probe", [Probe(NAME, 5, dense=[1.0]), Probe("other", 5, dense=[1.0, 0.0, 0.0])])
def test_what_the_engine_cannot_answer(index: VectorIndex, probe: Probe) -> None:
    index.rebuild(POINTS, 3, "aa11")
    with pytest.raises(Unavailable) as caught:
        index.ask([probe])
    assert caught.value.code is ErrorCode.SEARCH_DOWN
    assert codes(index.ask([Probe(NAME, 1, sparse={11: 1.0})])[0]) == ["9.000001"]


def test_a_rebuild_replaces_everything(index: VectorIndex) -> None:
    index.rebuild(POINTS, 3, "aa11")
    index.rebuild([Point(0, "9.000007", NAME, [0.0, 1.0], {12: 1.0})], 2, "bb22")
    assert (index.stamp(), index.count()) == ("bb22", 1)
    both = [Probe(NAME, 9, dense=[1.0, 1.0]), Probe(NAME, 9, sparse={12: 1.0})]
    assert [codes(hits) for hits in index.ask(both)] == [["9.000007"], ["9.000007"]]
    index.rebuild([], 2, "cc33")
    assert (index.stamp(), index.count()) == ("cc33", 0)
    assert index.ask([Probe(NAME, 9, dense=[1.0, 1.0])]) == [[]]


def test_the_same_stamp_may_be_built_again(index: VectorIndex) -> None:
    index.rebuild(POINTS, 3, "aa11")
    index.rebuild(POINTS[:1], 3, "aa11")
    assert (index.stamp(), index.count()) == ("aa11", 1)


def test_many_points(index: VectorIndex) -> None:
    many = (Point(i, f"9.{i:06d}", NAME, [1.0, i / 4500], {i: 1.0}) for i in range(4500))  # over two batches of each
    index.rebuild(many, 2, "aa11")
    assert index.count() == 4500
    hits = index.ask([Probe(NAME, 1, sparse={number: 1.0}) for number in (0, 499, 500, 1999, 2000, 4499)])
    assert [codes(found)[0] for found in hits] == [
        "9.000000", "9.000499", "9.000500", "9.001999", "9.002000", "9.004499",
    ]  # fmt: skip


def test_another_reader_takes_up_what_was_built(open_index: Opener) -> None:
    writer, reader = open_index(), open_index()
    writer.rebuild(POINTS, 3, "aa11")
    assert reader.stamp() == ""
    assert reader.refresh()
    assert (reader.stamp(), reader.count(), reader.refresh()) == ("aa11", 6, False)
    assert open_index().stamp() == "aa11"
    writer.rebuild(POINTS[:3], 3, "bb22")
    assert reader.refresh()
    assert reader.count() == 3
    assert codes(reader.ask([Probe(NAME, 1, sparse={11: 1.0})])[0]) == ["9.000001"]


def test_a_rebuild_cut_short_leaves_the_old_content(open_index: Opener) -> None:
    def failing() -> Iterator[Point]:
        yield from POINTS[:2]
        raise OSError("no space left")

    index = open_index()
    index.rebuild(POINTS, 3, "aa11")
    with pytest.raises(Unavailable):
        index.rebuild(failing(), 3, "bb22")
    for one in (index, open_index()):
        assert (one.stamp(), one.count()) == ("aa11", 6)
        assert codes(one.ask([Probe(NAME, 1, sparse={11: 1.0})])[0]) == ["9.000001"]
    index.rebuild(POINTS[:3], 3, "bb22")
    assert (open_index().stamp(), open_index().count()) == ("bb22", 3)


def test_only_a_stale_index_is_built(open_index: Opener) -> None:
    encoder = LetterEncoder()
    prepared = prepare(catalogue(), encoder.name)
    assert ensure(open_index(), prepared, encoder)
    assert not ensure(open_index(), prepared, encoder)
    assert prepare(catalogue(), "another encoder").stamp != prepared.stamp
    fewer = prepare(catalogue()[1:], encoder.name)
    assert ensure(open_index(), fewer, encoder)
    assert open_index().count() == len(fewer.views)


def test_both_engines_find_the_same(tmp_path: Path) -> None:
    encoder = LetterEncoder()
    prepared = prepare(catalogue(), encoder.name)
    edge, server = EdgeIndex(tmp_path / "index"), _server()()
    for one in (edge, server):
        one.rebuild(points(prepared, encoder), encoder.dimension, prepared.stamp)
    rng = random.Random(3)
    spoken = sorted({word for view in prepared.views for word in view.text.split()})
    for _ in range(40):
        question = " ".join(rng.sample(spoken, 4))
        probes = [Probe(view, 5000, dense=encoder.encode([question])[0].tolist()) for view in (NAME, ASK)]
        for view, statistics in prepared.statistics.items():
            probes.append(Probe(view, 5000, sparse=statistics.query_vector(query_terms(question))[0]))
        for on_edge, on_server in zip(edge.ask(probes), server.ask(probes), strict=True):
            assert {hit.id: hit.code for hit in on_edge} == {hit.id: hit.code for hit in on_server}
            assert scores(on_edge) == pytest.approx(scores(on_server), abs=1e-4)
            for hits in (on_edge, on_server):
                assert all(first.score >= second.score for first, second in itertools.pairwise(hits))
    edge.close()
    server.close()
