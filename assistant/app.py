"""The one place that sees all rooms: parts are made from the settings and wired into the web application."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import structlog
from fastapi import FastAPI

from actions.appointments.booking import Bookings
from actions.appointments.branches import Branches
from actions.appointments.calendar import WorkingCalendar
from actions.appointments.counter import Counter
from actions.appointments.opening import Opening
from actions.appointments.personal import PersonalKeys
from actions.appointments.reminders import Reminders
from actions.appointments.retention import Retention
from actions.appointments.slots import SlotPlan
from actions.cases.desk import CaseDesk
from actions.cases.lists import StoredLists
from actions.cases.load import Interviews
from actions.clock import Clock, SystemClock
from actions.database import Database
from actions.dossiers.limiter import open_limiter
from actions.dossiers.port import DossierSystem
from actions.dossiers.routing import RoutedSystems
from actions.dossiers.status import DossierStatusService
from actions.dossiers.statutory import statutory_days
from actions.dossiers.watch import Watches
from actions.intake.ratings import Ratings
from actions.intake.requests import Requests
from actions.memory import Memory, open_memory
from actions.messages import Behaviour, Reply
from actions.notices.outbox import Outbox, channel_of
from actions.notices.port import Notifier
from actions.procedures.answers import abstain, answer
from actions.procedures.wants import Aspect, wants_in
from actions.rasa_actions import make_executor
from actions.services import Services
from assistant import migrate
from assistant.addresses import Addresses
from assistant.api import appointments, catalogue_page, chat, checklists, errors, operations, procedures
from assistant.dossiers import open_dossiers, try_keys
from assistant.knowledge import Knowledge
from assistant.logs import set_up_logs
from assistant.notices import NoticeDesk
from assistant.pipeline import Pipeline
from assistant.pipeline.rasa import Dialogue, RasaDialogue
from assistant.pipeline.transcript import Transcripts
from assistant.retention import forget_tracker_events
from assistant.settings import Settings
from assistant.settings import settings as read_settings
from assistant.setup.dialogue import TRACKER_DAYS, room
from assistant.staff import routes as staff_routes
from assistant.staff.guard import Guard
from assistant.staff.live import Live
from assistant.staff.login import Login, open_login_limiter
from assistant.staff.officers import Officers
from assistant.staff.sessions import StaffSessions
from connectors.telegram import TelegramConnector
from connectors.web import WebOptions, web_router
from connectors.web_files import PageFiles, security_headers
from connectors.web_notices import WebNotices
from connectors.web_session import origin_allowed
from knowledge_base.decision import Verdict
from knowledge_base.errors import TthcError

log = structlog.get_logger()
HOUSEKEEPING_S = 60
ALWAYS_FREE = ("web", "telegram", "api", "terminal")
NOTICE_CHANNELS = ("web", "telegram")  # over which a notice can go out, on this machine or another
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
    cases: CaseDesk
    outbox: Outbox
    reminders: Reminders
    watches: Watches
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
    outbox = Outbox(database, clock, keys)
    reminders = Reminders(outbox, clock, branches, opening, NOTICE_CHANNELS)

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
        booking=Bookings(database, plan, clock, keys, field_of, reminders),
        cases=CaseDesk(Interviews.open(), StoredLists(database, keys, clock), knowledge.search),
        outbox=outbox,
        reminders=reminders,
        watches=Watches(outbox, clock, keys, NOTICE_CHANNELS, settings.watch_per_minute),
        dossier_system=open_dossiers(settings, clock),
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
            parts.dossier_system,
            parts.clock,
            calendar.working_days_between,
            statutory_days(lambda code: parts.knowledge.search().get(code)),
            limiter,
        ),
        booking=parts.booking,
        branches=parts.branches,
        clock=parts.clock,
        memory=parts.memory,
        public_url=settings.public_address,
        plan=SlotPlan(parts.branches, calendar, Opening.load()),
        cases=parts.cases,
        requests=Requests(parts.database, parts.keys, parts.clock),
        ratings=Ratings(parts.database, parts.keys, parts.clock),
        reminders=parts.reminders,
        watches=parts.watches,
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
        contact=lambda conversation: _contact(parts, conversation),
    )
    web_notices = WebNotices(transcripts, parts.clock)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(migrate.upgrade, settings.database)
        with contextlib.suppress(TthcError):
            await asyncio.to_thread(parts.knowledge.search)
        behind = [
            asyncio.create_task(_keep_house(parts, transcripts, staff.guard.sessions)),
            asyncio.create_task(_try_dossier_keys(parts)),
            asyncio.create_task(web_notices.run()),
        ]
        for channel in channels:
            await _start(channel)
        desk.start()
        yield
        await desk.stop()
        for task in behind:
            task.cancel()
        for channel in channels:
            with contextlib.suppress(Exception):
                await channel.stop()
        await pipeline.close()
        await parts.dialogue.close()
        await limiter.close()
        await staff.login.close()
        await parts.memory.close()
        await parts.dossier_system.close()
        parts.knowledge.close()
        parts.database.close()

    staff = make_staff(parts, services.plan)
    channels = _make_channels(settings, pipeline, parts)
    notifiers: dict[str, Notifier] = {"web": web_notices}
    notifiers.update({channel.name: channel for channel in channels})
    desk = NoticeDesk(
        outbox=parts.outbox,
        reminders=parts.reminders,
        watches=parts.watches,
        notifiers=notifiers,
        book=transcripts,
        memory=parts.memory,
        system=parts.dossier_system,
        clock=parts.clock,
        quiet_hours=settings.quiet_hours,
        pay=settings.paid_notices,
    )
    app = FastAPI(title="Trợ lý thủ tục hành chính Hà Nội", version="0.1.0", lifespan=lifespan)
    app.state.pipeline = pipeline
    app.state.parts = parts
    errors.install(app)
    app.include_router(procedures.router(parts.knowledge.search))
    addresses = Addresses(settings.secret("web_key"))
    app.include_router(catalogue_page.router(parts.knowledge.search))
    app.include_router(chat.router(pipeline, parts.clock, settings.trace, addresses))
    app.include_router(
        appointments.router(parts.booking, parts.branches, settings.public_address, parts.cases.papers_of)
    )
    app.include_router(checklists.router(parts.cases))
    app.include_router(operations.router(make_executor(services), settings.secret("rasa_secret"), _checks(parts)))
    app.include_router(staff_routes.router(staff))
    options = WebOptions(
        allowed_origins=_listed(settings.allowed_origins),
        frame_ancestors=("'self'", *_listed(settings.frame_ancestors)),
        text_limit=settings.text_limit,
    )
    for channel in channels:
        app.include_router(channel.router())
    app.include_router(web_router(pipeline, settings.secret("web_key"), options, parts.clock, web_notices))
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


def make_staff(parts: Parts, plan: SlotPlan) -> staff_routes.Staff:
    """The counter page.  `Counter` is our own queue; another `CounterPort` may stand in its place."""
    settings = parts.settings
    counter = Counter(parts.database, plan, parts.clock, parts.keys)
    officers = Officers(parts.database, parts.branches, parts.clock)
    idle, life = dt.timedelta(minutes=settings.staff_idle_minutes), dt.timedelta(hours=settings.staff_session_hours)
    sessions = StaffSessions(parts.database, parts.clock, idle, life)
    origins = (settings.public_address, *_listed(settings.allowed_origins))
    limiter = open_login_limiter(settings.redis_url.get_secret_value(), parts.clock)

    def title_of(code: str) -> str:
        try:
            procedure = parts.knowledge.search().get(code) if code else None
        except TthcError:
            return code
        return procedure.name if procedure else code

    return staff_routes.Staff(
        counter=counter,
        officers=officers,
        guard=Guard(sessions, lambda origin, host: origin_allowed(origin, host, origins)),
        login=Login(officers, sessions, counter, limiter, parts.keys),
        live=Live(counter),
        branches=parts.branches,
        clock=parts.clock,
        page=PageFiles(folder=Path(staff_routes.__file__).parent / "page", address="../static/can-bo"),
        headers=security_headers(()),
        title_of=title_of,
    )


async def _contact(parts: Parts, conversation: str) -> None:
    """What was kept until the citizen writes again is due; on channels that are always free nothing is."""
    if channel_of(conversation) not in ALWAYS_FREE:
        await asyncio.to_thread(parts.outbox.contact, conversation)


def _make_channels(settings: Settings, pipeline: Pipeline, parts: Parts) -> list[TelegramConnector]:
    """Messaging channels that have a key.  One whose settings are wrong is said by name; the others run."""
    token = settings.telegram_token.get_secret_value()
    if not token:
        return []

    async def blocked(conversation: str) -> None:
        await asyncio.to_thread(parts.outbox.close, conversation)
        await asyncio.to_thread(parts.watches.stop, conversation)

    try:
        telegram = TelegramConnector(
            pipeline,
            token,
            api=settings.telegram_api,
            mode=settings.telegram_mode,
            secret=settings.telegram_secret.get_secret_value(),
            public_url=settings.public_address,
            on_blocked=blocked,
        )
    except TthcError as error:
        log.error("channel not set up", channel="telegram", detail=error.detail)
        return []
    return [telegram]


async def _try_dossier_keys(parts: Parts) -> None:
    if isinstance(parts.dossier_system, RoutedSystems):
        await try_keys(parts.dossier_system.systems)


async def _start(channel: TelegramConnector) -> None:
    try:
        await channel.start()
    except TthcError as error:
        log.error("channel not started", channel="telegram", detail=error.detail)


async def _keep_house(parts: Parts, transcripts: Transcripts, sessions: StaffSessions) -> None:
    """Expired holds given back, old transcripts deleted; every hour personal data, sessions that are over, and Rasa's
    record of old turns.

    A job that fails stops neither the others nor the next round.
    """
    retention = Retention(parts.database, parts.clock, Opening.load().rules.personal_data_days)
    requests = Requests(parts.database, parts.keys, parts.clock)
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
        lambda: asyncio.to_thread(sessions.forget_old),
        lambda: asyncio.to_thread(forget_tracker_events, tracker, before(TRACKER_DAYS)),
        lambda: asyncio.to_thread(parts.watches.forget_before, before(parts.settings.notice_days)),
        lambda: asyncio.to_thread(parts.outbox.forget_before, before(parts.settings.notice_days)),
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
