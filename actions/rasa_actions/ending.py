"""The end of a form: what it held is given back, and its slots are forgotten."""

from __future__ import annotations

import re

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet

from actions.rasa_actions.base import Events, Heard, forget
from actions.rasa_actions.booking import SLOTS as BOOKING_SLOTS
from actions.rasa_actions.booking import release_hold
from actions.rasa_actions.cases import FORM as CASE_FORM
from actions.rasa_actions.cases import SLOTS as CASE_SLOTS
from actions.rasa_actions.leaving import DRAFT
from actions.rasa_actions.leaving import SLOTS as MESSAGE_SLOTS
from actions.rasa_actions.status import CODE, FACTOR, PENDING
from actions.services import Services
from actions.talk.session import UNFINISHED, Session
from knowledge_base.text import expand, fold

SLOTS = {
    "status_form": (CODE, FACTOR, PENDING),
    "booking_form": BOOKING_SLOTS,
    "message_form": MESSAGE_SLOTS,
    CASE_FORM: CASE_SLOTS,
}
# "Thời gian …" without diacritics begins alike, so something of leaving must follow.
_LEAVES = re.compile(
    r"^(?:a |o |uh |ma )*(?:thoi(?=,)|thoi(?: khoi| bo| de sau| duoc roi| vay| nhe| khong)\b|bo qua\b|"
    r"khoi (?:di|can|tra|dat)\b|de sau\b|"
    r"khong (?:tra|dat|lam|gui|viet) nua\b)"
)


def form_of(tracker: Tracker) -> str:
    return str((tracker.active_loop or {}).get("name") or "")


def leaves_form(heard: Heard, tracker: Tracker) -> bool:
    """Whether a question begins by leaving the form under way: "thôi để sau, hộ chiếu cho bé mất bao lâu"."""
    return form_of(tracker) in SLOTS and bool(_LEAVES.match(fold(expand(heard.text))))


async def give_back(services: Services, heard: Heard, form: str) -> Events:
    """Frees what `form` held; its slots forgotten."""
    if form == "booking_form":
        await release_hold(services, heard.conversation)
    if form == "message_form":
        await Session(services.memory, heard.conversation).drop(DRAFT)
    return forget(*SLOTS.get(form, SLOTS["status_form"]))


async def end_form(services: Services, heard: Heard, tracker: Tracker) -> Events:
    """Ends the form under way from an action after which its rule would ask on."""
    events = await give_back(services, heard, form_of(tracker))
    await Session(services.memory, heard.conversation).drop(UNFINISHED)
    return [*events, ActiveLoop(None), SlotSet("requested_slot", None), FollowupAction("action_listen")]
