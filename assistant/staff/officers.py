"""The officers: who may log in, as what, and at which branches.  Every change is in the audit trail."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from actions.appointments import counter_store
from actions.appointments.branches import Branches
from actions.appointments.counter_port import ActKind
from actions.clock import HANOI, Clock
from actions.database import Database
from actions.personal import clean_name, new_id
from actions.transactions import Transactions
from assistant.staff.models import OfficerBranchRow, OfficerRow, OfficerSessionRow
from assistant.staff.passwords import check_strength, hash_password, matches, nobody
from knowledge_base.errors import BadInput, Conflict, ErrorCode, NotFound

COMMAND_LINE = "command-line"
_USERNAME = re.compile(r"^[a-z][a-z0-9._-]{2,31}$")


class Role(StrEnum):
    OFFICER = "officer"
    SUPERVISOR = "supervisor"  # also sees and exports the audit trail


@dataclass(frozen=True)
class Officer:
    id: str
    username: str
    name: str
    role: Role
    branches: tuple[str, ...]
    disabled: bool


class Officers:
    """Every call may raise Unavailable(DATABASE_DOWN).  Names are unique without regard to case."""

    def __init__(self, database: Database, branches: Branches, clock: Clock) -> None:
        self._transactions = Transactions(database)
        self._branches = branches
        self._clock = clock

    def add(self, username: str, name: str, role: Role, branches: Sequence[str], password: str) -> Officer:
        """Raises: BadInput(BAD_REQUEST) with the reason, NotFound(BRANCH_UNKNOWN), Conflict(OFFICER_EXISTS)."""
        username, shown = username.lower(), clean_name(name)
        if not _USERNAME.match(username):
            raise BadInput(ErrorCode.BAD_REQUEST, "a user name has 3 to 32 of a-z 0-9 . _ - and begins with a letter")
        if not shown:
            raise BadInput(ErrorCode.BAD_REQUEST, "an officer has a name")
        places = self._known(branches)
        check_strength(password, username)
        hashed = hash_password(password)

        def work(session: Session) -> Officer:
            if self._row(session, username) is not None:
                raise Conflict(ErrorCode.OFFICER_EXISTS, username)
            row = OfficerRow(
                id=new_id(), username=username, name=shown, role=role, password=hashed, created_at=self._clock.now()
            )
            session.add(row)
            session.flush()
            session.add_all(OfficerBranchRow(officer_id=row.id, branch_id=place) for place in places)
            session.flush()
            return self._told(session, ActKind.OFFICER_ADDED, row)

        return self._transactions.run(work)

    def change(
        self, username: str, role: Role | None = None, branches: Sequence[str] = (), enable: bool = False
    ) -> Officer:
        """Raises: NotFound(OFFICER_UNKNOWN, BRANCH_UNKNOWN)."""
        places = self._known(branches) if branches else ()

        def work(session: Session) -> Officer:
            row = self._existing(session, username)
            row.role = role or row.role
            row.disabled_at = None if enable else row.disabled_at
            if places:
                session.execute(delete(OfficerBranchRow).where(OfficerBranchRow.officer_id == row.id))
                session.add_all(OfficerBranchRow(officer_id=row.id, branch_id=place) for place in places)
            session.flush()
            return self._told(session, ActKind.OFFICER_CHANGED, row)

        return self._transactions.run(work)

    def disable(self, username: str) -> Officer:
        """Ends the officer's sessions at once.  Raises: NotFound(OFFICER_UNKNOWN)."""

        def work(session: Session) -> Officer:
            row = self._existing(session, username)
            row.disabled_at = row.disabled_at or self._clock.now()
            self._end_sessions(session, row)
            return self._told(session, ActKind.OFFICER_DISABLED, row)

        return self._transactions.run(work)

    def set_password(self, username: str, password: str) -> Officer:
        """Ends the officer's sessions.  Raises: NotFound(OFFICER_UNKNOWN), BadInput(BAD_REQUEST)."""
        check_strength(password, username)
        hashed = hash_password(password)

        def work(session: Session) -> Officer:
            row = self._existing(session, username)
            row.password = hashed
            self._end_sessions(session, row)
            return self._told(session, ActKind.PASSWORD_SET, row)

        return self._transactions.run(work)

    def all(self) -> list[Officer]:
        def work(session: Session) -> list[Officer]:
            rows = session.scalars(select(OfficerRow).order_by(OfficerRow.username)).all()
            return [_officer(session, row) for row in rows]

        return self._transactions.run(work)

    def known_by(self, username: str, password: str) -> tuple[Officer | None, bool]:
        """The officer of that name, if there is one, and whether they may come in.  Takes the same time either way."""

        def work(session: Session) -> tuple[Officer | None, str]:
            row = self._row(session, username)
            return (_officer(session, row), row.password) if row else (None, nobody())

        officer, kept = self._transactions.run(work)
        right = matches(password, kept)
        return officer, right and officer is not None and not officer.disabled

    # the steps

    def _known(self, branches: Sequence[str]) -> list[str]:
        if not branches:
            raise BadInput(ErrorCode.BAD_REQUEST, "an officer has at least one branch")
        return list(dict.fromkeys(self._branches.get(branch.upper()).id for branch in branches))

    def _row(self, session: Session, username: str) -> OfficerRow | None:
        return session.scalar(select(OfficerRow).where(OfficerRow.username == username.strip().lower()))

    def _existing(self, session: Session, username: str) -> OfficerRow:
        row = self._row(session, username)
        if row is None:
            raise NotFound(ErrorCode.OFFICER_UNKNOWN, f"no officer {username}")
        return row

    def _end_sessions(self, session: Session, row: OfficerRow) -> None:
        session.execute(delete(OfficerSessionRow).where(OfficerSessionRow.officer_id == row.id))

    def _told(self, session: Session, kind: ActKind, row: OfficerRow) -> Officer:
        officer, now = _officer(session, row), self._clock.now()
        after = {"role": officer.role, "branches": list(officer.branches), "disabled": officer.disabled}
        day = now.astimezone(HANOI).date()
        counter_store.record(session, kind, COMMAND_LINE, "", day, now, subject=row.id, after=after)
        return officer


def find_officer(session: Session, officer_id: str) -> Officer | None:
    row = session.get(OfficerRow, officer_id)
    return _officer(session, row) if row else None


def _officer(session: Session, row: OfficerRow) -> Officer:
    own = select(OfficerBranchRow.branch_id).where(OfficerBranchRow.officer_id == row.id)
    branches = tuple(session.scalars(own.order_by(OfficerBranchRow.branch_id)))
    return Officer(row.id, row.username, row.name, Role(row.role), branches, row.disabled_at is not None)
