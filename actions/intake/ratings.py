"""Ratings of resolved matters.  A rating names a matter and a procedure, never a conversation or a person."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from actions.clock import HANOI, Clock
from actions.database import Database
from actions.intake.models import RatingRow
from actions.personal import PersonalKeys
from actions.transactions import Transactions, changed, insert

COMMENT_LIMIT = 500
KEEP_DAYS = 90  # a comment is erased this long after; people write into it what they like


class Matter(StrEnum):
    """What was resolved."""

    DOSSIER = "dossier"
    BOOKING = "booking"
    ANSWER = "answer"


class Score(IntEnum):
    UNSATISFIED = 1
    SATISFIED = 2
    VERY_SATISFIED = 3


# As buttons and figures name them.
SCORES = {"very_satisfied": Score.VERY_SATISFIED, "satisfied": Score.SATISFIED, "unsatisfied": Score.UNSATISFIED}


class Reason(StrEnum):
    """Why not very satisfied."""

    MISSING = "missing"
    HARD = "hard"
    WRONG = "wrong"
    SLOW = "slow"
    OTHER = "other"


@dataclass(frozen=True)
class Rating:
    """`created_at` in Asia/Ho_Chi_Minh."""

    matter: str
    procedure_code: str
    score: Score
    reason: str
    comment: str
    channel: str
    created_at: dt.datetime


class Ratings:
    """Synchronous; callers on the event loop use a thread.  Every method raises Unavailable(DATABASE_DOWN)."""

    def __init__(self, database: Database, keys: PersonalKeys, clock: Clock) -> None:
        self._transactions = Transactions(database)
        self._keys = keys
        self._clock = clock

    def add(self, rating_id: str, matter: Matter, procedure_code: str, score: Score, channel: str) -> bool:
        """Keeps the rating asked for under `rating_id`; False when it was given already."""
        values = {
            "id": rating_id[:16], "matter": matter, "procedure_code": procedure_code[:32], "score": int(score),
            "reason": "", "channel": channel[:32], "created_at": self._clock.now(),
        }  # fmt: skip

        def work(session: Session) -> bool:
            statement = insert(session, RatingRow).values(**values).on_conflict_do_nothing().returning(RatingRow.id)
            return session.scalar(statement) is not None

        return self._transactions.run(work)

    def give_reason(self, rating_id: str, reason: Reason) -> bool:
        """Whether there is such a rating."""
        return self._change(rating_id, reason=reason.value)

    def comment(self, rating_id: str, text: str) -> bool:
        """Keeps what was written, encrypted.  Whether there is such a rating."""
        return self._change(rating_id, comment=self._keys.encrypt(text.strip()[:COMMENT_LIMIT]))

    def erase_past(self) -> int:
        """Erases the comments of ratings older than KEEP_DAYS; how many.  What is counted stays."""
        before = self._clock.now() - dt.timedelta(days=KEEP_DAYS)
        old = update(RatingRow).where(RatingRow.created_at < before, RatingRow.comment.is_not(None))
        return self._transactions.run(lambda session: changed(session, old.values(comment=None)))

    def all(self) -> list[Rating]:
        """Oldest first, comments opened."""
        query = select(RatingRow).order_by(RatingRow.created_at, RatingRow.id)
        rows = self._transactions.run(lambda session: list(session.scalars(query)))
        return [
            Rating(
                matter=row.matter,
                procedure_code=row.procedure_code,
                score=Score(row.score),
                reason=row.reason,
                comment=self._keys.decrypt(row.comment) if row.comment else "",
                channel=row.channel,
                created_at=row.created_at.astimezone(HANOI),
            )
            for row in rows
        ]

    def _change(self, rating_id: str, **values: str) -> bool:
        statement = update(RatingRow).where(RatingRow.id == rating_id).values(**values)

        def work(session: Session) -> bool:
            return changed(session, statement) == 1

        return self._transactions.run(work)
