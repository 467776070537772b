"""The citizen chooses another channel for their notices: a short code from here is sent to us from there.

Who sends the code shows that both conversations are theirs.  A code is random, good for `GOOD` and once, for one
channel only, and kept as a keyed hash.  Pairing shows nothing of what was said, booked or watched.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import re
import secrets

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from actions.clock import Clock
from actions.memory import Memory
from actions.messages import Behaviour, Choice, ChoicesMessage, Command, Message, Reply, TextMessage, Trace
from actions.notices.models import ConsentRow, NoticeRow, PairingRow, RouteRow
from actions.notices.outbox import Draft, Outbox, channel_of
from actions.notices.port import OPEN, Reason, State
from actions.notices.routes import channel_name
from actions.personal import ALPHABET, PersonalKeys, new_id
from actions.transactions import changed, insert
from actions.wording import say
from knowledge_base.errors import ErrorCode, Refused, Unavailable

GOOD = dt.timedelta(minutes=15)
PREFIX, RANDOM = "TB", 6  # eight characters in all; 30**6 codes, of which `TRIES` an hour may be tried
TRIES, BEGUN, WINDOW_S = 5, 5, 3600.0  # a conversation: codes sent to us, codes asked for, in so many seconds
TOLD_WITHIN = dt.timedelta(days=2)
_CODE = re.compile(rf"\W*(?:MÃ\W*)?{PREFIX}[ -]?([{ALPHABET}]{{{RANDOM}}})\W*")
BACK = Command(intent="move_notices", entities={"value": "back"})


def asked_code(text: str) -> str:
    """The code that a message consists of; empty: it is no code."""
    found = _CODE.fullmatch(text.strip().upper())
    return PREFIX + found[1] if found else ""


class Pairing:
    """Synchronous.  Every method raises Unavailable(DATABASE_DOWN)."""

    def __init__(self, outbox: Outbox, clock: Clock, keys: PersonalKeys) -> None:
        self._outbox = outbox
        self._clock = clock
        self._keys = keys

    def begin(self, conversation: str, channel: str) -> str:
        """A new code for `channel`; the one before it is worth nothing any more."""
        source, expires_at = self._outbox.hash_of(conversation), self._clock.now() + GOOD

        def work(session: Session) -> str:
            changed(session, delete(PairingRow).where(PairingRow.source_hash == source))
            for _ in range(3):
                code = PREFIX + "".join(secrets.choice(ALPHABET) for _ in range(RANDOM))
                values = {
                    "code_hash": self._keys.hash("pairing", code), "source_hash": source, "channel": channel,
                    "source": self._keys.encrypt(conversation), "expires_at": expires_at,
                }  # fmt: skip
                statement = insert(session, PairingRow).values(**values).on_conflict_do_nothing()
                if session.scalar(statement.returning(PairingRow.code_hash)):
                    return code
            raise Unavailable(ErrorCode.DATABASE_DOWN, "no free pairing code")

        return self._outbox.run(work)

    def take(self, conversation: str, code: str) -> bool:
        """Moves the notices of who asked for `code` to this conversation; False: it is no code, not now, not here."""
        now, channel = self._clock.now(), channel_of(conversation)

        def work(session: Session) -> bool:
            spent = delete(PairingRow).where(
                PairingRow.code_hash == self._keys.hash("pairing", code),
                PairingRow.channel == channel,
                PairingRow.expires_at > now,
            )
            token = session.scalar(spent.returning(PairingRow.source))
            if token is None:
                return False
            source = self._keys.decrypt(token)
            self._cut(session, source)
            route = new_id()
            values = {
                "source_hash": self._outbox.hash_of(source), "id": route, "source": token, "channel": channel,
                "conversation_hash": self._outbox.hash_of(conversation), "paired_at": now,
                "conversation": self._keys.encrypt(conversation),
            }  # fmt: skip
            session.add(RouteRow(**values))
            session.flush()
            self._move(session, source, conversation)
            back = Choice(title=say("notices.button_back"), command=BACK)
            away = say("notices.moved_away", channel=channel_name(channel))
            self._tell(session, source, route, ChoicesMessage(text=away, choices=[back]))
            return True

        return self._outbox.run(work)

    def end(self, conversation: str) -> tuple[bool, list[str]]:
        """Every notice goes where it was agreed to again: whether this conversation's own did not, and the channels of
        those that came here."""

        def work(session: Session) -> tuple[bool, list[str]]:
            return self._end_own(session, conversation), self._send_back(session, conversation)

        return self._outbox.run(work)

    def end_own(self, conversation: str) -> bool:
        """This conversation's own notices come here again; False: they never went elsewhere."""
        return self._outbox.run(lambda session: self._end_own(session, conversation))

    def send_back(self, conversation: str) -> list[str]:
        """What came here goes where it was agreed to again, and is told there; the channels of that."""
        return self._outbox.run(lambda session: self._send_back(session, conversation))

    def moved_to(self, conversation: str) -> str:
        """The channel that the notices of a conversation go to instead; empty: they stay."""
        return self._outbox.run(lambda session: self._outbox.routes.moved_to(session, conversation))

    def forget_before(self, moment: dt.datetime) -> int:
        """Deletes codes that are over, and routes of before `moment` that no consent uses any more; how many."""
        used = select(ConsentRow.conversation_hash).where(
            ConsentRow.conversation_hash.is_not(None), ConsentRow.withdrawn_at.is_(None)
        )
        over = delete(RouteRow).where(RouteRow.paired_at < moment, RouteRow.source_hash.not_in(used))
        codes = delete(PairingRow).where(PairingRow.expires_at <= self._clock.now())
        return self._outbox.run(lambda session: changed(session, codes) + changed(session, over))

    # the steps

    def _end_own(self, session: Session, conversation: str) -> bool:
        if self._cut(session, conversation) is None:
            return False
        self._move(session, conversation, conversation)
        return True

    def _send_back(self, session: Session, conversation: str) -> list[str]:
        sources = self._outbox.routes.sources(session, conversation)[1:]
        for source in sources:
            route = self._cut(session, source)
            self._move(session, source, source)
            if route:
                self._tell(session, source, route, TextMessage(text=say("notices.moved_back_told")))
        return sorted({channel_of(source) for source in sources})

    def _cut(self, session: Session, source: str) -> str | None:
        """Ends the route of a conversation, and the consent to it; its id."""
        row = session.get(RouteRow, self._outbox.hash_of(source))
        if row is None:
            return None
        self._outbox.withdraw_in(session, source, [Reason.CHANNEL], row.id)
        changed(session, delete(RouteRow).where(RouteRow.source_hash == row.source_hash))
        session.expunge(row)
        return row.id

    def _move(self, session: Session, source: str, to: str) -> None:
        """What waits for `source` waits for `to`; what was kept for a contact goes out, what a worker holds is taken
        from it."""
        now = self._clock.now()
        agreed = select(ConsentRow.id).where(ConsentRow.conversation_hash == self._outbox.hash_of(source))
        mine = (NoticeRow.consent_id.in_(agreed), NoticeRow.reason != Reason.CHANNEL)
        kept = update(NoticeRow).where(*mine, NoticeRow.state == State.KEPT)
        changed(session, kept.values(due_at=now, next_at=now))
        values = {
            "channel": channel_of(to), "conversation_hash": self._outbox.hash_of(to), "updated_at": now,
            "conversation": self._keys.encrypt(to), "state": State.QUEUED, "claim": None, "lease_until": None,
        }  # fmt: skip
        changed(session, update(NoticeRow).where(*mine, NoticeRow.state.in_(OPEN)).values(**values))

    def _tell(self, session: Session, source: str, route: str, message: Message) -> None:
        """Says there what has changed.  The consent is the proof of the choice."""
        now = self._clock.now()
        consent = self._outbox.consent(session, Reason.CHANNEL, route, source, pairing_version())
        draft = Draft(
            key=f"channel:{route}:{message.type}", reason=Reason.CHANNEL, kind="moved", subject=route,
            conversation=source, consent_id=consent, due_at=now, expires_at=now + TOLD_WITHIN,
            body=Reply(messages=[message]).model_dump_json(),
        )  # fmt: skip
        self._outbox.write(session, draft)


class PairingDesk:
    """The conversation's side: limits, and what is said."""

    def __init__(self, pairing: Pairing, memory: Memory) -> None:
        self._pairing = pairing
        self._memory = memory

    async def begin(self, conversation: str, channel: str) -> str:
        """Raises: Refused(RATE_LIMITED), after `BEGUN` codes."""
        if await self._memory.count(f"pairing-begun:{conversation}", WINDOW_S) > BEGUN:
            raise Refused(ErrorCode.RATE_LIMITED)
        return await asyncio.to_thread(self._pairing.begin, conversation, channel)

    async def heard(self, conversation: str, code: str) -> Reply:
        """The answer to a code.  Wrong, over, used, of another channel, one too many: the same words for all."""
        tries = await self._memory.count(f"pairing-tries:{conversation}", WINDOW_S)
        taken = tries <= TRIES and await asyncio.to_thread(self._pairing.take, conversation, code)
        trace = Trace(behaviour=Behaviour.STATUS)
        if not taken:
            return Reply(messages=[TextMessage(text=say("notices.code_unknown"))], trace=trace)
        back = Choice(title=say("notices.button_back_there"), command=BACK)
        return Reply(messages=[ChoicesMessage(text=say("notices.paired"), choices=[back])], trace=trace)

    async def end(self, conversation: str) -> tuple[bool, list[str]]:
        return await asyncio.to_thread(self._pairing.end, conversation)

    async def end_own(self, conversation: str) -> bool:
        return await asyncio.to_thread(self._pairing.end_own, conversation)


def pairing_version() -> str:
    """Names the exact wording, as proof."""
    wording = say("notices.pair_how", channel="", minutes="", code="")
    return "channel-" + hashlib.sha256(wording.encode()).hexdigest()[:12]
