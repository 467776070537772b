"""A pair of tokens that rotates: kept encrypted, renewed by one process at a time.

The refresh token of a pair may be used once, so both are written in one statement.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from actions.channels.models import CredentialRow
from actions.clock import Clock
from actions.database import Database
from actions.personal import PersonalKeys
from actions.transactions import Transactions, changed, insert

LEASE = dt.timedelta(seconds=30)  # longer than a renewal may take


@dataclass(frozen=True)
class TokenPair:
    """`access` is empty until the first renewal.  `version` grows with each."""

    access: str
    refresh: str
    expires_at: dt.datetime
    version: int


class Credentials:
    """Of one name, e.g. "zalo:<app id>"."""

    def __init__(self, database: Database, keys: PersonalKeys, clock: Clock, name: str) -> None:
        self._transactions = Transactions(database)
        self._keys = keys
        self._clock = clock
        self._name = name

    def seed(self, refresh: str) -> None:
        """Begins with a refresh token that an operator gave, unless it is the one begun with before."""
        digest = hashlib.sha256(refresh.encode()).hexdigest()
        now = self._clock.now()
        body = self._keys.encrypt(json.dumps(["", refresh]))

        def work(session: Session) -> None:
            blank = {"name": self._name, "version": 1, "seed_hash": digest, "body": body, "expires_at": now}
            session.execute(insert(session, CredentialRow).values(**blank).on_conflict_do_nothing())
            other = update(CredentialRow).where(CredentialRow.name == self._name, CredentialRow.seed_hash != digest)
            values = {"seed_hash": digest, "body": body, "expires_at": now, "version": CredentialRow.version + 1}
            changed(session, other.values(**values, lease_owner=None, lease_until=None))

        self._transactions.run(work)

    def read(self) -> TokenPair:
        """Raises: Misconfigured, no key fits; Unavailable.  `seed` came before."""

        def work(session: Session) -> TokenPair:
            row = session.scalars(select(CredentialRow).where(CredentialRow.name == self._name)).one()
            access, refresh = json.loads(self._keys.decrypt(row.body))
            return TokenPair(access, refresh, row.expires_at, row.version)

        return self._transactions.run(work)

    def claim(self, owner: str, version: int) -> bool:
        """Whether `owner` is the one to renew `version`; nobody else is for half a minute."""
        now = self._clock.now()
        free = or_(CredentialRow.lease_until.is_(None), CredentialRow.lease_until <= now)
        mine = update(CredentialRow).where(CredentialRow.name == self._name, CredentialRow.version == version, free)
        values = {"lease_owner": owner, "lease_until": now + LEASE}
        return self._transactions.run(lambda session: changed(session, mine.values(**values)) == 1)

    def keep(self, version: int, access: str, refresh: str, expires_at: dt.datetime) -> bool:
        """Both tokens in one statement.  False: somebody has replaced them meanwhile."""
        body = self._keys.encrypt(json.dumps([access, refresh]))
        mine = update(CredentialRow).where(CredentialRow.name == self._name, CredentialRow.version == version)
        values = {"body": body, "expires_at": expires_at, "version": version + 1}
        kept = mine.values(**values, lease_owner=None, lease_until=None)
        return self._transactions.run(lambda session: changed(session, kept) == 1)

    def give_up(self, owner: str) -> None:
        """The renewal failed: another may try."""
        mine = update(CredentialRow).where(CredentialRow.name == self._name, CredentialRow.lease_owner == owner)
        self._transactions.run(lambda session: changed(session, mine.values(lease_owner=None, lease_until=None)))
