"""The end of either form on request."""

from __future__ import annotations

from rasa_sdk import Tracker

from actions.messages import Behaviour, Reply, TextMessage, Trace
from actions.rasa_actions.base import Events, Heard, TthcAction, forget
from actions.rasa_actions.booking import SLOTS as BOOKING_SLOTS
from actions.rasa_actions.booking import release_hold
from actions.rasa_actions.status import CODE, FACTOR, PENDING
from actions.rasa_actions.talk import stop_text
from actions.wording import say


class ActionStopForm(TthcAction):
    """Ends a form and gives back what it held."""

    title = "action_stop_form"
    ends_form = True

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        loop = (tracker.active_loop or {}).get("name")
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
