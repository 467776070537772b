"""The one that sends notices, and the one that looks after watched dossiers: loops of the platform's process.

Any number of processes may run them: rows are claimed by one at a time (`actions/notices/outbox.py`), and a row whose
worker died is taken up again when its lease is over.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping

import structlog

from actions.clock import HANOI, Clock
from actions.dossiers.codes import parse_dossier_code
from actions.dossiers.port import DossierSystem
from actions.dossiers.watch import Watch, Watches
from actions.memory import Memory
from actions.messages import ChoicesMessage, NoticeMessage, Reply, TextMessage
from actions.notices.outbox import Outbox
from actions.notices.port import Composer, Drop, LetterCarrier, LetterWriter, Notice, Notifier, Reason, State
from actions.notices.quiet import QuietHours
from assistant.metrics import NOTICES, NOTICES_OLDEST, NOTICES_STATE, WATCHED
from assistant.pipeline.buttons import seal
from assistant.turn import HistoryEntry, NoticeBook
from knowledge_base.errors import BadInput, ErrorCode, Refused, TthcError

log = structlog.get_logger()
BATCH = 20  # notices in hand at once
SEND_S = 45  # longest one sending may take; half the lease
REST_S = 2.0  # between rounds with nothing to do
LOOK_S = 10.0  # between looks at watched dossiers, and at the outbox as a whole
BUTTONS_S = 7 * 24 * 3600  # how long the buttons of a notice work
POLL_BATCH = 5
LATE = dt.timedelta(minutes=5)

Seal = Callable[[Reply, str], Awaitable[Reply]]


class Postman:
    """Sends what is due over the channels of this process (`notifiers`, by channel)."""

    def __init__(
        self,
        outbox: Outbox,
        notifiers: Mapping[str, Notifier],
        composers: Mapping[Reason, Composer],
        book: NoticeBook,
        seal: Seal,
        clock: Clock,
        quiet: QuietHours,
        pay: bool = False,
        carriers: Mapping[str, LetterCarrier] | None = None,
        writers: Mapping[Reason, LetterWriter] | None = None,
    ) -> None:
        self._carriers = carriers or {}
        self._writers = writers or {}
        self._outbox = outbox
        self._notifiers = notifiers
        self._composers = composers
        self._book = book
        self._seal = seal
        self._clock = clock
        self._quiet = quiet
        self._pay = pay

    async def round(self) -> int:
        claimed = await asyncio.to_thread(self._outbox.claim, BATCH, self._notifiers.keys())
        if claimed:
            await asyncio.gather(*(self._handle(notice) for notice in claimed))
        return len(claimed)

    async def look_around(self) -> int:
        """Sweeps, and tells the figures of the whole outbox; always 0: there is never more to do at once."""
        await asyncio.to_thread(self._outbox.sweep)
        for state, number in (await asyncio.to_thread(self._outbox.counts)).items():
            NOTICES_STATE.labels(state=state).set(number)
        oldest = await asyncio.to_thread(self._outbox.oldest_due)
        NOTICES_OLDEST.set((self._clock.now() - oldest).total_seconds() if oldest else 0)
        return 0

    async def _handle(self, notice: Notice) -> None:
        try:
            outcome = await self._deliver(notice)
        except Exception as error:
            # the row stays claimed, and is taken up again after its lease
            log.exception("notice_lost_hold", reason=notice.reason.value, cause=type(error).__name__)
            return
        if outcome:
            NOTICES.labels(reason=notice.reason.value, channel=notice.channel, outcome=outcome).inc()

    async def _deliver(self, notice: Notice) -> str:
        """The outcome, as the metrics name it; empty: the row was another's."""
        now = self._clock.now()
        if now >= notice.expires_at:
            return await self._drop(notice, Drop.EXPIRED)
        # what a citizen has just done is confirmed at night too
        morning = self._quiet.morning_after(now) if notice.reason is not Reason.CHANNEL else None
        if morning is not None:
            if morning >= notice.expires_at:
                return await self._drop(notice, Drop.NIGHT)
            return await self._settled("postponed", self._outbox.postpone, notice, morning)
        try:
            async with asyncio.timeout(SEND_S):
                return await self._send(notice)
        except Refused as error:
            if error.code is ErrorCode.WINDOW_CLOSED:  # by the channel's own count
                return await self._settled("kept", self._outbox.keep, notice)
            outcome = await self._drop(notice, Drop.BLOCKED)
            await asyncio.to_thread(self._outbox.close, notice.conversation)
            return outcome
        except TimeoutError:
            return await self._failed(notice, "timeout")
        except TthcError as error:
            return await self._failed(notice, error.code.value, error.detail)
        except Exception as error:
            log.exception("notice_fault", reason=notice.reason.value)
            return await self._failed(notice, type(error).__name__[:32])

    async def _send(self, notice: Notice) -> str:
        composer, notifier = self._composers[notice.reason], self._notifiers[notice.channel]
        reply = await asyncio.to_thread(composer.compose, notice)
        if reply is None:
            return await self._drop(notice, Drop.GONE)
        by_staff = notice.reason is Reason.OFFICER
        window = await notifier.window(notice.conversation, by_staff)
        if window == "closed" or (window == "paid" and not self._pay):
            by_letter = window == "closed" and await self._by_letter(notice)
            return by_letter or await self._settled("kept", self._outbox.keep, notice)
        sealed = await self._seal(as_notice(reply, notice.reason), notice.conversation)
        why = await asyncio.to_thread(self._outbox.still, notice)  # the last look before it is out
        if why is not None:
            return await self._drop(notice, why)
        await notifier.send(notice.conversation, sealed, notice.key, by_staff)
        now = self._clock.now()
        if not await asyncio.to_thread(self._outbox.sent, notice, window):
            log.warning("notice_sent_without_hold", reason=notice.reason.value, channel=notice.channel)
        entry = HistoryEntry(who="assistant", at=now, messages=sealed.messages, notice=notice.key)
        try:
            await self._book.keep_notice(notice.conversation, entry)
        except Exception as error:  # noqa: BLE001 - it is out: the history alone lacks it
            log.error("notice_not_in_history", cause=type(error).__name__)
        return "late" if now - notice.due_at > LATE else "sent"

    async def _by_letter(self, notice: Notice) -> str:
        """To the citizen's phone number, where operator and citizen agreed to that; empty: not so."""
        carrier, writer = self._carriers.get(notice.channel), self._writers.get(notice.reason)
        if not self._pay or carrier is None or writer is None or not carrier.carries(notice.reason):
            return ""
        letter = await asyncio.to_thread(writer.letter, notice)
        if letter is None or await asyncio.to_thread(self._outbox.still, notice) is not None:
            return ""
        try:
            await carrier.send_letter(notice.reason, letter, notice.id)
        except (Refused, BadInput) as error:
            log.warning("notice_letter_refused", channel=notice.channel, code=error.code.value, detail=error.detail)
            return ""
        if not await asyncio.to_thread(self._outbox.sent, notice, "paid"):
            log.warning("notice_sent_without_hold", reason=notice.reason.value, channel=notice.channel)
        return "letter"

    async def _drop(self, notice: Notice, why: Drop) -> str:
        return await self._settled(f"dropped_{why.value}", self._outbox.dropped, notice, why)

    async def _failed(self, notice: Notice, code: str, detail: str = "") -> str:
        state = await asyncio.to_thread(self._outbox.failed, notice, code)
        log.warning("notice_failed", channel=notice.channel, code=code, detail=detail, attempt=notice.attempts)
        return "dead" if state is State.DEAD else "failed"

    async def _settled(self, outcome: str, settle: Callable[..., bool], *given: object) -> str:
        return outcome if await asyncio.to_thread(settle, *given) else ""


def as_notice(reply: Reply, reason: Reason) -> Reply:
    """The reply with its plain words marked as said unasked, and why."""
    messages = [
        NoticeMessage(text=message.text, reason=reason.value, choices=getattr(message, "choices", []))
        if isinstance(message, TextMessage | ChoicesMessage)
        else message
        for message in reply.messages
    ]
    return reply.model_copy(update={"messages": messages})


class AsWritten:
    """The composer of notices whose `body` is the whole reply, as JSON: what an officer wrote, where notices go now."""

    def compose(self, notice: Notice) -> Reply | None:
        return Reply.model_validate_json(notice.body) if notice.body else None


class Watchman:
    """Looks at watched dossiers that are due, a few at a time, and never at night."""

    def __init__(self, watches: Watches, system: DossierSystem, clock: Clock, quiet: QuietHours) -> None:
        self._watches = watches
        self._system = system
        self._clock = clock
        self._quiet = quiet

    async def round(self) -> int:
        if (morning := self._quiet.morning_after(self._clock.now())) is not None:
            await asyncio.to_thread(self._watches.later, morning)
            return 0
        WATCHED.set(await asyncio.to_thread(self._watches.count))
        due = await asyncio.to_thread(self._watches.due, POLL_BATCH)
        for watch in due:
            await self._look(watch)
        return len(due)

    async def _look(self, watch: Watch) -> None:
        try:
            code = parse_dossier_code(watch.code, self._clock.now().astimezone(HANOI).date())
            dossier = await self._system.find(code)
        except TthcError as error:
            log.info("watch_not_seen", code=error.code.value)
            await asyncio.to_thread(self._watches.unseen, watch)
            return
        if await asyncio.to_thread(self._watches.told, watch, dossier):
            log.info("watch_changed")


class NoticeDesk:
    """Both workers of a process, from its start to its end."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        reminders: Composer,
        watches: Watches,
        notifiers: Mapping[str, Notifier],
        book: NoticeBook,
        memory: Memory,
        system: DossierSystem,
        clock: Clock,
        quiet_hours: str,
        pay: bool,
        carriers: Mapping[str, LetterCarrier] | None = None,
        letters: LetterWriter | None = None,
    ) -> None:
        quiet = QuietHours.parse(quiet_hours)
        composers: dict[Reason, Composer] = {Reason.REMINDER: reminders, Reason.DOSSIER: watches}
        composers |= {Reason.OFFICER: AsWritten(), Reason.CHANNEL: AsWritten()}

        async def sealed(reply: Reply, conversation: str) -> Reply:
            return await seal(reply, conversation, memory, BUTTONS_S)

        writers = {Reason.REMINDER: letters} if letters else {}
        self.postman = Postman(
            outbox, notifiers, composers, book, sealed, clock, quiet, pay, carriers=carriers, writers=writers
        )
        self.watchman = Watchman(watches, system, clock, quiet)
        self._over = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        rounds = ((self.postman.round, REST_S), (self.postman.look_around, LOOK_S), (self.watchman.round, LOOK_S))
        self._tasks = [asyncio.create_task(self._keep_on(work, rest_s)) for work, rest_s in rounds]

    async def stop(self) -> None:
        """The rounds under way are finished: what is being sent is settled."""
        self._over.set()
        await asyncio.gather(*self._tasks)

    async def _keep_on(self, work: Callable[[], Awaitable[int]], rest_s: float) -> None:
        while not self._over.is_set():
            handled = 0
            try:
                handled = await work()
            except Exception as error:  # noqa: BLE001 - the next round tries again
                log.warning("notice_round_failed", worker=work.__qualname__, cause=type(error).__name__)
            if not handled:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(rest_s):
                        await self._over.wait()
