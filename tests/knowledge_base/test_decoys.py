"""Questions that no procedure answers: the loader, and the state of what was written."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import yaml

from knowledge_base.curated import load_curated
from knowledge_base.decoys import ROOM, is_decoy, load_decoys
from knowledge_base.index.build import prepare
from knowledge_base.phrasings import load_phrasings
from knowledge_base.procedure import CODE_PATTERN
from knowledge_base.text import fold, words

GUARD = "nlu:\n- intent: abuse\n  examples: |\n    - đồ dở hơi\n    - máy móc gì chán thế\n"
MORE = """
- kind: no_such_kite_licence
  unless: ["9.000001", "9.000002"]
  asked: [xin giấy phép thả diều]
- kind: weather
  asked: [mai có mưa không, mai nắng hay mưa]
"""


def room(folder: Path) -> Path:
    (folder / "nlu").mkdir()
    (folder / "nlu" / "guard.yml").write_text(GUARD, encoding="utf-8")
    (folder / "decoys.yml").write_text(MORE, encoding="utf-8")
    return folder


def test_a_wish_stands_aside_once_its_procedure_is_there(tmp_path: Path) -> None:
    here = room(tmp_path)
    assert set(load_decoys((), here)) == {"abuse", "no_such_kite_licence", "weather"}
    assert load_decoys((), here)["abuse"] == ("đồ dở hơi", "máy móc gì chán thế")
    assert set(load_decoys({"9.000002", "9.000077"}, here)) == {"abuse", "weather"}
    assert load_decoys((), tmp_path / "none") == {}


def test_an_index_holds_the_wishes_its_catalogue_cannot_grant() -> None:
    """The index is built for the catalogue at hand: a record more, and the questions that stood in for it are gone."""
    kind = next(item for item in written() if item.get("unless"))
    some = load_curated()[0]
    granting = some.model_copy(update={"code": kind["unless"][0]})
    without, having = prepare([some], "e"), prepare([some, granting], "e")
    wish = f"none:{kind['kind']}"
    assert is_decoy(wish)
    assert wish in {view.code for view in without.views}
    assert wish not in {view.code for view in having.views}


def written() -> list[dict[str, list[str]]]:
    found: list[dict[str, list[str]]] = yaml.safe_load((ROOM / "decoys.yml").read_text(encoding="utf-8"))
    return found


def key(question: str) -> str:
    return " ".join(fold(word) for word in words(question))


def test_kinds_are_told_apart() -> None:
    kinds = Counter(str(item["kind"]) for item in written())
    assert [kind for kind, count in kinds.items() if count > 1] == []
    assert kinds.keys().isdisjoint(load_guard())


def load_guard() -> set[str]:
    items = yaml.safe_load((ROOM / "nlu" / "guard.yml").read_text(encoding="utf-8"))["nlu"]
    return {str(item["intent"]) for item in items}


def test_no_question_stands_twice_nor_as_a_phrasing() -> None:
    asked = [key(question) for item in written() for question in item["asked"]]
    assert [question for question, count in Counter(asked).items() if count > 1] == []
    phrasings = {key(text) for texts in load_phrasings().values() for text in texts}
    phrasings |= {key(text) for procedure in load_curated() for text in procedure.phrasings}
    assert phrasings.isdisjoint(asked)


def test_codes_that_would_answer_are_codes_the_curated_records_lack() -> None:
    codes = [code for item in written() for code in item.get("unless", ())]
    assert [code for code in codes if not re.fullmatch(CODE_PATTERN, code)] == []
    assert {procedure.code for procedure in load_curated()}.isdisjoint(codes)
