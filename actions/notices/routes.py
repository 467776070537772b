"""Where the notices of a conversation go: to itself, or to the channel its citizen has chosen instead."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.notices.models import RouteRow
from actions.personal import PersonalKeys
from actions.wording import say


class Routes:
    """All in the caller's transaction.  One step only: a route does not go on along another one."""

    def __init__(self, keys: PersonalKeys) -> None:
        self._keys = keys

    def to(self, session: Session, conversation: str) -> str:
        """The conversation that hears the notices of this one; mostly itself."""
        row = session.get(RouteRow, self._hash(conversation))
        return self._keys.decrypt(row.conversation) if row else conversation

    def moved_to(self, session: Session, conversation: str) -> str:
        """The channel they go to instead; empty: they stay."""
        row = session.get(RouteRow, self._hash(conversation))
        return row.channel if row else ""

    def sources(self, session: Session, conversation: str) -> list[str]:
        """This conversation, and those whose notices it hears: what is said in it counts for them all."""
        into = select(RouteRow.source).where(RouteRow.conversation_hash == self._hash(conversation))
        return [conversation, *(self._keys.decrypt(token) for token in session.scalars(into))]

    def hashes(self, session: Session, conversation: str) -> list[str]:
        """`sources` as keyed hashes."""
        own = self._hash(conversation)
        return [own, *session.scalars(select(RouteRow.source_hash).where(RouteRow.conversation_hash == own))]

    def _hash(self, conversation: str) -> str:
        return self._keys.hash("conversation", conversation)


def channel_name(channel: str) -> str:
    """As citizens call it."""
    return say(f"notices.channel_{channel}")
