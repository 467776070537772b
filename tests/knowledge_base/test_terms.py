"""Terms and their weights, against BM25 as the textbook writes it."""

from __future__ import annotations

import math
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.index.terms import K1, B, TermCounts, TermStatistics, query_terms, term_id, terms

CORPUS = [
    "Cấp sổ tay mẫu cho người cao tuổi",
    "Đăng ký xe đạp thể thao",
    "Đăng ký lại xe đạp, xe đạp điện và xe đạp trợ lực",
    "Xóa đăng ký ao cá",
    "Gia hạn thẻ thư viện thành phố",
    "Thẻ",
]
DOCUMENTS = [terms(text) for text in CORPUS]
TOKENS = st.lists(st.sampled_from([f"f:{letter}" for letter in "abcdefgh"]), max_size=8)


def plain_bm25(query: dict[str, float], document: list[str], documents: list[list[str]]) -> float:
    """Robertson's formula with Lucene's IDF, written without any of the project's code."""
    average = sum(map(len, documents)) / len(documents)
    score = 0.0
    for term, weight in query.items():
        df = sum(term in other for other in documents)
        tf = document.count(term)
        idf = math.log(1 + (len(documents) - df + 0.5) / (df + 0.5))
        score += weight * idf * tf * (K1 + 1) / (tf + K1 * (1 - B + B * len(document) / average))
    return score


def dot(one: dict[int, float], other: dict[int, float]) -> float:
    return sum(value * other.get(term, 0.0) for term, value in one.items())


@pytest.mark.parametrize("question", ["đăng ký xe đạp", "the thu vien", "lam lai so tay k", "xe xe xe", "mưa", ""])
def test_the_dot_product_is_bm25(question: str) -> None:
    statistics = TermStatistics.of(map(TermCounts, DOCUMENTS))
    query = query_terms(question)
    vector, _ = statistics.query_vector(query)
    for document in DOCUMENTS:
        found = dot(vector, statistics.document_vector(TermCounts(document)))
        assert found == pytest.approx(plain_bm25(query, document, DOCUMENTS))


@given(st.lists(TOKENS, min_size=1, max_size=8), TOKENS)
def test_the_dot_product_is_bm25_for_any_texts(documents: list[list[str]], question: list[str]) -> None:
    statistics = TermStatistics.of(map(TermCounts, documents))
    query = dict.fromkeys(question, 0.7)
    vector, best = statistics.query_vector(query)
    assert best > 0
    for document in documents:
        found = dot(vector, statistics.document_vector(TermCounts(document)))
        assert found == pytest.approx(plain_bm25(query, document, documents) if any(documents) else 0.0)


@pytest.mark.parametrize("text", CORPUS)
def test_a_perfect_match_scores_about_one(text: str) -> None:
    statistics = TermStatistics.of(map(TermCounts, DOCUMENTS))
    own = terms(text)
    vector, best = statistics.query_vector(query_terms(text))
    scores = [dot(vector, statistics.document_vector(TermCounts(document))) / best for document in DOCUMENTS]
    assert max(scores) == scores[DOCUMENTS.index(own)]
    assert 0.5 < max(scores) <= 1.2
    assert min(scores) >= 0


def test_words_that_no_text_holds_lower_the_scale() -> None:
    statistics = TermStatistics.of(map(TermCounts, DOCUMENTS))
    near, near_best = statistics.query_vector(query_terms("đăng ký xe đạp"))
    far, far_best = statistics.query_vector(query_terms("đăng ký xe đạp vũ trụ"))
    document = statistics.document_vector(TermCounts(DOCUMENTS[1]))
    assert dot(far, document) / far_best < dot(near, document) / near_best


def test_no_documents() -> None:
    statistics = TermStatistics.of([])
    assert statistics.query_vector(query_terms("xe đạp"))[0] == {}
    assert statistics.document_vector(TermCounts([])) == {}
    assert TermStatistics.of([TermCounts([])]).document_vector(TermCounts(["f:xe"]))


def test_ids_are_the_same_everywhere() -> None:
    assert term_id("f:xe") == 3435884972 == zlib.crc32(b"f:xe")
    assert term_id("a:đạp") == zlib.crc32("a:đạp".encode())
    assert 0 <= term_id("b:xe_dap") < 2**32
    every = {term for document in DOCUMENTS for term in document}
    assert len({term_id(term) for term in every}) == len(every)


def test_terms_of_a_text() -> None:
    assert terms("Xe đạp") == ["f:xe", "f:dap", "b:xe_dap", "a:đạp"]
    assert terms("Xe đạp", accented=False) == ["f:xe", "f:dap", "b:xe_dap"]
    assert terms("đk xe") == ["f:dang", "f:ky", "f:xe", "b:dang_ky", "b:ky_xe", "a:đăng", "a:ký"]
    assert terms("🙂") == []


def test_terms_of_a_question_follow_how_it_was_typed() -> None:
    accented, bare = query_terms("sổ đỏ"), query_terms("so do")
    assert {"a:sổ", "a:đỏ", "a:chứng"} <= set(accented)
    assert not [term for term in bare if term.startswith("a:")]
    assert accented["f:so"] == bare["f:so"] == 1.0
    assert bare["f:chung"] == 0.5 < bare["b:so_do"]
    assert query_terms("dk xe") == query_terms("dang ky xe")
