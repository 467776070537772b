"""What is said while a procedure is in hand: evidence, judge, and the examples it is fitted on."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from actions.procedures.following import judge as judging
from actions.procedures.following.fit import Example, cross_validate, fit, read_examples, samples_of
from actions.procedures.following.judge import Judge, shipped
from actions.procedures.following.neighbours import cues_named, cues_said, neighbours_of
from actions.procedures.following.options import Option, options
from knowledge_base.errors import BadInput, Misconfigured
from knowledge_base.search import ProcedureSearch

PASSPORT, PASSPORT_LOST = "1.001456", "1.010386"
CARD_FIRST, CARD_CHANGED, CARD_AGAIN = "1.014061", "1.014063", "1.014064"
WEDDING, WEDDING_FOREIGN = "1.000894", "2.000806"
STAY, STAY_LONGER = "1.004194", "1.002755"
BIRTH = "1.001193"


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("cái cũ bị mất rồi", "lost"),
        ("tôi đánh rơi từ hôm qua", "lost"),
        ("the cu sap het han", "expired"),
        ("bạn trai em người Hàn", "foreign"),
        ("ghi sai năm sinh", "wrong"),
        ("em muốn đóng cửa nghỉ hẳn", "closed"),
        ("lần đầu làm ạ", "first"),
    ],
)
def test_a_case_is_read_off_what_is_said(text: str, cue: str) -> None:
    assert cue in cues_said(text)


def test_what_a_want_costs_is_no_loss() -> None:
    assert "lost" not in cues_said("mất bao nhiêu tiền") | cues_said("mat bao lau thi xong")
    assert "foreign" not in cues_said("nộp ở phường nào")


def test_a_case_is_read_off_the_name_too() -> None:
    assert cues_named("Đăng ký kết hôn có yếu tố nước ngoài") == {"foreign"}
    assert "expired" in cues_named("Gia hạn tạm trú")
    assert cues_named("Đăng ký kết hôn") == frozenset()


def test_neighbours_are_those_whose_names_tell_of_the_same_thing(curated_search: ProcedureSearch) -> None:
    near = neighbours_of(curated_search)
    assert {CARD_CHANGED, CARD_AGAIN} <= set(near.family(CARD_FIRST))
    assert STAY_LONGER in near.family(STAY)
    assert BIRTH not in near.family(STAY)
    assert neighbours_of(curated_search) is near  # worked out once


def test_the_difference_of_two_names_is_what_the_other_adds(curated_search: ProcedureSearch) -> None:
    near = neighbours_of(curated_search)
    abroad = near.vector("người nước ngoài")
    assert abroad @ near.difference(WEDDING, WEDDING_FOREIGN) > 0.5
    assert not near.difference(WEDDING, WEDDING).any()


def test_options_begin_with_staying_and_end_with_nothing(curated_search: ProcedureSearch) -> None:
    found = options(curated_search, "còn nếu bạn trai em là người Hàn thì sao", WEDDING)
    codes = [option.code for option in found]
    assert codes[0] == WEDDING
    assert codes[-1] is None
    assert WEDDING_FOREIGN in codes
    assert len(codes) == len(set(codes))
    evidence = next(option.evidence for option in found if option.code == WEDDING_FOREIGN)
    assert evidence["cues_met"] == 1.0
    assert evidence["contrasts"] == 1.0
    assert all(np.isfinite(list(option.evidence.values())).all() for option in found)


def test_a_procedure_that_left_the_catalogue_has_no_options(curated_search: ProcedureSearch) -> None:
    with pytest.raises(KeyError):
        options(curated_search, "mất bao lâu", "9.999999")


def test_all_evidence_has_a_weight(curated_search: ProcedureSearch) -> None:
    known = set(shipped().weights)
    for text in ("lệ phí", "không, ý em là bị mất cơ", "xong rồi, giờ xin cấp hộ chiếu"):
        for option in options(curated_search, text, PASSPORT, [BIRTH]):
            assert set(option.evidence) <= known
    assert shipped().encoder == curated_search.encoder.name, "fit the judge anew: tthc evaluate follow-ups --fit"


def test_probabilities_add_up_and_the_likeliest_comes_first() -> None:
    judge = Judge(encoder="any", examples=1, weights={"turn": 1.0, "stay": -2000.0})
    judged = judge.judge([Option("a", {"stay": 1.0}), Option("b", {"turn": 2.0}), Option(None, {"unknown": 9.0})])
    assert [option.code for option in judged] == ["b", None, "a"]
    assert sum(option.probability for option in judged) == pytest.approx(1.0)


def test_a_judge_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "FILE", tmp_path / "judge.json")
    shipped.cache_clear()
    try:
        for text in (None, "{", '{"encoder": 1}'):
            if text is not None:
                (tmp_path / "judge.json").write_text(text)
            with pytest.raises(Misconfigured):
                shipped()
    finally:
        shipped.cache_clear()


def test_examples_are_whole() -> None:
    examples = read_examples()
    assert len(examples) > 2000
    said = [(example.current, example.text.casefold(), *example.spoken) for example in examples]
    assert len(said) == len(set(said))
    for example in examples:
        stays = example.current in example.codes
        assert stays == example.kind.startswith("stay"), example
        assert bool(example.codes) != (example.kind == "none"), example


def test_a_broken_example_names_its_line(tmp_path: Path) -> None:
    good = {"current": BIRTH, "text": "mất bao lâu", "codes": [BIRTH], "kind": "stay_want"}
    (tmp_path / "a.jsonl").write_text(json.dumps(good) + "\n{\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"a\.jsonl:2"):
        read_examples(tmp_path)


def test_fitting_learns_what_the_examples_show(curated_search: ProcedureSearch) -> None:
    def example(current: str, text: str, code: str, kind: str) -> Example:
        return Example(current=current, text=text, codes=[code], kind=kind)

    told = [
        example(WEDDING, "bạn trai em là người Hàn", WEDDING_FOREIGN, "variant"),
        example(WEDDING, "chồng sắp cưới quốc tịch Mỹ", WEDDING_FOREIGN, "variant"),
        example(STAY, "cái cũ sắp hết hạn rồi", STAY_LONGER, "variant"),
        example(WEDDING, "em mới 19 tuổi có được không", WEDDING, "stay_case"),
        example(STAY, "chủ nhà không ký thì sao", STAY, "stay_case"),
        example(STAY, "thuê trọ không có hợp đồng", STAY, "stay_case"),
    ]
    samples = samples_of(curated_search, told)
    judge = fit(samples, "any")
    assert [judge.judge(sample.options)[0].code for sample in samples] == [s.example.codes[0] for s in samples]


def test_the_judge_holds_on_examples_left_out(curated_search: ProcedureSearch) -> None:
    """Over the curated records; the figures over the imported catalogue stand in docs/understanding.md."""
    held = [e for e in read_examples() if not e.codes or any(curated_search.get(code) for code in e.codes)]
    figures = cross_validate(samples_of(curated_search, held), curated_search.encoder.name)
    print()
    for kind, (count, first, three) in figures.items():
        print(f"{kind:12} {count:4} right {first:.3f}, among three {three:.3f}")
    stays = [figures[kind] for kind in figures if kind.startswith("stay")]
    assert sum(count * first for count, first, _ in stays) / sum(count for count, _, _ in stays) > 0.9
    for kind, least in (("variant", 0.5), ("switch", 0.6), ("correction", 0.6)):
        assert figures[kind][1] > least, kind
        assert figures[kind][2] > 0.9, kind
