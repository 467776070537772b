"""The end of any form on request."""

from __future__ import annotations

from rasa_sdk import Tracker

from actions.appointments.dialogue import asking
from actions.messages import Behaviour, Reply, TextMessage, Trace
from actions.rasa_actions.base import Events, Heard, TthcAction
from actions.rasa_actions.cases import FORM as CASE_FORM
from actions.rasa_actions.cases import resume_booking
from actions.rasa_actions.ending import form_of, give_back
from actions.rasa_actions.people import feedback_reply, handoff_reply
from actions.rasa_actions.talk import stop_text
from actions.wording import say

# Of each form: what is said when it ends, and as what that counts.
FORMS = {
    "status_form": ("booking.stopped_status", Behaviour.STATUS),
    "booking_form": ("booking.stopped_booking", Behaviour.BOOKING),
    "message_form": ("people.stopped", Behaviour.SMALL_TALK),
    CASE_FORM: ("cases.stopped", Behaviour.SMALL_TALK),
}


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
    ends_form = True

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        form = form_of(tracker)
        key, behaviour = FORMS.get(form, FORMS["status_form"])
        events = await give_back(self.services, heard, form)
        if heard.intent == "talk_to_human":
            return await handoff_reply(self.services, heard, tracker, "asked"), events
        if heard.intent == "give_feedback":
            return await feedback_reply(self.services, heard), events
        text, other = stop_text(heard.intent)
        if text is None:
            text = say(key)
        else:
            behaviour = other
        reply = Reply(messages=[TextMessage(text=text)], trace=Trace(behaviour=behaviour))
        if form == CASE_FORM and heard.intent == "stop":  # the list is stopped, not the booking it came between
            events += await resume_booking(self.services, heard.conversation, reply)
        return reply, events
