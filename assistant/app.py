"""The one place that sees all rooms: parts are made from the settings and wired into the web application."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import structlog
from fastapi import FastAPI

from actions.appointments.booking import Bookings
from actions.appointments.branches import Branches
from actions.appointments.calendar import WorkingCalendar
from actions.appointments.opening import Opening
from actions.appointments.personal import PersonalKeys
from actions.appointments.retention import Retention
from actions.appointments.slots import SlotPlan
from actions.clock import Clock, SystemClock
from actions.database import Database
from actions.dossiers.limiter import open_limiter
from actions.dossiers.national_portal import NationalPortal
from actions.dossiers.port import DossierSystem
from actions.dossiers.status import DossierStatusService
from actions.memory import Memory, open_memory
from actions.messages import Behaviour, Reply
from actions.procedures.answers import abstain, answer
from actions.procedures.wants import Aspect, wants_in
from actions.rasa_actions import make_executor
from actions.services import Services
from assistant import migrate
from assistant.api import appointments, chat, errors, operations, procedures
from assistant.app_channels import Channel, make_channels, make_stores, silent_webhooks
from assistant.knowledge import Knowledge
from assistant.logs import set_up_logs
from assistant.pipeline import Pipeline
from assistant.pipeline.rasa import Dialogue, RasaDialogue
from assistant.pipeline.transcript import Transcripts
from assistant.retention import forget_tracker_events
from assistant.settings import Settings
from assistant.settings import settings as read_settings
from assistant.setup.dialogue import TRACKER_DAYS, room
from connectors.messaging import Stores, switched_off
from connectors.web import WebOptions, web_router
from knowledge_base.decision import Verdict
from knowledge_base.errors import TthcError

log = structlog.get_logger()
HOUSEKEEPING_S = 60
ERASING_S = 3600


@dataclass
class Parts:
    """Everything the application is made of.  Tests replace single parts before wiring."""

    settings: Settings
    clock: Clock
    database: Database
    memory: Memory
    knowledge: Knowledge
    keys: PersonalKeys
    branches: Branches
    booking: Bookings
    dossier_system: DossierSystem
    dialogue: Dialogue


def make_parts(settings: Settings, clock: Clock | None = None) -> Parts:
    """The real parts, as the settings say.  Raises `Misconfigured`."""
    clock = clock or SystemClock()
    database = Database(settings.database)
    knowledge = Knowledge(settings)
    keys = PersonalKeys(settings.secret("booking_key"), settings.secret("personal_data_key"))
    opening = Opening.load()
    branches = Branches.load(hours=opening)
    plan = SlotPlan(branches, WorkingCalendar.load(hours=opening), opening)

    def field_of(code: str) -> str:
        procedure = knowledge.search().get(code)
        return procedure.field if procedure else ""

    return Parts(
        settings=settings,
        clock=clock,
        database=database,
        memory=open_memory(settings.redis_url.get_secret_value()),
        knowledge=knowledge,
        keys=keys,
        branches=branches,
        booking=Bookings(database, plan, clock, keys, field_of),
        dossier_system=NationalPortal(
            settings.dossier_address,
            user=settings.dossier_user,
            password=settings.secret("dossier_password"),
            agency=settings.dossier_agency,
            timeout_s=settings.dossier_timeout_s,
            clock=clock,
        ),
        dialogue=RasaDialogue(settings.rasa_url, settings.secret("rasa_secret"), settings.turn_timeout_s),
    )


def create_app(settings: Settings | None = None, parts: Parts | None = None) -> FastAPI:
    """The web application: page, API, channels, action endpoint."""
    settings = settings or (parts.settings if parts else read_settings())
    set_up_logs(settings.log_level, settings.log_json)
    parts = parts or make_parts(settings)
    calendar = WorkingCalendar.load(hours=Opening.load())
    limiter = open_limiter(settings.redis_url.get_secret_value(), parts.clock)
    services = Services(
        search=parts.knowledge.search,
        dossiers=DossierStatusService(
            parts.dossier_system, parts.clock, calendar.working_days_between, limiter=limiter
        ),
        booking=parts.booking,
        branches=parts.branches,
        clock=parts.clock,
        memory=parts.memory,
        public_url=settings.public_address,
        plan=SlotPlan(parts.branches, calendar, Opening.load()),
    )
    transcripts = Transcripts(parts.database, parts.keys)
    pipeline = Pipeline(
        dialogue=parts.dialogue,
        memory=parts.memory,
        transcripts=transcripts,
        clock=parts.clock,
        degraded=lambda text: without_dialogue(services, text),
        text_limit=settings.text_limit,
        turns_per_minute=settings.turns_per_minute,
    )

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(migrate.upgrade, settings.database)
        with contextlib.suppress(TthcError):
            await asyncio.to_thread(parts.knowledge.search)
        keeper = asyncio.create_task(_keep_house(parts, transcripts, stores))
        for channel in channels:
            await _start(channel)
        yield
        keeper.cancel()
        for channel in channels:
            with contextlib.suppress(Exception):
                await channel.stop()
        await pipeline.close()
        await parts.dialogue.close()
        await limiter.close()
        await parts.memory.close()
        close = getattr(parts.dossier_system, "close", None)
        if close:
            await close()
        parts.knowledge.close()
        parts.database.close()

    kept = (parts.database, parts.keys, parts.clock)
    stores = make_stores(settings, *kept)
    channels = make_channels(settings, pipeline, stores, *kept)
    app = FastAPI(title="Trợ lý thủ tục hành chính Hà Nội", version="0.1.0", lifespan=lifespan)
    app.state.pipeline = pipeline
    app.state.parts = parts
    app.state.windows = stores.windows
    app.state.channels = {channel.name: channel for channel in channels}
    errors.install(app)
    app.include_router(procedures.router(parts.knowledge.search))
    app.include_router(chat.router(pipeline, parts.clock, settings.trace))
    app.include_router(appointments.router(parts.booking, parts.branches, settings.public_address))
    app.include_router(operations.router(make_executor(services), settings.secret("rasa_secret"), _checks(parts)))
    options = WebOptions(
        allowed_origins=_listed(settings.allowed_origins),
        frame_ancestors=("'self'", *_listed(settings.frame_ancestors)),
        text_limit=settings.text_limit,
    )
    for channel in channels:
        app.include_router(channel.router())
    for path in silent_webhooks(settings):
        app.include_router(switched_off(path))
    app.include_router(web_router(pipeline, settings.secret("web_key"), options, parts.clock))
    return app


async def without_dialogue(services: Services, text: str) -> Reply:
    """What can be said while Rasa is down: the plain search, marked as degraded."""

    def look() -> Reply:
        search = services.search()
        decision = search.search(text)
        procedure = search.get(decision.best.code) if decision.best else None
        if decision.verdict is Verdict.ANSWER and procedure:
            return answer(procedure, wants_in(text, Aspect.OVERVIEW), text)
        return abstain("dialogue_down_hint", Behaviour.DEGRADED)

    reply = await asyncio.to_thread(look)
    reply.trace.behaviour = Behaviour.DEGRADED
    reply.trace.error = "dialogue_down"
    return reply


async def _start(channel: Channel) -> None:
    try:
        await channel.start()
    except TthcError as error:
        log.error("channel not started", channel=channel.name, detail=error.detail)


async def _keep_house(parts: Parts, transcripts: Transcripts, stores: Stores) -> None:
    """Expired holds given back, old transcripts deleted; every hour personal data and Rasa's record of old turns.

    A job that fails stops neither the others nor the next round.
    """
    retention = Retention(parts.database, parts.clock, Opening.load().rules.personal_data_days)
    tracker = room(parts.settings) / "tracker.sqlite"

    def before(days: int) -> dt.datetime:
        return parts.clock.now() - dt.timedelta(days=days)

    always: list[Callable[[], Awaitable[object]]] = [
        lambda: asyncio.to_thread(parts.booking.expire_holds),
        lambda: transcripts.forget_before(before(parts.settings.transcript_days)),
    ]
    hourly: list[Callable[[], Awaitable[object]]] = [
        lambda: asyncio.to_thread(retention.erase_past),
        lambda: asyncio.to_thread(forget_tracker_events, tracker, before(TRACKER_DAYS)),
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


def _listed(setting: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in setting.split(",") if part.strip())


def _checks(parts: Parts) -> dict[str, operations.Check]:
    async def search() -> bool:
        try:
            return len(await asyncio.to_thread(parts.knowledge.search)) > 0
        except TthcError:
            return False

    async def database() -> bool:
        try:
            return await asyncio.to_thread(migrate.current, parts.settings.database) == migrate.head()
        except TthcError:
            return False

    return {"search": search, "database": database, "dialogue": parts.dialogue.ready}
