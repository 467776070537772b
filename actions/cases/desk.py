"""Interviews, kept lists and the records in use, brought together."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from actions.appointments.port import Appointment
from actions.cases.checklist import checklist, paper_sections
from actions.cases.lists import KeptList, Lists
from actions.cases.load import Interviews
from actions.cases.model import Interview
from actions.messages import ChecklistMessage, Section
from knowledge_base.errors import ErrorCode, NotFound, TthcError
from knowledge_base.procedure import Procedure
from knowledge_base.search import ProcedureSearch


class CaseDesk:
    def __init__(self, interviews: Interviews, lists: Lists, search: Callable[[], ProcedureSearch]) -> None:
        self._interviews = interviews
        self.lists = lists
        self._search = search

    def interview(self, procedure: Procedure) -> Interview | None:
        """The interview to hold about `procedure` as it is in use now."""
        return self._interviews.of(procedure)

    def shown(self, list_id: str) -> ChecklistMessage:
        """A kept list, made anew of the record.

        Raises: NotFound(CHECKLIST_UNKNOWN), also when record or interview have changed so that its answers say nothing.
        """
        return self._made(self.lists.get(list_id))

    def attach(self, list_id: str, appointment: Appointment) -> None:
        self.lists.attach(list_id, appointment.id, appointment.starts_at)

    def papers_of(self, appointment_id: str) -> list[Section]:
        """The papers to bring to an appointment; none where no list goes with it.  A ticket is shown without them
        rather than not at all."""
        with contextlib.suppress(TthcError):
            kept = self.lists.of_appointment(appointment_id)
            return paper_sections(self._made(kept)) if kept else []
        return []

    def _made(self, kept: KeptList) -> ChecklistMessage:
        procedure = self._search().get(kept.code)
        interview = self.interview(procedure) if procedure else None
        if procedure is None or interview is None or interview.settled(kept.answers) != kept.answers:
            raise NotFound(ErrorCode.CHECKLIST_UNKNOWN, f"{kept.code} has changed")
        return checklist(procedure, interview, kept.answers)
