"""An interview as officers write it: questions, answers, and what of the record each answer rests on.

Nothing here states a fact.  Papers, fees, times and lines are pointed at by the name of their group and a piece of
their words; `grounds.py` looks whether the record still says so, `checklist.py` takes the facts from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from knowledge_base.procedure import CODE_PATTERN, Channel

UNSURE = "?"  # the answer "I do not know": what the question decides stays open
MOST_QUESTIONS = 8  # in a file; `MOST_ASKED` of them on any one way through it
MOST_ASKED = 4
BUTTON = 60  # characters of an answer

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Quoted = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3)]
Answers = Mapping[str, str]  # id of a question -> id of the answer, or `UNSURE`


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PaperPick(Model):
    """Papers of the record: a whole group by its `case`, or the one paper whose name holds `paper`."""

    group: str | None = None
    paper: Quoted | None = None

    @model_validator(mode="after")
    def _points(self) -> PaperPick:
        if self.group is None and self.paper is None:
            raise ValueError("group or paper is wanted")
        return self


class Ground(Model):
    """A line of the record by a piece of its words; exactly one key says where it stands."""

    condition: Quoted | None = None
    step: Quoted | None = None
    method: Quoted | None = None
    fee: Quoted | None = None
    paper: Quoted | None = None
    group: Quoted | None = None
    confusion: Quoted | None = None

    @model_validator(mode="after")
    def _one(self) -> Ground:
        if len(self.model_dump(exclude_none=True)) != 1:
            raise ValueError("exactly one of condition, step, method, fee, paper, group, confusion is wanted")
        return self

    @property
    def part(self) -> str:
        return next(iter(self.model_dump(exclude_none=True)))

    @property
    def quote(self) -> str:
        return str(getattr(self, self.part))


class GroundedPick(PaperPick):
    """Papers, and the line of the record that says what becomes of them in this case."""

    because: Ground


class Instead(Model):
    """Another procedure is the right one; the line of this record that says so."""

    code: str = Field(pattern=CODE_PATTERN)
    because: Ground


class Answer(Model):
    """One answer.  `say` is its button; `words` are other ways of saying it.

    `needs`: papers to hand in; `brings`: papers only shown; `encloses`: papers that go along in the way another line of
    the record says ("kèm bản sao có chứng thực"), so without the counts of their own; `spares`: papers everyone else
    needs and this case does not.
    """

    id: Id
    say: str = Field(min_length=1, max_length=BUTTON)
    words: list[str] = Field(default_factory=list)
    channel: Channel | None = None
    needs: list[PaperPick] = Field(default_factory=list)
    brings: list[PaperPick] = Field(default_factory=list)
    encloses: list[GroundedPick] = Field(default_factory=list)
    spares: list[GroundedPick] = Field(default_factory=list)
    notes: list[Ground] = Field(default_factory=list)
    fees: list[Quoted] = Field(default_factory=list)
    methods: list[Quoted] = Field(default_factory=list)
    instead: Instead | None = None

    @property
    def effect(self) -> str:
        """What choosing it does, to be compared with its neighbours."""
        return self.model_dump_json(exclude={"id", "say", "words"})

    @property
    def placed(self) -> list[PaperPick]:
        """Papers that are on the list because of this answer."""
        return [*self.needs, *self.brings, *self.encloses]


class Question(Model):
    """`when`: asked only if each named question was answered with one of the listed answers; `unless`: not if so.

    One who is not sure of an earlier question is not asked its `when` details, and is asked despite `unless`.
    """

    id: Id
    ask: str = Field(min_length=5, max_length=200)
    hint: str = ""
    when: dict[Id, list[Id]] = Field(default_factory=dict)
    unless: dict[Id, list[Id]] = Field(default_factory=dict)
    answers: list[Answer] = Field(min_length=2, max_length=8)

    def answer(self, answer_id: str) -> Answer | None:
        return next((answer for answer in self.answers if answer.id == answer_id), None)

    def relevant(self, answers: Answers) -> bool:
        """Whether it is asked after `answers`, those to earlier questions."""
        barred = any(answers.get(name) in wanted for name, wanted in self.unless.items())
        return not barred and all(answers.get(name) in wanted for name, wanted in self.when.items())


class Interview(Model):
    code: str = Field(pattern=CODE_PATTERN)
    always: list[PaperPick] = Field(default_factory=list)
    bring: list[PaperPick] = Field(default_factory=list)
    sometimes: list[PaperPick] = Field(default_factory=list)
    questions: list[Question] = Field(min_length=1, max_length=MOST_QUESTIONS)

    def asked(self, answers: Answers) -> Iterator[Question]:
        """The questions of this way through, in order, up to and with the first that is still open."""
        settled: dict[str, str] = {}
        for question in self.questions:
            if not question.relevant(settled):
                continue
            yield question
            chosen = answers.get(question.id)
            if chosen is None:
                return
            settled[question.id] = chosen
            answer = question.answer(chosen)
            if answer and answer.instead:
                return

    def settled(self, answers: Answers) -> dict[str, str]:
        """The answers that still count: a changed answer takes those with it whose question no longer stands."""
        return {q.id: answers[q.id] for q in self.asked(answers) if q.id in answers}

    def next_question(self, answers: Answers) -> Question | None:
        """The question to ask now; None when the case is clear, or another procedure is the right one."""
        return next((question for question in self.asked(answers) if question.id not in answers), None)

    def chosen(self, answers: Answers) -> list[Answer]:
        """The answers given, in order, without those that were not sure."""
        found = [question.answer(answers.get(question.id, UNSURE)) for question in self.asked(answers)]
        return [answer for answer in found if answer]

    def instead(self, answers: Answers) -> Instead | None:
        return next((answer.instead for answer in self.chosen(answers) if answer.instead), None)

    def back(self, answers: Answers) -> dict[str, str]:
        """The answers without the last one."""
        settled = self.settled(answers)
        if settled:
            settled.popitem()
        return settled

    def question(self, question_id: str) -> Question | None:
        return next((question for question in self.questions if question.id == question_id), None)
