"""The end of a form on request."""

from __future__ import annotations

from rasa_sdk import Tracker

from actions.appointments.dialogue import asking
from actions.messages import Behaviour, Reply, TextMessage, Trace
from actions.rasa_actions.base import Events, Heard, TthcAction, forget
from actions.rasa_actions.booking import SLOTS as BOOKING_SLOTS
from actions.rasa_actions.booking import release_hold
from actions.rasa_actions.cases import FORM as CASE_FORM
from actions.rasa_actions.cases import stop_case
from actions.rasa_actions.status import CODE, FACTOR, PENDING
from actions.rasa_actions.talk import stop_text
from actions.wording import say


class ActionRereadForm(TthcAction):
    """Stands between a form that refused a message and the same form asking again.

    Rasa never lets a form speak right after it refused; without a step between, the message would be taken as if there
    were no form.  The interview says here that it found no answer; the booking says so in its question.
    """

    title = "action_reread_form"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply | None, Events]:
        if (tracker.active_loop or {}).get("name") != CASE_FORM:
            return None, []
        return asking(TextMessage(text=say("cases.unreadable"))), []


class ActionStopForm(TthcAction):
    """Ends a form and gives back what it held."""

    title = "action_stop_form"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        loop = (tracker.active_loop or {}).get("name")
        if loop == CASE_FORM:
            return stop_case(heard, tracker)
        booking = loop == "booking_form"
        if booking:
            await release_hold(self.services, heard.conversation)
        text, behaviour = stop_text(heard.intent)
        if text is None:
            text = say("booking.stopped_booking" if booking else "booking.stopped_status")
            behaviour = Behaviour.BOOKING if booking else Behaviour.STATUS
        message = TextMessage(text=text)
        slots = BOOKING_SLOTS if booking else (CODE, FACTOR, PENDING)
        return Reply(messages=[message], trace=Trace(behaviour=behaviour)), forget(*slots)
