"""Sessions of officers: opaque tokens, kept as hashes, with an idle and an absolute end."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from sqlalchemy import delete, or_, update
from sqlalchemy.orm import Session

from actions.clock import Clock
from actions.database import Database
from actions.transactions import Transactions, changed
from assistant.staff.models import OfficerSessionRow
from assistant.staff.officers import Officer, find_officer
from knowledge_base.errors import ErrorCode, Refused

TOKEN_BYTES = 32
_SEEN_EVERY = dt.timedelta(minutes=1)  # a session seen a moment ago is not written again
_LONGEST = 128


@dataclass(frozen=True)
class StaffSession:
    """`csrf` must come back in a header with every change."""

    officer: Officer
    csrf: str


class StaffSessions:
    """Every call may raise Unavailable(DATABASE_DOWN)."""

    def __init__(self, database: Database, clock: Clock, idle: dt.timedelta, life: dt.timedelta) -> None:
        self._transactions = Transactions(database)
        self._clock = clock
        self.idle = idle
        self.life = life

    def open(self, officer_id: str) -> str:
        """A new session's token, for the cookie; nothing else knows it."""
        token, now = secrets.token_urlsafe(TOKEN_BYTES), self._clock.now()
        row = OfficerSessionRow(
            token_hash=_hash(token), officer_id=officer_id, created_at=now, seen_at=now, ends_at=now + self.life
        )
        self._transactions.run(lambda session: session.add(row))
        return token

    def read(self, token: str, *, active: bool) -> StaffSession:
        """The session behind a token.  `active`: a person did something, so the idle time begins anew.

        Raises: Refused(LOGIN_OVER), HTTP 401, for a token that is forged, over, closed, or of a disabled officer.
        """
        now = self._clock.now()

        def work(session: Session) -> Officer | None:
            row = session.get(OfficerSessionRow, _hash(token)) if 0 < len(token) <= _LONGEST else None
            if row is None or row.ends_at <= now or row.seen_at + self.idle <= now:
                return None
            if active and now - row.seen_at >= _SEEN_EVERY:
                same = update(OfficerSessionRow).where(OfficerSessionRow.token_hash == row.token_hash)
                changed(session, same.values(seen_at=now))
            return find_officer(session, row.officer_id)

        officer = self._transactions.run(work)
        if officer is None or officer.disabled:
            raise over()
        return StaffSession(officer, csrf_of(token))

    def close(self, token: str) -> None:
        own = delete(OfficerSessionRow).where(OfficerSessionRow.token_hash == _hash(token))
        self._transactions.run(lambda session: changed(session, own))

    def forget_old(self) -> int:
        """Deletes sessions that are over; how many."""
        now = self._clock.now()
        old = or_(OfficerSessionRow.ends_at <= now, OfficerSessionRow.seen_at <= now - self.idle)
        return self._transactions.run(lambda session: changed(session, delete(OfficerSessionRow).where(old)))


def csrf_of(token: str) -> str:
    """Known to whoever may read the answers of this session; the token cannot be told from it."""
    return hmac.new(token.encode(), b"tthc-staff-csrf-v1", hashlib.sha256).hexdigest()


def over() -> Refused:
    error = Refused(ErrorCode.LOGIN_OVER)
    error.http_status = 401
    return error


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
