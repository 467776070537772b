"""Which guesses of the classifier a question may overrule."""

from __future__ import annotations

import pytest

from actions.rasa_actions.base import Heard
from actions.rasa_actions.overruling import _doubted, _needed


def heard(text: str, intent: str, confidence: float) -> Heard:
    return Heard("web:a", text, intent, confidence)


@pytest.mark.parametrize(
    ("text", "intent", "confidence", "doubted"),
    [
        ("e 15t thi bo me di cung ko", "stop", 0.62, True),
        ("đăng ký kết hôn với xác nhận độc thân thì cần gì", "watch_dossier", 0.41, True),
        ("thôi", "stop", 0.4, False),  # no subject: nothing to answer
        ("thôi bỏ cái đăng ký kết hôn đi", "stop", 0.95, False),
        ("còn sổ đỏ", "abuse", 0.46, True),
        ("đổi bằng lái", "change_appointment", 0.36, True),
        ("đổi bằng lái", "change_appointment", 0.9, False),
        ("hủy đi", "cancel_appointment", 0.5, False),
        ("tôi cần hỏi việc hộ khẩu", "ask_help", 0.83, True),  # a thing is named
        ("tôi cần hỏi", "ask_help", 0.83, False),
    ],
)
def test_small_talk_is_doubted_only_when_unsure_and_about_something(
    text: str, intent: str, confidence: float, doubted: bool
) -> None:
    assert _doubted(heard(text, intent, confidence)) is doubted


def test_a_surer_classifier_is_overruled_less_easily() -> None:
    task, guard = "change_appointment", "legal_advice"
    needed = [_needed(heard("đổi bằng lái", task, 0.35)), _needed(heard("đổi bằng lái", task, 0.6))]
    needed += [_needed(heard("chia đất", guard, 0.35)), _needed(heard("chia đất", guard, 0.95))]
    assert needed == sorted(needed)
    assert needed[0] < needed[1] == needed[2] < needed[3]
