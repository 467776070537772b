"""What is no question, what is not ours, what cannot be found; and that nothing is asked twice."""

from __future__ import annotations

import re
from typing import Any

import pytest

from knowledge_base.decision import Verdict
from tests.assistant.talk.conversation import SAY, UNKNOWN, Talk, choices_of, titles_of
from tests.assistant.whole_platform import Platform


@pytest.mark.parametrize(("action", "intent"), [("action_answer", "inform"), ("action_decline", "out_of_domain")])
def test_noise_has_its_own_reply(talk: Talk, action: str, intent: str) -> None:
    reply = talk.act(action, "asdfgh qwerty", intent)
    assert (reply.plain_text, reply.trace.outcome) == (SAY["talk.nonsense"], "nonsense")
    assert talk.act(action, "kjhkjhk", intent).plain_text == SAY["talk.stuck"]


def test_another_script_gets_the_short_english_answer(talk: Talk) -> None:
    reply = talk.ask("请问怎么登记", "nlu_fallback")
    assert (reply.plain_text, reply.trace.outcome) == (SAY["talk.foreign_language"], "foreign_language")


@pytest.mark.parametrize(
    "intent", ["out_of_domain", "legal_advice", "other_person_dossier", "other_place", "abuse", "crisis", "injection",
               "foreign_language"],
)  # fmt: skip
def test_each_kind_of_what_is_not_ours_has_its_own_words_and_outcome(talk: Talk, intent: str) -> None:
    reply = talk.act("action_decline", "điều không ai nộp ở Hải Phòng cả", intent, sure=0.97)
    assert (reply.plain_text, reply.trace.outcome) == (SAY[f"talk.{intent}"], intent)
    assert reply.trace.procedure is None
    assert "113" in reply.plain_text or intent != "crisis"


@pytest.mark.parametrize("text", UNKNOWN)
def test_no_procedure_is_named_where_search_abstains(platform: Platform, text: str) -> None:
    search = platform.parts.knowledge.search()
    assert search.search(text).verdict is Verdict.ABSTAIN
    talk = Talk(platform, "web")
    names = [procedure.name.lower() for code in _codes(search) if (procedure := search.get(code))]
    for _ in range(3):
        reply = talk.ask(text, "nlu_fallback", sure=0.3)
        said = reply.plain_text.lower()
        assert reply.trace.procedure is None
        assert not re.search(r"\d\.\d{6}", said)
        assert not [name for name in names if name in said]
        assert not any(choice.command and "procedure_code" in choice.command.entities for choice in choices_of(reply))


def _codes(search: Any) -> list[str]:
    return [candidate.code for candidate in search.rank("thủ tục", limit=len(search))]


def test_an_open_question_is_put_once_and_the_list_can_still_be_chosen_from(talk: Talk) -> None:
    talk.slots["offered"] = ["1.001193", "1.000894"]
    first = talk.ask("lệ phí bao nhiêu", "ask_fee")
    assert first.plain_text.startswith(SAY["answers.clarify"])
    second = talk.ask("mất bao lâu", "ask_duration")
    assert second.plain_text == SAY["talk.stuck_listed"]
    assert titles_of(second) == ["Gặp cán bộ", "Việc trong đời sống"]
    chosen = talk.ask("2", "inform")
    assert (chosen.trace.procedure, chosen.trace.aspect) == ("1.000894", "duration")
    assert talk.slots["asked"] is None


def test_what_cannot_be_found_twice_leads_to_a_person_and_the_list(talk: Talk) -> None:
    first = talk.ask(UNKNOWN[0], "nlu_fallback", sure=0.3)
    assert (first.plain_text, first.trace.outcome) == (SAY["answers.abstain"], "not_found")
    assert talk.ask(UNKNOWN[1], "nlu_fallback", sure=0.3).plain_text == SAY["talk.stuck"]
    assert talk.ask(UNKNOWN[2], "nlu_fallback", sure=0.3).plain_text == SAY["talk.stuck_person"]
