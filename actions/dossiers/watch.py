"""Watching a dossier: who proved a right to know it may be told when it changes.

Kept of it: the code, encrypted, and a keyed hash of what was told last.  The proof is not kept; so a notice says the
state and nothing personal, and whoever wants more proves the right again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from actions.clock import HANOI, Clock
from actions.dossiers.model import Dossier, Supplement, statuses
from actions.dossiers.status import StatusAnswer
from actions.dossiers.watch_models import PollRow, WatchRow
from actions.messages import Behaviour, Choice, ChoicesMessage, Command, Reply, Trace
from actions.notices.models import ConsentRow
from actions.notices.outbox import Draft, Outbox, channel_of
from actions.notices.port import Drop, Notice, Reason
from actions.notices.routes import channel_name
from actions.personal import PersonalKeys, new_id
from actions.transactions import changed, insert
from actions.wording import say

WATCHES = 5  # of one conversation
TAIL = 4  # characters of a code that a notice tells
MISSES = 3  # look-ups in a row that find nothing, before it is given up
USEFUL = dt.timedelta(days=7)  # how long the news of a change is worth sending
LEASE = dt.timedelta(minutes=5)  # a look-up that never comes back is made again after
SHORTEST, LONGEST = dt.timedelta(minutes=30), dt.timedelta(hours=12)
SHARE = 24  # the pause is this part of the time since the last change: a day old, once an hour


class Watched(StrEnum):
    STARTED = "started"
    ALREADY = "already"
    FULL = "full"
    OVER = "over"


@dataclass(frozen=True)
class Watch:
    """One watched dossier.  `seen` and `changes` as they were when it was read: settling needs them unchanged."""

    id: str
    code: str = field(repr=False)
    conversation: str = field(repr=False)
    consent_id: int
    seen: str
    changes: int
    misses: int
    changed_at: dt.datetime
    created_at: dt.datetime


class Watches:
    """`channels`: those a notice can go out over.  `per_minute`: look-ups of all processes together."""

    def __init__(
        self, outbox: Outbox, clock: Clock, keys: PersonalKeys, channels: Collection[str], per_minute: int
    ) -> None:
        self._outbox = outbox
        self._clock = clock
        self._keys = keys
        self._channels = channels
        self._per_minute = per_minute

    def serves(self, conversation: str) -> bool:
        return channel_of(conversation) in self._channels

    def consent_text(self, conversation: str, code: str) -> str:
        """What the citizen agrees to before a dossier is watched, with the channel the news goes over."""
        return consent_text(conversation, code, self._outbox.moved_to(conversation))

    # at the citizen's word

    def start(self, conversation: str, answer: StatusAnswer) -> Watched:
        """Watches the dossier of a proven answer, from the state it tells."""
        if answer.info is not None and answer.info.ends:
            return Watched.OVER
        now = self._clock.now()
        owner, code = self._outbox.hash_of(conversation), self._keys.hash("dossier", answer.code)

        def work(session: Session) -> Watched:
            mine = select(WatchRow).where(WatchRow.conversation_hash == owner)
            known = list(session.scalars(mine))
            if any(row.code_hash == code and row.state == "watching" for row in known):
                return Watched.ALREADY
            if sum(row.state == "watching" for row in known) >= WATCHES:
                return Watched.FULL
            former = delete(WatchRow).where(WatchRow.conversation_hash == owner, WatchRow.code_hash == code)
            changed(session, former)
            fresh = new_id()
            version = consent_version(conversation, self._outbox.routes.moved_to(session, conversation))
            consent = self._outbox.consent(session, Reason.DOSSIER, fresh, conversation, version)
            values = {
                "id": fresh,
                "channel": channel_of(conversation),
                "conversation_hash": owner,
                "conversation": self._keys.encrypt(conversation),
                "code_hash": code,
                "code": self._keys.encrypt(answer.code),
                "consent_id": consent,
                "state": "watching",
                "seen": self._seen(answer.status, answer.status_raw, answer.due_at, answer.supplements),
                "changes": 0,
                "misses": 0,
                "changed_at": now,
                "next_at": now + SHORTEST,
                "created_at": now,
                "updated_at": now,
            }
            statement = insert(session, WatchRow).values(**values).on_conflict_do_nothing().returning(WatchRow.id)
            return Watched.STARTED if session.scalar(statement) else Watched.ALREADY  # pressed twice at once

        return self._outbox.run(work)

    def stop(self, conversation: str, watch_id: str | None = None) -> int:
        """Forgets one or all watched dossiers of a conversation, and of those it hears the notices of; how many were
        still watched."""

        def work(session: Session) -> int:
            heard = WatchRow.conversation_hash.in_(self._outbox.routes.hashes(session, conversation))
            mine = (heard,) if watch_id is None else (heard, WatchRow.id == watch_id)
            rows = list(session.scalars(select(WatchRow).where(*mine)))
            self._outbox.withdraw_in(session, conversation, [Reason.DOSSIER], watch_id)
            changed(session, delete(WatchRow).where(*mine))
            return sum(row.state == "watching" for row in rows)

        return self._outbox.run(work)

    def of(self, conversation: str) -> list[Watch]:
        """What a conversation hears of, oldest first."""

        def work(session: Session) -> list[WatchRow]:
            heard = WatchRow.conversation_hash.in_(self._outbox.routes.hashes(session, conversation))
            mine = select(WatchRow).where(heard, WatchRow.state == "watching")
            return list(session.scalars(mine.order_by(WatchRow.created_at)))

        rows = self._outbox.run(work)
        return [self._watch(row) for row in rows]

    def code_of(self, conversation: str, watch_id: str) -> str | None:
        """The code behind a notice's button, for the conversation it was sent to only."""

        def work(session: Session) -> str | None:
            row = session.get(WatchRow, watch_id)
            mine = row is not None and row.conversation_hash in self._outbox.routes.hashes(session, conversation)
            return row.code if row is not None and mine else None

        code = self._outbox.run(work)
        return self._keys.decrypt(code) if code else None

    # looking

    def due(self, limit: int) -> list[Watch]:
        """Up to `limit` dossiers to look at now, for this caller alone, within what is left of the minute's budget."""
        now = self._clock.now()
        minute = now.astimezone(dt.UTC).replace(second=0, microsecond=0)

        def work(session: Session) -> list[Watch]:
            waiting = select(WatchRow).where(WatchRow.state == "watching", WatchRow.next_at <= now)
            waiting = waiting.order_by(WatchRow.next_at).limit(limit)
            rows = list(session.scalars(waiting.with_for_update(skip_locked=True)))
            if not rows:
                return []
            session.execute(insert(session, PollRow).values(minute=minute, used=0).on_conflict_do_nothing())
            used = session.scalars(select(PollRow.used).where(PollRow.minute == minute).with_for_update()).one()
            rows = rows[: max(0, self._per_minute - used)]
            changed(session, update(PollRow).where(PollRow.minute == minute).values(used=used + len(rows)))
            for row in rows:
                row.next_at = now + LEASE
            return [self._watch(row) for row in rows]

        return self._outbox.run(work)

    def told(self, watch: Watch, dossier: Dossier | None) -> bool:
        """Takes what the system said of a watched dossier; whether a notice was written."""
        now = self._clock.now()
        if dossier is None:
            if watch.misses + 1 < MISSES:
                self._note(watch, {"misses": watch.misses + 1, "next_at": now + self._pause(watch, now)})
                return False
            return self._tell(watch, "lost", {}, {"state": "over"})
        seen = self._seen(dossier.status, dossier.status_raw, dossier.latest_due_at, dossier.supplements)
        if seen == watch.seen:
            self._note(watch, {"misses": 0, "next_at": now + self._pause(watch, now)})
            return False
        info = statuses()[dossier.status] if dossier.status is not None else None
        ends = info is not None and info.ends
        due = dossier.latest_due_at
        body = {
            "name": info.name if info else dossier.status_raw,
            "todo": info.todo if info else "",
            "due": f"{due.astimezone(HANOI):%d/%m/%Y}" if due and not ends else "",
            "last": ends,
        }
        news: dict[str, object] = {"seen": seen, "misses": 0, "changed_at": now, "next_at": now + SHORTEST}
        return self._tell(watch, "changed", body, news | ({"state": "over"} if ends else {}))

    def unseen(self, watch: Watch) -> None:
        """The system could not be asked."""
        self._note(watch, {"next_at": self._clock.now() + SHORTEST})

    def later(self, until: dt.datetime) -> int:
        """Nobody looks before `until` (the night); how many wait."""
        waiting = update(WatchRow).where(WatchRow.state == "watching", WatchRow.next_at < until)
        return self._outbox.run(lambda session: changed(session, waiting.values(next_at=until)))

    def forget_before(self, moment: dt.datetime) -> int:
        """Deletes what ended before `moment`, and the person in its consent; how many."""
        over = (WatchRow.state == "over", WatchRow.updated_at < moment)

        def work(session: Session) -> int:
            consents = select(WatchRow.consent_id).where(*over)
            blank = update(ConsentRow).where(ConsentRow.id.in_(consents)).values(conversation_hash=None)
            changed(session, blank)
            changed(session, delete(PollRow).where(PollRow.minute < moment))
            return changed(session, delete(WatchRow).where(*over))

        return self._outbox.run(work)

    def count(self) -> int:
        """How many dossiers are watched."""
        watching = select(func.count()).select_from(WatchRow).where(WatchRow.state == "watching")
        return self._outbox.run(lambda session: session.scalar(watching) or 0)

    # when it goes out

    def compose(self, notice: Notice) -> Reply | None:
        row = self._outbox.run(lambda session: session.get(WatchRow, notice.subject))
        if row is None:
            return None
        tail = self._keys.decrypt(row.code)[-TAIL:]
        facts = json.loads(notice.body) if notice.body else {}
        if notice.kind == "lost":
            lines = [say("notices.dossier_lost", tail=tail)]
        else:
            lines = [say("notices.dossier_changed", tail=tail), say("notices.dossier_status", name=facts["name"])]
            lines += [say("notices.dossier_todo", text=facts["todo"])] if facts["todo"] else []
            lines += [say("notices.dossier_due", date=facts["due"])] if facts["due"] else []
            lines += [say("notices.dossier_last")] if facts["last"] else []
        details = Command(intent="check_status", entities={"watch": row.id})
        choices = [Choice(title=say("notices.button_details"), command=details)]
        if row.state == "watching":
            stop = Command(intent="stop_watching", entities={"watch": row.id})
            choices.append(Choice(title=say("notices.button_stop_watching"), command=stop))
        message = ChoicesMessage(text="\n".join(lines), choices=choices)
        return Reply(messages=[message], trace=Trace(behaviour=Behaviour.STATUS))

    # the steps

    def _tell(self, watch: Watch, kind: str, body: dict[str, object], news: dict[str, object]) -> bool:
        """The change and its notice in one transaction; a second one who saw the same change writes nothing."""
        now = self._clock.now()

        def work(session: Session) -> bool:
            if not _settle(session, watch, {**news, "changes": watch.changes + 1, "updated_at": now}):
                return False
            self._outbox.drop_subject(session, Reason.DOSSIER, watch.id, Drop.REPLACED)
            draft = Draft(
                key=f"dossier:{watch.id}:{watch.changes + 1}",
                reason=Reason.DOSSIER,
                kind=kind,
                subject=watch.id,
                conversation=watch.conversation,
                consent_id=watch.consent_id,
                due_at=now,
                expires_at=now + USEFUL,
                body=json.dumps(body, ensure_ascii=False) if body else "",
            )
            return self._outbox.write(session, draft)

        return self._outbox.run(work)

    def _note(self, watch: Watch, values: dict[str, object]) -> None:
        self._outbox.run(lambda session: _settle(session, watch, {**values, "updated_at": self._clock.now()}))

    def _pause(self, watch: Watch, now: dt.datetime) -> dt.timedelta:
        return max(SHORTEST, min(LONGEST, (now - watch.changed_at) / SHARE))

    def _seen(
        self, status: int | None, raw: str, due: dt.datetime | None, supplements: Sequence[Supplement]
    ) -> str:
        moment = due.astimezone(dt.UTC).isoformat() if due else ""
        return self._keys.hash("seen", json.dumps([status, "" if status else raw, moment, len(supplements)]))

    def _watch(self, row: WatchRow) -> Watch:
        return Watch(
            id=row.id,
            code=self._keys.decrypt(row.code),
            conversation=self._keys.decrypt(row.conversation),
            consent_id=row.consent_id,
            seen=row.seen,
            changes=row.changes,
            misses=row.misses,
            changed_at=row.changed_at,
            created_at=row.created_at,
        )


def _settle(session: Session, watch: Watch, values: dict[str, object]) -> bool:
    same = (WatchRow.id == watch.id, WatchRow.changes == watch.changes, WatchRow.state == "watching")
    return changed(session, update(WatchRow).where(*same).values(**values)) == 1


def consent_text(conversation: str, code: str, moved: str = "") -> str:
    """What the citizen agrees to before a dossier is watched; `moved`: the channel chosen instead of this one."""
    if moved:
        return say("notices.watch_consent_moved", code=code, channel=channel_name(moved))
    where = "web" if channel_of(conversation) == "web" else "chat"
    return say(f"notices.watch_consent_{where}", code=code)


def consent_version(conversation: str, moved: str = "") -> str:
    """Names the exact wording, whatever the code, as proof."""
    return "watch-" + hashlib.sha256(consent_text(conversation, "", moved).encode()).hexdigest()[:12]
