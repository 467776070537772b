"""The journeys' data rests on records; steps come in order; the buttons lead on."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from actions.journeys.answers import list_reply, steps_reply, with_way_on
from actions.journeys.journey import Journey, Journeys, journeys, next_step, openable
from actions.messages import CardMessage, ChoicesMessage
from actions.procedures.answers import answer
from actions.procedures.wants import Aspect
from knowledge_base.curated import load_curated
from knowledge_base.procedure import Procedure
from knowledge_base.text import fold

RECORDS = {procedure.code: procedure for procedure in load_curated()}
# In the national catalogue, imported or synchronised, and not among the curated records.
CATALOGUE_ONLY = {
    "2.000717", "2.001406", "1.007674", "1.007277", "2.001827", "1.007700", "1.012575", "1.013066", "2.000755",
    "1.013980", "2.000554",
}  # fmt: skip
EVENTS = {
    "birth", "death", "marriage", "land", "building", "shop", "lost", "moving", "work", "vehicle", "abroad", "divorce",
}  # fmt: skip


def known(code: str) -> bool:
    return code in RECORDS


def text_of(procedure: Procedure) -> str:
    """Every word of a record that a citizen may be shown."""
    steps = [f"{step.name} {step.text}" for step in procedure.steps]
    return fold(" ".join([procedure.conditions, procedure.summary, *steps]))


def test_the_events_are_there() -> None:
    assert {journey.id for journey in journeys().all()} == EVENTS


def test_every_code_is_a_record_or_of_the_full_catalogue() -> None:
    codes = {step.code for journey in journeys().all() for step in journey.steps if step.code}
    assert codes - set(RECORDS) == CATALOGUE_ONLY
    for journey in journeys().all():
        assert len(openable(journey, known)) >= 3, f"{journey.id} is of little use without an import"


def test_every_time_limit_stands_in_its_record() -> None:
    limits = [(step.code, step.by_when) for journey in journeys().all() for step in journey.steps if step.by_when]
    assert len(limits) >= 8
    for code, limit in limits:
        assert fold(limit.line) in text_of(RECORDS[code]), f"{code}: {limit.line}"
        numbers = [word for word in limit.say.split() if word.isdigit()]
        assert all(number in limit.line.split() for number in numbers), f"{code}: {limit.say}"


@pytest.mark.parametrize("journey", journeys().all(), ids=lambda journey: journey.id)
def test_the_steps_are_numbered_as_their_buttons(journey: Journey) -> None:
    [message] = steps_reply(journey, known).messages
    assert isinstance(message, ChoicesMessage)
    steps = openable(journey, known)
    numbered = [line for line in message.text.splitlines() if line[0].isdigit()]
    assert [line.split(". ", 1)[1].startswith(step.title) for line, step in zip(numbered, steps, strict=True)]
    assert [choice.title for choice in message.choices] == [step.title for step in steps]
    commands = [choice.command.entities["procedure_code"] for choice in message.choices if choice.command]
    assert commands == [step.code for step in steps]
    for step in journey.steps:
        if step not in steps:
            line = next(line for line in message.text.splitlines() if line.startswith(f"• {step.title}"))
            assert "19001009" in line
    assert "  " not in message.text


def test_what_comes_before_is_named_by_its_number() -> None:
    birth = journeys().get("birth")
    assert birth is not None
    text = steps_reply(birth, known).plain_text
    assert "1. Khai sinh cho bé; hạn: trong 60 ngày kể từ ngày sinh\n" in text
    assert "4. Nhập hộ khẩu (thường trú) cho bé (nếu chưa làm chung một hồ sơ); hạn: tối đa 60 ngày" in text
    assert "làm sau bước 1" in text


def test_a_step_that_the_catalogue_does_not_hold_has_no_number_and_no_time_limit() -> None:
    death = journeys().get("death")
    assert death is not None
    text = steps_reply(death, lambda code: code != "1.003197" and known(code)).plain_text
    assert "• Xóa thường trú của người mất: dữ liệu hiện có" in text
    assert "07 ngày" not in text
    assert "2. Nhận chế độ tử tuất" in text


def test_nothing_known_leaves_a_person() -> None:
    [message] = steps_reply(journeys().all()[0], lambda code: False).messages
    assert isinstance(message, ChoicesMessage)
    assert [choice.command.intent for choice in message.choices if choice.command] == ["talk_to_human"]


def test_the_next_step_is_the_next_one_known() -> None:
    birth = journeys().get("birth")
    assert birth is not None
    following = next_step(birth, "1.001193", lambda code: code != "1.000689")
    assert following is not None
    assert following.code == "2.000986"
    assert next_step(birth, "1.014062", known) is None
    assert next_step(birth, "1.014064", known) is None


def card_of(code: str, journey: str | None) -> CardMessage:
    reply = with_way_on(answer(RECORDS[code], [Aspect.FEE]), code, journeys().get(journey), known)
    card = reply.messages[-1]
    assert isinstance(card, CardMessage)
    return card


def test_an_answer_within_a_journey_leads_to_the_next_step_and_back_to_all() -> None:
    card = card_of("1.000656", "death")
    assert card.choices[0].title == "Bước tiếp theo: Xóa thường trú của người mất"
    assert card.choices[-1].title == "Xem lại các bước"
    assert card.choices[-1].command is not None
    assert card.choices[-1].command.entities == {"journey": "death"}


def test_an_answer_outside_a_journey_has_a_small_way_in() -> None:
    card = card_of("1.000656", None)
    assert not any(choice.title.startswith("Bước tiếp theo") for choice in card.choices)
    assert card.choices[-1].title == "Các việc liên quan"
    assert card.choices[-1].command is not None
    assert card.choices[-1].command.entities == {"procedure_code": "1.000656"}
    other = card_of("1.004859", None)
    assert "Các việc liên quan" not in [choice.title for choice in other.choices]


def test_the_list_has_a_button_for_each_event() -> None:
    [message] = list_reply().messages
    assert isinstance(message, ChoicesMessage)
    assert len(message.choices) == len(EVENTS)
    [few] = list_reply(journeys().with_procedure("1.004222")).messages
    assert isinstance(few, ChoicesMessage)
    assert {"Mới sinh con", "Kết hôn", "Chuyển nhà"} <= {choice.title for choice in few.choices}


def step(**values: object) -> dict[str, object]:
    return {"title": "Việc", **values}


@pytest.mark.parametrize(
    "steps",
    [
        [step(code="1.001193", after=["1.000656"]), step(code="1.000656")],
        [step(code="1.001193"), step(code="1.001193")],
        [step(by_when={"say": "trong 3 ngày", "line": "3 ngày"}), step(code="1.001193")],
        [step(code="1001193"), step()],
    ],
)
def test_data_that_does_not_hold_together_is_refused(tmp_path: Path, steps: list[dict[str, object]]) -> None:
    file = {"id": "x", "title": "X", "heard": ["x"], "steps": steps}
    (tmp_path / "x.yml").write_text(yaml.safe_dump(file), encoding="utf-8")
    with pytest.raises(ValueError, match=r"."):
        Journeys.load(tmp_path)
