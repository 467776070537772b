"""A broad thing, named and nothing more, is asked about."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from actions.procedures import broad as module
from actions.procedures.broad import asks_about, broad, thing_in
from knowledge_base.search import CODE, ProcedureSearch
from knowledge_base.text import fold

LAND, PASSPORT = "1.013978", "1.001456"


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("làm sổ đỏ", LAND),
        ("cho cháu hỏi về hộ chiếu với ạ", PASSPORT),
        ("toi muon hoi ve ho chieu", PASSPORT),
        ("bác cần hỏi việc hộ khẩu", "1.004222"),
        ("cccd", "1.014061"),
        ("thế lý lịch", None),
        ("làm hộ chiếu", None),  # plain enough
        ("sổ đỏ bị mất", None),
        ("hộ chiếu cho con 5 tuổi", None),
        ("", None),
    ],
)
def test_only_the_bare_thing_is_broad(text: str, first: str | None) -> None:
    assert next(iter(thing_in(text)), None) == first


def test_only_what_the_catalogue_holds_is_offered(curated_search: ProcedureSearch) -> None:
    assert broad(curated_search, "hỏi về hộ chiếu") == [PASSPORT, "1.010386"]
    assert broad(curated_search, "em muốn mở công ty") == []  # one alone leaves nothing to ask


def test_asking_about_begins_a_new_subject() -> None:
    assert asks_about("cho em hỏi về căn cước")
    assert asks_about("tôi muốn hỏi bảo hiểm")
    assert not asks_about("thế căn cước thì sao")


def test_the_list_is_whole() -> None:
    things = yaml.safe_load(Path(module.__file__).with_suffix(".yml").read_text(encoding="utf-8"))
    for thing in things:
        assert fold(thing["heard"]) == thing["heard"]
        assert 2 <= len(thing["codes"]) <= 4
        assert len(set(thing["codes"])) == len(thing["codes"])
        assert all(CODE.fullmatch(code) for code in thing["codes"])
