"""The turn pipeline: small steps, each of which may end the turn.

repeat? -> too many? -> read (button, text or place) -> Rasa -> ticket secrets and dossier cards put back -> buttons
sealed -> transcript.
Turns of one conversation run one after another, so that Rasa never sees two at once; conversations run side by side.
The transcript is written behind the answer, each conversation's in order.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from weakref import WeakValueDictionary

import structlog

from actions.clock import Clock
from actions.dossiers.veil import unveil
from actions.intake.receipts import asked_receipt
from actions.memory import Memory
from actions.messages import Behaviour, Command, Reply, TextMessage, Trace
from actions.notices.pairing import asked_code
from actions.origin import Origin, note
from actions.personal_numbers import conceal, digits_asked
from actions.ticket_secrets import restore
from actions.wording import say_error
from assistant.metrics import TURN_SECONDS, TURNS
from assistant.pipeline.buttons import seal, unseal, without_buttons
from assistant.pipeline.guard import clean_text
from assistant.pipeline.rasa import Dialogue
from assistant.pipeline.transcript import Transcripts
from assistant.turn import HistoryEntry, Turn
from knowledge_base.errors import BadInput, ErrorCode, Refused, TthcError, Unavailable

log = structlog.get_logger()
REPEAT_S = 24 * 3600
SECRET_S = 600  # how long a repeat may still be answered with a ticket's secret
KEEPING_AT_ONCE = 4  # transcripts written side by side: a slow database must not take every thread from search
# The caller waits for the reply, so a repeat is answered with the same one.  A durable inbox waits too: it repeats a
# turn only when its process died before the reply was kept.
PULLING = {"web", "api", "terminal", "zalo", "messenger", "telegram"}

Degraded = Callable[[str], Awaitable[Reply]]
Pair = Callable[[str, str], Awaitable[Reply]]  # conversation and code
Contact = Callable[[str], Awaitable[None]]  # told of each conversation that has just been answered


@dataclass(frozen=True)
class Heard:
    """A turn read: what the transcript shows, and what goes to the dialogue."""

    shown: str
    text: str | None = None
    command: Command | None = None
    pairing: str = ""  # a code that pairs channels: answered past the dialogue, whose records never see it


class Pipeline:
    """`assistant.turn.Assistant`, the real one."""

    def __init__(
        self,
        dialogue: Dialogue,
        memory: Memory,
        transcripts: Transcripts,
        clock: Clock,
        degraded: Degraded,
        text_limit: int,
        turns_per_minute: int,
        contact: Contact | None = None,
        pair: Pair | None = None,
    ) -> None:
        self._dialogue = dialogue
        self._memory = memory
        self._transcripts = transcripts
        self._clock = clock
        self._degraded = degraded
        self._text_limit = text_limit
        self._turns_per_minute = turns_per_minute
        self._contact = contact
        self._pair = pair
        self._lanes: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._keeping: dict[str, asyncio.Task[None]] = {}  # the last of each conversation; it waits for those before
        self._keepers = asyncio.Semaphore(KEEPING_AT_ONCE)

    async def handle(self, turn: Turn) -> Reply | None:
        lane = self._lanes.get(turn.conversation)
        if lane is None:
            lane = self._lanes[turn.conversation] = asyncio.Lock()
        async with lane:
            return await self._handle(turn)

    async def _handle(self, turn: Turn) -> Reply | None:
        started = time.perf_counter()
        repeat = await self._repeat(turn)
        if repeat is not None:
            return repeat if turn.channel in PULLING else None
        shown = turn.text or ""
        try:
            await self._limit(turn)
            heard = await self._read(turn)
            shown = heard.shown
            reply = await self._ask(turn, heard)
        except TthcError as error:
            log.info("turn refused", channel=turn.channel, code=error.code.value, detail=error.detail)
            reply = refusal(error)
        except Exception:
            log.exception("turn failed", channel=turn.channel)
            reply = refusal(TthcError(ErrorCode.INTERNAL))
        reply = await self._sealed(turn, reply)
        await self._remember(turn, reply)
        self._keep_behind(turn, shown, reply)
        self._measure(turn, reply, started)
        return reply

    async def history(self, conversation: str, limit: int = 50) -> list[HistoryEntry]:
        under_way = self._keeping.get(conversation)
        if under_way is not None:
            await asyncio.wait([under_way])
        return await self._transcripts.last(conversation, limit)

    async def close(self) -> None:
        """Waits until the transcripts of all turns so far are written."""
        if self._keeping:
            await asyncio.wait(list(self._keeping.values()))

    async def _repeat(self, turn: Turn) -> Reply | None:
        """The reply already given to this message id, if it was seen before."""
        if not turn.message_id:
            return None
        try:
            held = await self._memory.get(repeat_key(turn))
            if held is None:
                return None
            return Reply.model_validate(await self._memory.get(secret_key(turn)) or held)
        except (Unavailable, ValueError) as error:  # memory down, or a reply of an older model: the turn is taken anew
            log.warning("repeats not known", cause=type(error).__name__)
            return None

    async def _limit(self, turn: Turn) -> None:
        try:
            turns = await self._memory.count(f"rate:{turn.conversation}", 60)
        except Unavailable as error:  # a limit that cannot be counted must not cost everyone the answer
            log.warning("turns not counted", detail=error.detail)
            return
        if turns > self._turns_per_minute:
            raise Refused(ErrorCode.RATE_LIMITED)

    async def _sealed(self, turn: Turn, reply: Reply) -> Reply:
        try:
            return await seal(reply, turn.conversation, self._memory)
        except Unavailable as error:
            log.warning("buttons not kept", detail=error.detail)
            return without_buttons(reply)

    async def _read(self, turn: Turn) -> Heard:
        asked = await digits_asked(turn.conversation, self._memory)
        if turn.payload is not None:
            title, command = await unseal(turn.payload, turn.conversation, self._memory)
            return Heard(shown=title, command=command)
        if turn.location is not None:
            place = {"lat": f"{turn.location.lat:.5f}", "lon": f"{turn.location.lon:.5f}"}
            return Heard(shown="📍", command=Command(intent="find_branch", entities=place))
        if turn.text is None:
            raise BadInput(ErrorCode.TEXT_EMPTY)
        text = clean_text(turn.text, self._text_limit)
        receipt = asked_receipt(text)
        if receipt:
            return Heard(shown=text, command=Command(intent="choose_receipt", entities={"receipt": receipt}))
        code = asked_code(text) if self._pair else ""
        if code:
            return Heard(shown=text, pairing=code)
        return Heard(shown=text, text=await conceal(text, turn.conversation, self._memory, asked))

    async def _ask(self, turn: Turn, heard: Heard) -> Reply:
        if heard.pairing and self._pair:
            return await self._pair(turn.conversation, heard.pairing)
        asked = time.perf_counter()
        await note(Origin(turn.person, turn.address), turn.conversation, self._memory)
        try:
            reply = await self._dialogue.turn(turn.conversation, heard.text, heard.command)
            reply = await restore(reply, turn.conversation, self._memory)
            reply = await unveil(reply, turn.conversation, self._memory)
        except Unavailable as error:
            log.warning("dialogue down", detail=error.detail)
            if not heard.text:
                raise
            reply = await self._degraded(heard.text)
        if not reply.messages:
            log.error("dialogue gave no reply", intent=reply.trace.intent)
            raise TthcError(ErrorCode.INTERNAL, "no reply")
        reply.trace.timings_ms["dialogue"] = round((time.perf_counter() - asked) * 1000, 2)
        return reply

    async def _remember(self, turn: Turn, reply: Reply) -> None:
        """For a repeat of this turn; a ticket's secret for a short while only."""
        if not turn.message_id:
            return
        try:
            if reply.holds_secret:
                await self._memory.put(secret_key(turn), reply.dump(), SECRET_S)
            await self._memory.put(repeat_key(turn), reply.without_secrets().dump(), REPEAT_S)
        except Exception as error:  # noqa: BLE001 - as for the transcript
            log.error("reply not remembered", cause=type(error).__name__)

    def _keep_behind(self, turn: Turn, shown: str, reply: Reply) -> None:
        """Starts writing the transcript, after what is still being written of this conversation."""
        now = self._clock.now()
        entries = [HistoryEntry(who="assistant", at=now, messages=reply.without_secrets().messages)]
        if shown.strip():  # of a button that is no longer known there is no title: an empty bubble would say nothing
            entries.insert(0, HistoryEntry(who="citizen", at=turn.at, text=shown[: self._text_limit]))
        conversation = turn.conversation
        task = asyncio.create_task(self._keep(self._keeping.get(conversation), conversation, entries))
        self._keeping[conversation] = task
        task.add_done_callback(lambda done: self._kept(conversation, done))

    async def _keep(self, before: asyncio.Task[None] | None, conversation: str, entries: list[HistoryEntry]) -> None:
        """A database that is down must not cost the citizen the answer."""
        if before is not None:
            await asyncio.wait([before])
        try:
            async with self._keepers:
                await self._transcripts.keep(conversation, entries)
        except Exception as error:  # noqa: BLE001
            log.error("transcript not kept", cause=type(error).__name__)
        if self._contact is not None:
            try:
                await self._contact(conversation)
            except Exception as error:  # noqa: BLE001
                log.error("contact not told", cause=type(error).__name__)

    def _kept(self, conversation: str, done: asyncio.Task[None]) -> None:
        if self._keeping.get(conversation) is done:
            del self._keeping[conversation]

    def _measure(self, turn: Turn, reply: Reply, started: float) -> None:
        seconds = time.perf_counter() - started
        timings = reply.trace.timings_ms
        timings["total"] = round(seconds * 1000, 2)
        timings["platform"] = round(timings["total"] - timings.get("dialogue", 0.0), 2)
        behaviour = reply.trace.behaviour.value if reply.trace.behaviour else "none"
        TURNS.labels(channel=turn.channel, behaviour=behaviour, error=reply.trace.error or "").inc()
        TURN_SECONDS.labels(channel=turn.channel).observe(seconds)


def repeat_key(turn: Turn) -> str:
    """Both parts are the caller's own words: the length keeps "a" + "b:c" apart from "a:b" + "c"."""
    return f"turn:{len(turn.conversation)}:{turn.conversation}:{turn.message_id}"


def secret_key(turn: Turn) -> str:
    """Where the reply with its secret stands, for `SECRET_S`."""
    return f"secret-{repeat_key(turn)}"


def refusal(error: TthcError) -> Reply:
    """The citizen's sentence for an error that ended the turn."""
    behaviour = Behaviour.DEGRADED if isinstance(error, Unavailable) else Behaviour.DECLINE
    if error.code in (ErrorCode.INTERNAL, ErrorCode.DIALOGUE_DOWN):
        behaviour = Behaviour.DEGRADED
    return Reply(
        messages=[TextMessage(text=say_error(error))], trace=Trace(behaviour=behaviour, error=error.code.value)
    )
