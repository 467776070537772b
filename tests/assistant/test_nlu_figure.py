"""How well the trained model reads messages it was not trained on: as typed, unmarked, abbreviated, mistyped."""

from __future__ import annotations

from collections import Counter

import pytest

from assistant.settings import settings
from assistant.setup.dialogue import model_path, train_model
from assistant.understanding.evaluate import HELD_OUT
from assistant.understanding.examples import read_examples, typed
from tests.assistant.rasa_side import RasaSide

# two points under what was measured (docs/understanding.md); what the fallback takes counts as wrong
LEAST = {"as typed": 0.919, "folded": 0.917, "abbreviated": 0.919, "mistyped": 0.786}


@pytest.fixture(scope="module")
def model() -> str:
    """The model of the present training data; `make test` has trained it before, and then this costs nothing."""
    train_model(settings())
    return str(model_path(settings()))


@pytest.mark.parametrize("view", LEAST)
def test_unseen_questions_are_understood(rasa_side: RasaSide, model: str, view: str) -> None:
    asked = read_examples(HELD_OUT)
    read = rasa_side.ask("understand", model, [typed(text, view) for text, _ in asked])
    wrong = Counter(
        (intent, got["intent"]) for (_, intent), got in zip(asked, read, strict=True) if got["intent"] != intent
    )
    right = 1 - wrong.total() / len(asked)
    print(f"\n{view}: {right:.3f} of {len(asked)} right")
    for (meant, got), count in wrong.most_common(10):
        print(f"{count:4}  {meant} read as {got}")
    assert len(asked) >= 480
    assert right >= LEAST[view]


def test_codes_are_entities_in_the_whole_pipeline_once_each(rasa_side: RasaSide, model: str) -> None:
    [read] = rasa_side.ask("understand", model, ["hồ sơ H26.16-261103-0012 của tôi đến đâu rồi"])
    assert read["found"] == [["dossier_code", "H26.16-261103-0012"]]
    assert read["intent"] == "check_status"


def test_a_command_of_the_gateway_is_read_to_the_letter(rasa_side: RasaSide, model: str) -> None:
    command = '/choose_procedure{"procedure_code": "1.001193", "aspect": "fee"}'
    [read] = rasa_side.ask("understand", model, [command])
    assert (read["intent"], read["sure"]) == ("choose_procedure", 1.0)
    assert sorted(read["found"]) == [["aspect", "fee"], ["procedure_code", "1.001193"]]
