"""What the platform does by itself, behind the turns."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Awaitable, Callable

import structlog

from actions.appointments.opening import Opening
from actions.appointments.retention import Retention
from actions.dossiers.routing import RoutedSystems
from actions.intake.ratings import Ratings
from actions.intake.requests import Requests
from assistant.app.parts import Parts
from assistant.dossiers import try_keys
from assistant.pipeline.transcript import Transcripts
from assistant.retention import forget_tracker_events
from assistant.setup.dialogue import TRACKER_DAYS, room
from assistant.staff.sessions import StaffSessions
from connectors.messaging import Stores

log = structlog.get_logger()
HOUSEKEEPING_S = 60
ERASING_S = 3600


async def keep_house(parts: Parts, transcripts: Transcripts, sessions: StaffSessions, stores: Stores) -> None:
    """Expired holds given back, old transcripts deleted; every hour personal data, sessions that are over, and Rasa's
    record of old turns.

    A job that fails stops neither the others nor the next round.
    """
    retention = Retention(parts.database, parts.clock, Opening.load().rules.personal_data_days)
    requests = Requests(parts.database, parts.keys, parts.clock)
    ratings = Ratings(parts.database, parts.keys, parts.clock)
    tracker = room(parts.settings) / "tracker.sqlite"

    def before(days: int) -> dt.datetime:
        return parts.clock.now() - dt.timedelta(days=days)

    always: list[Callable[[], Awaitable[object]]] = [
        lambda: asyncio.to_thread(parts.booking.expire_holds),
        lambda: transcripts.forget_before(before(parts.settings.transcript_days)),
    ]
    hourly: list[Callable[[], Awaitable[object]]] = [
        lambda: asyncio.to_thread(retention.erase_past),
        lambda: asyncio.to_thread(parts.cases.lists.forget_expired),
        lambda: asyncio.to_thread(requests.erase_past),
        lambda: asyncio.to_thread(ratings.erase_past),
        lambda: asyncio.to_thread(sessions.forget_old),
        lambda: asyncio.to_thread(forget_tracker_events, tracker, before(TRACKER_DAYS)),
        lambda: asyncio.to_thread(parts.watches.forget_before, before(parts.settings.notice_days)),
        lambda: asyncio.to_thread(parts.outbox.forget_before, before(parts.settings.notice_days)),
        lambda: asyncio.to_thread(parts.pairing.forget_before, before(parts.settings.notice_days)),
        lambda: asyncio.to_thread(stores.inbox.forget),
        lambda: asyncio.to_thread(stores.outgoing.forget_before, before(parts.settings.transcript_days)),
    ]
    next_hour = time.monotonic()
    while True:
        jobs = always
        if time.monotonic() >= next_hour:
            next_hour, jobs = time.monotonic() + ERASING_S, always + hourly
        for job in jobs:
            try:
                await job()
            except Exception as error:  # noqa: BLE001 - the next round tries again
                log.warning("housekeeping failed", cause=type(error).__name__)
        await asyncio.sleep(HOUSEKEEPING_S)


async def try_dossier_keys(parts: Parts) -> None:
    if isinstance(parts.dossier_system, RoutedSystems):
        await try_keys(parts.dossier_system.systems)
