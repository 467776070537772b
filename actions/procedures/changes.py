"""The warning under an answer whose record the law is about to change, or has changed."""

from __future__ import annotations

import datetime as dt

from actions.messages import CardMessage, Reply, Section
from actions.procedures.answers import plain
from actions.wording import say
from knowledge_base.changes import change_of
from knowledge_base.procedure import Procedure


def with_coming_change(reply: Reply, procedure: Procedure, today: dt.date) -> Reply:
    """`reply`, its card with one section more where a change is near or over."""
    change = change_of(procedure, today)
    if change is None:
        return reply
    key = "answers.law_changes" if today < change.starts else "answers.law_changed"
    line = say(key, law=change.law, number=change.number, date=f"{change.starts:%d/%m/%Y}")
    for card in reply.messages:
        if isinstance(card, CardMessage):
            card.sections.append(Section(heading=say("answers.heading_change"), lines=[line]))
            card.text = plain(card.title, card.sections, card.source)
    return reply
