"""The interview as Rasa runs it: what each action makes of a message, and what it keeps."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.cases.desk import CaseDesk
from actions.cases.fake import FakeLists
from actions.cases.load import Interviews
from actions.clock import HANOI, FixedClock
from actions.memory import ProcessMemory
from actions.messages import CardMessage, ChecklistMessage, Choice, ChoicesMessage, Command, FileMessage, Reply
from actions.rasa_actions import cases, forms, questions
from actions.wording import say
from knowledge_base.procedure import Procedure
from tests.actions.cases.records import interview, record
from tests.actions.some_services import some_services

NOW = dt.datetime(2026, 11, 23, 7, 30, tzinfo=HANOI)
CODE = "9.000001"


class Catalogue:
    """The records of a search, by code."""

    def __init__(self, *procedures: Procedure) -> None:
        self.procedures = {procedure.code: procedure for procedure in procedures}

    def get(self, code: str) -> Procedure | None:
        return self.procedures.get(code)


class Talk:
    """What Rasa keeps between the actions of a conversation, and the order in which it runs them."""

    def __init__(self) -> None:
        clock = FixedClock(NOW)
        other = record(code="9.000002", name="Cấp bản sao sổ tay mẫu", confusions=[])
        self.catalogue = Catalogue(record(), other)
        self.lists = FakeLists(clock)
        self.memory = ProcessMemory()
        search = cast(Any, lambda: self.catalogue)
        self.services = some_services(
            search=search, memory=self.memory, clock=clock, public_url="https://tthc.test",
            cases=CaseDesk(Interviews({CODE: interview()}), self.lists, search),
        )  # fmt: skip
        self.slots: dict[str, Any] = {}
        self.form = False
        self.followup: str | None = None

    async def do(self, action: type[Any], said: str | Command, intent: str, sure: float) -> tuple[Reply | None, bool]:
        entities: dict[str, str] = {}
        if isinstance(said, Command):
            intent, entities, said, sure = said.intent, said.entities, f"/{said.intent}", 1.0
        message = {
            "text": said,
            "intent": {"name": intent, "confidence": sure},
            "entities": [{"entity": name, "value": value} for name, value in entities.items()],
        }
        loop = {"name": "case_form"} if self.form else {}
        tracker = Tracker("web:a", self.slots, message, [], False, None, loop, "action_listen")
        dispatcher = CollectingDispatcher()
        events = await action(self.services).run(dispatcher, tracker, {})
        kept = {event["name"]: event["value"] for event in events if event["event"] == "slot"}
        self.slots |= kept
        self.followup = next((event["name"] for event in events if event["event"] == "followup"), None)
        reply = Reply.model_validate(dispatcher.messages[0]["custom"]) if dispatcher.messages else None
        return reply, bool(kept)

    async def start(self, said: str | Command = "", intent: str = "make_checklist") -> Reply:
        reply, _ = await self.do(cases.ActionStartCase, said or press("make_checklist"), intent, 0.9)
        assert reply is not None
        if self.followup:
            self.form = False
            return reply
        self.form = True
        return await self.asked(said, intent)

    async def asked(self, said: str | Command, intent: str = "inform", sure: float = 0.9) -> Reply:
        reply, _ = await self.do(cases.ActionAskCase, said, intent, sure)
        assert reply is not None
        return reply

    async def hear(self, said: str | Command, intent: str = "inform", sure: float = 0.9) -> Reply:
        """A turn inside the form; one that is refused falls to the rules, which this gives back as no messages."""
        said_first, taken = await self.do(cases.ValidateCaseForm, said, intent, sure)
        if not taken:
            return Reply()
        if self.slots.get("case_done"):
            self.form = False
            reply, _ = await self.do(cases.ActionChecklist, said, intent, sure)
            assert reply is not None
            return reply
        asked = await self.asked(said, intent, sure)
        return Reply(messages=[*(said_first.messages if said_first else []), *asked.messages], trace=asked.trace)


def press(intent: str, **entities: str) -> Command:
    return Command(intent=intent, entities={"procedure_code": CODE, **entities})


def choices(reply: Reply) -> list[Choice]:
    message = [said for said in reply.messages if not isinstance(said, FileMessage)][-1]
    assert isinstance(message, ChoicesMessage | ChecklistMessage | CardMessage)
    return message.choices


def button(reply: Reply, title: str) -> Command:
    command = next(choice.command for choice in choices(reply) if choice.title == title)
    assert command is not None
    return command


def text(reply: Reply) -> str:
    return reply.plain_text


@pytest.fixture
def talk() -> Talk:
    return Talk()


async def test_one_question_at_a_time_by_button_and_by_word_to_the_list(talk: Talk) -> None:
    first = await talk.start()
    assert "Bạn xin sổ lần đầu hay cấp lại?" in text(first)
    second = await talk.hear(button(first, "Cấp lại"))
    assert "Ai đi nộp hồ sơ?" in text(second)
    assert "lần đầu hay cấp lại" not in text(second)
    third = await talk.hear("toi tu di")
    assert "Bạn nộp bằng cách nào?" in text(third)
    fourth = await talk.hear("1")
    made = await talk.hear(button(fourth, "Đúng hạn"))
    message, file = made.messages
    assert isinstance(message, ChecklistMessage)
    assert isinstance(file, FileMessage)
    assert [item.label for item in message.items] == ["Tờ khai cấp sổ", "Giấy chứng nhận cũ", "Căn cước", "Hộ chiếu"]
    kept = talk.lists.get(file.url.rsplit("/", 1)[1])
    assert kept.answers == {"viec": "cap_lai", "nguoi": "tu_nop", "nop": "truc_tiep", "han": "dung"}
    assert "book_appointment" in [choice.command.intent for choice in message.choices if choice.command]


async def test_a_side_question_is_left_to_the_rules_and_the_question_comes_back_with_a_way_around(talk: Talk) -> None:
    await talk.start()
    aside = await talk.hear("lệ phí bao nhiêu", "ask_fee", 0.95)
    assert aside.messages == []
    back = await talk.asked("lệ phí bao nhiêu", "ask_fee")
    assert say("cases.asked_resumed") in text(back)
    assert say("cases.button_all_papers") in [choice.title for choice in choices(back)]


async def test_words_of_an_answer_count_even_where_they_sound_like_a_want(talk: Talk) -> None:
    await talk.start()
    await talk.hear("2")
    await talk.hear("1")
    asked = await talk.hear("nộp qua mạng", "ask_online", 0.97)
    assert "đúng hạn" in text(asked)
    assert (await talk.hear("nộp muộn thì lệ phí thế nào", "ask_fee", 0.97)).messages == []


async def test_what_fits_no_answer_is_told_before_the_question_is_asked_again(talk: Talk) -> None:
    await talk.start()
    assert (await talk.hear("abc xyz", "nlu_fallback", 0.3)).messages == []
    said, _ = await talk.do(forms.ActionRereadForm, "abc xyz", "nlu_fallback", 0.3)
    assert said is not None
    assert say("cases.unreadable") in text(said)
    again = await talk.asked("abc xyz", "nlu_fallback", 0.3)
    assert say("cases.button_all_papers") in [choice.title for choice in choices(again)]


async def test_an_unsure_guess_of_something_grave_does_not_end_it(talk: Talk) -> None:
    await talk.start()
    asked = await talk.hear("sổ hồng nhà em", "crisis", 0.4)
    assert say("cases.unreadable") in text(asked)
    assert "lần đầu hay cấp lại" in text(asked)
    assert (await talk.hear("có người đánh tôi", "crisis", 0.9)).messages == []
    assert "Ai đi nộp hồ sơ?" in text(await talk.hear("nhà em xin làm lại", "abuse", 0.7))
    assert (await talk.hear("tự đi gặp cán bộ", "talk_to_human", 0.9)).messages == []


async def test_back_goes_one_question_back_and_says_so_at_the_first(talk: Talk) -> None:
    await talk.start()
    await talk.hear("2")
    asked = await talk.hear("quay lại", "go_back")
    assert "lần đầu hay cấp lại" in text(asked)
    first = await talk.hear("quay lại", "go_back")
    assert say("cases.asked_first") in text(first)
    await talk.hear("2")
    pressed = await talk.hear(Command(intent="go_back"))
    assert "lần đầu hay cấp lại" in text(pressed)


async def test_an_older_button_changes_that_answer_and_what_hangs_on_it(talk: Talk) -> None:
    await talk.start()
    second = await talk.hear("2")
    third = await talk.hear(button(second, "Người khác nộp thay"))
    assert "14 tuổi" in text(third)
    changed = await talk.hear(button(second, "Tôi tự nộp"))
    assert "Bạn nộp bằng cách nào?" in text(changed)
    assert talk.slots["case_answers"] == {"viec": "cap_lai", "nguoi": "tu_nop"}


async def test_a_button_of_another_interview_is_told_as_such(talk: Talk) -> None:
    await talk.start()
    foreign = Command(
        intent="choose_answer", entities={"procedure_code": "1.001193", "question": "nop", "answer": "truc_tiep"}
    )
    asked = await talk.hear(foreign)
    assert say("cases.old_button") in text(asked)
    assert "lần đầu hay cấp lại" in text(asked)


async def test_another_procedure_is_named_with_the_records_reason_and_opened(talk: Talk) -> None:
    await talk.start()
    led = await talk.hear("3")
    assert "Cấp bản sao sổ tay mẫu (9.000002)" in text(led)
    assert "Chỉ xin bản sao của sổ" in text(led)
    assert led.trace.procedure == "9.000002"
    opened = button(led, "Cấp bản sao sổ tay mẫu")
    assert opened.entities["procedure_code"] == "9.000002"
    del talk.catalogue.procedures["9.000002"]
    edited = await talk.start(button(led, say("cases.button_edit")))
    assert "lần đầu hay cấp lại" in text(edited)
    unknown = await talk.hear("3")
    assert "hiện chưa có" in text(unknown)


async def test_answers_are_changed_after_the_end(talk: Talk) -> None:
    await talk.start()
    for said in ("2", "1", "1"):
        last = await talk.hear(said)
    made = await talk.hear("1")
    asked = await talk.start(button(made, say("cases.button_edit")))
    assert "đúng hạn" in text(asked)
    made = await talk.hear("2")
    assert "Quá hạn" in text(made)
    made = await talk.start(button(last, "Đúng hạn"), "choose_answer")
    assert talk.followup == "action_listen"
    assert "Quá hạn: " not in text(made)
    again = await talk.start("sửa câu trả lời")
    assert "đúng hạn" in text(again)


async def test_without_an_interview_the_plain_papers_are_given(talk: Talk) -> None:
    given = await talk.start(Command(intent="make_checklist", entities={"procedure_code": "9.000002"}))
    assert say("cases.no_interview") in text(given)
    assert "Tờ khai cấp sổ" in text(given)
    assert talk.followup == "action_listen"
    none = await Talk().start("lập danh sách giấy tờ")
    assert text(none) == say("cases.no_procedure")


async def test_a_record_that_changes_meanwhile_ends_the_interview_kindly(talk: Talk) -> None:
    await talk.start()
    newer = record()
    newer.paper_groups.pop(2)
    talk.catalogue.procedures[CODE] = newer
    ended = await talk.hear("2")
    assert say("cases.no_interview") in text(ended)
    assert "Tờ khai cấp sổ" in text(ended)


async def test_stop_ends_it_and_forgets_the_question(talk: Talk) -> None:
    await talk.start()
    assert (await talk.hear("thôi", "stop", 0.86)).messages == []
    said, _ = await talk.do(forms.ActionStopForm, "thôi", "stop", 0.86)
    assert said is not None
    assert text(said) == say("cases.stopped")
    assert talk.slots["case_asked"] is None


async def test_an_answer_about_the_procedure_offers_the_interview(talk: Talk) -> None:
    shown, _ = await talk.do(
        questions.ActionAnswer, press("choose_procedure", aspect="documents"), "choose_procedure", 1.0
    )
    assert shown is not None
    assert choices(shown)[0].title == say("cases.button_start")
    other = Command(intent="choose_procedure", entities={"procedure_code": "9.000002"})
    shown, _ = await talk.do(questions.ActionAnswer, other, "choose_procedure", 1.0)
    assert shown is not None
    assert say("cases.button_start") not in [choice.title for choice in choices(shown)]
