"""The status of a dossier, for whoever can prove a right to know it."""

from __future__ import annotations

import asyncio
import datetime as dt
import hmac
import re
import unicodedata
from collections import OrderedDict
from dataclasses import dataclass

import structlog
from pydantic import AwareDatetime, Field

from actions.clock import HANOI, Clock
from actions.dossiers.codes import DossierCode, parse_dossier_code
from actions.dossiers.limiter import AttemptLimiter, MemoryAttemptLimiter
from actions.dossiers.model import (
    Apology,
    Delivery,
    Dossier,
    DossierStatus,
    FeeDue,
    Model,
    StatusInfo,
    Supplement,
    statuses,
    tail_of,
)
from actions.dossiers.on_time import (
    LateReason,
    Punctuality,
    StatutoryDays,
    WorkingDays,
    judge,
    unknown_statutory_days,
)
from actions.dossiers.pace import Pace
from actions.dossiers.port import DossierSystem
from actions.origin import Origin
from knowledge_base.errors import BadInput, ErrorCode, Refused, TthcError, Unavailable

CACHE_S = 60
CACHE_SIZE = 2048
PROOFS_COMPARED = 4  # always as many comparisons, however many numbers a dossier has
_NO_PROOF = "----"  # equals no four digits
_NUMBER = re.compile(r"(?<![\w.-])\d(?:[ .-]?\d){3,14}(?!\w)", re.ASCII)

log = structlog.get_logger()


class StatusAnswer(Model):
    """What a citizen is told.  Times in Asia/Ho_Chi_Minh; the owner's name is masked.

    `due_at` is the latest date the system gave: the first one, or the one after a request for supplements.
    `apology` is the latest written apology; the date it promises is no due date.
    """

    code: str = Field(repr=False)
    procedure_code: str
    procedure_name: str
    owner_masked: str
    status: DossierStatus | None
    status_raw: str
    info: StatusInfo | None  # None: a state of the local system's own, told as `status_raw`
    received_at: AwareDatetime | None
    due_at: AwareDatetime | None
    finished_at: AwareDatetime | None
    returned_at: AwareDatetime | None
    punctuality: Punctuality
    late_reason: LateReason
    agency: str
    handling_unit: str
    received_place: str
    delivery: Delivery | None
    collect_at: str = Field(repr=False)
    apology: Apology | None = Field(repr=False)
    supplements: tuple[Supplement, ...] = Field(repr=False)
    fees: tuple[FeeDue, ...]
    results: tuple[str, ...] = Field(repr=False)
    notes: tuple[str, ...] = Field(repr=False)
    as_of: AwareDatetime


@dataclass(frozen=True)
class _Found:
    """What the systems said; `down`: one of them at least did not answer."""

    dossier: Dossier | None
    down: Unavailable | None = None

    @property
    def answered(self) -> bool:
        """Whether any system answered, so that there is something to try out."""
        return self.down is None or bool(self.down.data.get("partial"))

    def refusal(self) -> TthcError:
        if self.down is None:
            return Refused(ErrorCode.DOSSIER_REFUSED)
        return Unavailable(ErrorCode.DOSSIER_SYSTEM_DOWN, "a system did not answer")


class DossierStatusService:
    """
    Args:
        system: where dossiers are.
        clock: the present.
        working_days: counts working days between two dates (see `on_time.WorkingDays`).
        statutory_days: the longest time of a procedure, for dossiers without a due date.
        limiter: counts wrong tries; by default in this process.
        cache_s: how long an answer of the system is kept, at most 60 seconds.
        pace: makes refusals take the same time whatever was found.
    """

    def __init__(
        self,
        system: DossierSystem,
        clock: Clock,
        working_days: WorkingDays,
        statutory_days: StatutoryDays = unknown_statutory_days,
        limiter: AttemptLimiter | None = None,
        cache_s: float = CACHE_S,
        pace: Pace | None = None,
    ) -> None:
        self._system = system
        self._clock = clock
        self._working_days = working_days
        self._statutory_days = statutory_days
        self._limiter = limiter or MemoryAttemptLimiter(clock)
        self._pace = pace or Pace()
        self._cache_for = dt.timedelta(seconds=min(cache_s, CACHE_S))
        # absent ones too: otherwise the second try's speed would tell which codes exist
        self._cache: OrderedDict[str, tuple[dt.datetime, Dossier | None]] = OrderedDict()

    def covers(self, code: DossierCode) -> bool:
        """Whether a system here is asked for such codes; says nothing of whether there is a dossier."""
        return self._system.covers(code)

    async def check(self, code_text: str, factor: str, conversation: str, origin: Origin | None = None) -> StatusAnswer:
        """
        Args:
            code_text: a dossier code as typed.
            factor: the last four digits, or all, of the owner's personal-ID or phone number.
            conversation: the channel's key of the conversation, for the limit of tries.
            origin: who asks and from which address, for the same limit.

        Raises:
            BadInput: the code (see `parse_dossier_code`), or DOSSIER_FACTOR_MALFORMED: fewer than four digits.
            NotFound: DOSSIER_ELSEWHERE, no system here is asked for such codes.
            Refused: DOSSIER_REFUSED, the same whether the dossier is absent or the factor wrong;
                DOSSIER_TOO_MANY_TRIES (data `minutes`).
            Unavailable: DOSSIER_SYSTEM_DOWN; DATABASE_DOWN, tries cannot be counted.
        """
        started = self._pace.start()
        now = self._clock.now()
        code = parse_dossier_code(code_text, now.astimezone(HANOI).date())
        tail = parse_factor(factor)
        ticket = await self._limiter.take(_keys(code, conversation, origin or Origin()))
        wrong = False
        try:
            found = await self._find(code, now)
            proven = _proves(found.dossier, tail)
            if found.dossier is None or not proven:
                # while a system is silent, absent and wrong are both "down", and count: nothing can be tried out then
                wrong = found.answered
                log.info("dossier_status", outcome="refused", agency=code.top)
                await self._pace.even_out(started)
                raise found.refusal()
            answer = await asyncio.to_thread(self._answer, found.dossier, now)  # may read the catalogue
        finally:
            # a system that is down, or a caller that left, is not a wrong try
            if not wrong:
                await asyncio.shield(self._limiter.give_back(ticket))
        state = int(answer.status) if answer.status is not None else None
        log.info("dossier_status", outcome="told", agency=code.top, status=state, time=answer.punctuality.value)
        return answer

    async def _find(self, code: DossierCode, now: dt.datetime) -> _Found:
        """Raises `NotFound`; a system that is down is part of the answer."""
        key = str(code)
        kept = self._cache.get(key)
        if kept is not None and now - kept[0] < self._cache_for:
            return _Found(kept[1])
        try:
            dossier = await self._system.find(code)
        except Unavailable as error:
            return _Found(None, down=error)
        if dossier is not None and dossier.partial:
            # not kept: an absent one is not either while a system is down
            return _Found(dossier, down=Unavailable(ErrorCode.DOSSIER_SYSTEM_DOWN, "in part", partial=True))
        self._cache[key] = (now, dossier)
        self._cache.move_to_end(key)
        while len(self._cache) > CACHE_SIZE:
            self._cache.popitem(last=False)
        return _Found(dossier)

    def _answer(self, dossier: Dossier, now: dt.datetime) -> StatusAnswer:
        punctuality, reason = judge(dossier, now, self._working_days, self._statutory_days)
        return StatusAnswer(
            code=dossier.code,
            procedure_code=dossier.procedure_code,
            procedure_name=dossier.procedure_name,
            owner_masked=dossier.owner_masked,
            status=dossier.status,
            status_raw=dossier.status_raw,
            info=statuses()[dossier.status] if dossier.status is not None else None,
            received_at=_local(dossier.received_at),
            due_at=_local(dossier.latest_due_at),
            finished_at=_local(dossier.finished_at),
            returned_at=_local(dossier.returned_at),
            punctuality=punctuality,
            late_reason=reason,
            agency=dossier.agency,
            handling_unit=dossier.handling_unit,
            received_place=dossier.received_place,
            delivery=dossier.delivery,
            collect_at=dossier.collect_at,
            apology=dossier.apology,
            supplements=dossier.supplements,
            fees=dossier.fees,
            results=dossier.results,
            notes=dossier.notes,
            as_of=dossier.as_of.astimezone(HANOI),
        )


def _keys(code: DossierCode, conversation: str, origin: Origin) -> list[str]:
    """What a try counts under.  Where the channel knows no person, the conversation is the person."""
    person = origin.person or conversation
    keys = [f"conversation:{conversation}", f"person:{person}", f"person-day:{person}"]
    keys += [f"code:{code}", f"code-day:{code}"]
    if source := origin.address or origin.person:
        keys.append(f"code-origin-day:{code}:{source}")
    return keys + ([f"address:{origin.address}", f"address-day:{origin.address}"] if origin.address else [])


def parse_factor(text: str) -> str:
    """The four digits that are compared, from a number typed alone or among words.

    Raises:
        BadInput: DOSSIER_FACTOR_MALFORMED, there is no one number of four digits or more.
    """
    numbers = _NUMBER.findall(unicodedata.normalize("NFKC", text))
    if len(numbers) != 1:
        raise BadInput(ErrorCode.DOSSIER_FACTOR_MALFORMED)
    return tail_of(numbers[0])


def _proves(dossier: Dossier | None, tail: str) -> bool:
    """Compares with every number of the dossier, or as often with nothing: the work is the same for each outcome."""
    numbers = dossier.proof_tails if dossier is not None else ()
    proven = False
    for number in [*numbers, *[_NO_PROOF] * PROOFS_COMPARED][:PROOFS_COMPARED]:
        proven |= hmac.compare_digest(number.encode(), tail.encode())
    return proven


def _local(moment: dt.datetime | None) -> dt.datetime | None:
    return moment.astimezone(HANOI) if moment is not None else None
