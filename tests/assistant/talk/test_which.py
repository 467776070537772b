"""Which procedure is meant: broad things are asked about, several taken one by one, what is left open leant to."""

from __future__ import annotations

from actions.messages import Behaviour, CardMessage
from tests.assistant.talk.conversation import SAY, Talk, titles_of

CARD, LICENCE, PASSPORT = "1.014064", "3.000348", "1.001456"


def test_a_broad_thing_is_asked_about_and_its_want_kept(talk: Talk) -> None:
    asked = talk.ask("cho em hỏi về hộ chiếu", "ask_help", sure=0.8)
    assert asked.trace.behaviour is Behaviour.CLARIFY
    assert talk.slots["offered"][0] == PASSPORT
    again = talk.ask("lệ phí bao nhiêu", "ask_fee")  # a list: nothing is leant to, it is asked once more
    assert again.trace.behaviour is Behaviour.CLARIFY
    told = talk.ask("1", "inform")
    assert (told.trace.procedure, told.trace.aspect) == (PASSPORT, "fee")


def test_what_a_search_left_open_is_answered_for_the_likeliest(talk: Talk) -> None:
    talk.slots |= {"offered": [CARD, LICENCE], "leaning": CARD, "procedure": None}
    told = talk.ask("lệ phí bao nhiêu", "ask_fee")
    assert (told.trace.behaviour, told.trace.procedure, told.trace.aspect) == (Behaviour.ANSWER, CARD, "fee")
    assert any("giấy phép lái xe" in title.lower() for title in titles_of(told))
    card = told.messages[-1]
    assert isinstance(card, CardMessage)
    assert card.text.startswith(SAY["answers.leaning"].split("{")[0])
    assert (talk.slots["offered"], talk.slots["leaning"], talk.slots["procedure"]) == (None, None, CARD)


def test_a_stale_leaning_answers_nothing(talk: Talk) -> None:
    talk.slots |= {"offered": [CARD, LICENCE], "leaning": PASSPORT, "procedure": None}
    assert talk.ask("lệ phí bao nhiêu", "ask_fee").trace.behaviour is Behaviour.CLARIFY


def test_two_in_one_message_are_taken_one_by_one(talk: Talk) -> None:
    told = talk.ask("toi bi moc mat vi co can cuoc voi bang lai xe may, gio lam lai ca hai the nao")
    assert told.trace.procedure == CARD
    assert talk.slots["spoken"] == [LICENCE, CARD]
    other = talk.press("action_answer", "Cấp lại giấy phép lái xe")
    assert other.trace.procedure == LICENCE


def test_another_province_must_be_named_to_turn_a_question_away(talk: Talk) -> None:
    told = talk.act("action_decline", "căn cước bị mất thì nộp ở đâu", "other_place", sure=0.7)
    assert told.trace.procedure == CARD
    away = talk.act("action_decline", "ở Hải Phòng thì nộp ở đâu", "other_place", sure=0.9)
    assert away.trace.behaviour is Behaviour.HANDOFF
