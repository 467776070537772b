"""Cross-validation of the intents: how examples are dealt, what figures are made of them, and a real small run."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from assistant.understanding.drawing import confusion_matrix, threshold_curve
from assistant.understanding.evaluate import CONFIG, HELD_OUT, TRAINING, evaluate, fallback_of
from assistant.understanding.examples import VIEWS, Example, deal, read_examples, typed
from assistant.understanding.figures import Reading, best_threshold, by_intent, confusions_of, understanding
from assistant.understanding.trial import Guess, Trial
from knowledge_base.errors import BadInput, Unavailable
from knowledge_base.text import fold

SVG = "{http://www.w3.org/2000/svg}"
LEAST_HELD_OUT = 8


def reading(meant: str, got: str, confidence: float, other: float = 0.0, view: str = "as typed") -> Reading:
    return Reading(f"{meant}?", view, meant, [Guess(got, confidence), Guess("other", other)])


READINGS = [
    reading("ask_fee", "ask_fee", 0.9),
    reading("ask_fee", "ask_fee", 0.5),
    reading("ask_fee", "ask_where", 0.3),
    reading("ask_where", "ask_where", 0.4, 0.39),
    reading("ask_where", "ask_fee", 0.2, view="folded"),
]


def test_a_file_of_examples_is_read_and_a_broken_one_is_named(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yml", tmp_path / "bad.yml"
    good.write_text("nlu:\n- intent: greet\n  examples: |\n    - xin chào\n    - chào bạn - nhé\n", encoding="utf-8")
    assert read_examples(good) == [Example("xin chào", "greet"), Example("chào bạn - nhé", "greet")]
    bad.write_text("nlu:\n- intent: greet\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"bad\.yml"):
        read_examples(tmp_path)
    good.write_text("nlu: []\n", encoding="utf-8")
    with pytest.raises(BadInput, match="no examples"):
        read_examples(good)


def test_folds_hold_everything_once_keep_alike_together_and_share_every_intent() -> None:
    examples = read_examples(TRAINING)
    heaps = deal(examples, 5)
    assert sorted(example for heap in heaps for example in heap) == sorted(examples)
    places: dict[tuple[str, str], set[int]] = {}
    for number, heap in enumerate(heaps):
        for example in heap:
            places.setdefault((example.intent, fold(example.text)), set()).add(number)
    assert all(len(where) == 1 for where in places.values())
    intents = {example.intent for example in examples}
    assert all({example.intent for example in heap} == intents for heap in heaps)
    assert deal(examples, 5) == heaps


def test_views_are_the_same_each_time_and_differ() -> None:
    text = "Đăng ký kết hôn bao nhiêu tiền"
    assert typed(text, "as typed") == text
    assert typed(text, "folded") == "dang ky ket hon bao nhieu tien"
    assert all(typed(text, view) == typed(text, view) for view in VIEWS)
    assert len({typed(text, view) for view in VIEWS}) >= 3


def test_the_held_out_messages_cover_every_intent_and_stand_in_no_training_file() -> None:
    held_out, trained = read_examples(HELD_OUT), read_examples(TRAINING)
    counted = dict.fromkeys({example.intent for example in trained}, 0)
    for example in held_out:
        counted[example.intent] += 1
    assert {intent for intent, times in counted.items() if times < LEAST_HELD_OUT} == set()
    known = {example.text for example in trained}
    assert [example.text for example in held_out if example.text in known and len(example.text.split()) > 3] == []


def test_figures_count_what_was_right_and_what_the_fallback_takes() -> None:
    report = understanding(READINGS, [], [2.0, 4.0, 9.0], examples=5, folds=2, threshold=0.35, ambiguity=0.02)
    view = report.views["as typed"]
    assert (view.messages, view.accuracy) == (4, 0.75)
    assert view.sure == 0.5  # 0.4 against 0.39 is left to the fallback
    assert view.misled == 0
    assert report.parse_p50_ms == 4.0
    assert (report.intents["ask_fee"].precision, report.intents["ask_fee"].recall) == (0.6667, 0.6667)
    assert report.intents_by_view["folded"]["ask_where"].recall == 0
    assert report.matrix["ask_where"] == {"ask_where": 1, "ask_fee": 1}
    assert report.curve[0].kept == 0.6667  # the two alike stay with the fallback at any threshold
    assert report.curve[0].passed == 1
    assert report.curve[-1].kept == report.curve[-1].passed == 0


def test_the_best_threshold_keeps_right_readings_and_loses_wrong_ones() -> None:
    assert best_threshold(READINGS, 0.02) == pytest.approx(0.32)
    assert best_threshold([reading("a", "a", 0.1)], 0.02) == 0
    assert by_intent([reading("a", "b", 0.9)])["a"].precision == 0


def test_confusions_come_commonest_first_with_messages() -> None:
    twice = [*READINGS, reading("ask_fee", "ask_where", 0.3)]
    first, second = confusions_of(twice)
    assert (first.meant, first.got, first.times, first.texts) == ("ask_fee", "ask_where", 2, ["ask_fee?"])
    assert second.times == 1


def test_pictures_are_svg_and_tell_every_count() -> None:
    report = understanding(READINGS, [], [], examples=5, folds=2, threshold=0.35, ambiguity=0.02)
    matrix = ElementTree.fromstring(confusion_matrix(report))  # noqa: S314 - made here
    titles = [title.text for title in matrix.iter(f"{SVG}title")]
    assert "ask_where read as ask_fee: 1 of 2" in titles
    assert len(titles) == 1 + 4
    curve = ElementTree.fromstring(threshold_curve(report))  # noqa: S314 - made here
    assert len(list(curve.iter(f"{SVG}polyline"))) == 2
    assert any("0.35" in (text.text or "") for text in curve.iter(f"{SVG}text"))


def test_the_fallback_is_read_from_the_pipeline(tmp_path: Path) -> None:
    threshold, ambiguity = fallback_of(CONFIG)
    assert 0 < ambiguity < threshold < 1
    without = tmp_path / "config.yml"
    without.write_text("pipeline:\n- name: x\n", encoding="utf-8")
    assert fallback_of(without) == (0.0, 0.0)


def test_a_small_run_trains_and_asks_in_the_dialogue_environment(tmp_path: Path) -> None:
    training = tmp_path / "nlu.yml"
    fees, places = ("mất bao nhiêu tiền", "lệ phí thế nào"), ("nộp ở đâu", "đến chỗ nào", "ở đâu làm")
    lines = {"ask_fee": [*fees, "phí bao nhiêu"], "ask_where": places}
    training.write_text(
        "nlu:\n" + "".join(
            f"- intent: {intent}\n  examples: |\n" + "".join(f"    - {text} {n}\n" for text in texts for n in "abcd")
            for intent, texts in lines.items()
        ),
        encoding="utf-8",
    )  # fmt: skip
    told: list[str] = []
    report = evaluate(2, told.append, training, training)
    assert told == ["fold 1 of 2", "fold 2 of 2", "held-out messages"]
    assert report.examples == 24
    assert {view.messages for view in report.views.values()} == {24}
    assert report.held_out["as typed"].accuracy == 1
    assert report.views["folded"].accuracy > 0.8
    assert 0 < report.parse_p50_ms < 1000


def test_a_pipeline_that_cannot_be_built_is_told_with_its_log(tmp_path: Path) -> None:
    config = tmp_path / "config.yml"
    config.write_text("pipeline:\n- name: assistant.nlu.nowhere.Nothing\n", encoding="utf-8")
    with Trial(config) as trial, pytest.raises(Unavailable) as told:
        trial.ask([Example("a", "b")], ["a"])
    assert "nowhere" in str(told.value.detail)
