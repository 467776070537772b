"""The one place that sees all rooms: parts are made from the settings and wired into the web application."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator

import structlog
from fastapi import FastAPI

from actions.appointments.calendar import WorkingCalendar
from actions.appointments.letters import ReminderLetters
from actions.appointments.opening import Opening
from actions.appointments.slots import SlotPlan
from actions.dossiers.limiter import open_limiter
from actions.dossiers.status import DossierStatusService
from actions.dossiers.statutory import statutory_days
from actions.intake.ratings import Ratings
from actions.intake.requests import Requests
from actions.messages import Behaviour, Reply
from actions.notices.outbox import channel_of
from actions.notices.pairing import PairingDesk
from actions.notices.port import Notifier
from actions.procedures.answers import abstain, answer
from actions.procedures.wants import Aspect, wants_in
from actions.rasa_actions import make_executor
from actions.services import Services
from assistant import migrate
from assistant.addresses import Addresses
from assistant.api import appointments, catalogue_page, chat, checklists, errors, operations, procedures, ticket_page
from assistant.api.bodies import BodyLimit
from assistant.app.channels import (
    keep_measuring,
    letter_carriers,
    make_channels,
    make_stores,
    silent_webhooks,
    start,
    web_options,
)
from assistant.app.housekeeping import keep_house, try_dossier_keys
from assistant.app.parts import Parts, make_parts, make_staff
from assistant.logs import set_up_logs
from assistant.notices import NoticeDesk
from assistant.pipeline import Pipeline
from assistant.pipeline.transcript import Transcripts
from assistant.settings import Settings
from assistant.settings import settings as read_settings
from assistant.staff import routes as staff_routes
from connectors.messaging import switched_off
from connectors.web import web_router
from connectors.web_closed import closed_router
from connectors.web_notices import WebNotices
from knowledge_base.decision import Verdict
from knowledge_base.errors import TthcError

__all__ = ["Parts", "create_app", "make_parts", "make_staff", "without_dialogue"]

log = structlog.get_logger()
ALWAYS_FREE = ("web", "api", "terminal")


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
        pairing=PairingDesk(parts.pairing, parts.memory),
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
        pair=services.pairing.heard,
    )
    web_notices = WebNotices(transcripts, parts.clock)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(migrate.upgrade, settings.database)
        with contextlib.suppress(TthcError):
            await asyncio.to_thread(parts.knowledge.search)
        behind = [
            asyncio.create_task(keep_house(parts, transcripts, staff.guard.sessions, stores)),
            asyncio.create_task(try_dossier_keys(parts)),
            asyncio.create_task(web_notices.run()),
            asyncio.create_task(keep_measuring(parts, channels)),
        ]
        for channel in channels:
            await start(channel)
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

    def open_dates(branch_id: str) -> list[dt.date]:
        return services.plan.open_dates(branch_id, parts.clock.now())

    staff = make_staff(parts, services.plan)
    stores = make_stores(parts)
    channels = make_channels(parts, pipeline, stores)
    services.doors = channels
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
        carriers=letter_carriers(channels),
        letters=ReminderLetters(parts.outbox, parts.reminders, parts.keys),
    )
    app = FastAPI(title="Trợ lý thủ tục hành chính Hà Nội", version="0.1.0", lifespan=lifespan)
    app.state.pipeline = pipeline
    app.state.parts = parts
    app.state.stores = stores
    app.state.windows = stores.windows
    app.state.channels = {channel.name: channel for channel in channels}
    errors.install(app)
    app.add_middleware(BodyLimit)
    app.include_router(procedures.router(parts.knowledge.search))
    addresses = Addresses(settings.secret("web_key"))
    app.include_router(catalogue_page.router(parts.knowledge.search))
    app.include_router(chat.router(pipeline, parts.clock, settings.trace, addresses))
    app.include_router(appointments.router(parts.booking, parts.branches, settings.public_address))
    app.include_router(ticket_page.router(parts.booking, parts.branches, open_dates, parts.cases.papers_of))
    app.include_router(checklists.router(parts.cases))
    app.include_router(operations.router(make_executor(services), settings.secret("rasa_secret"), _checks(parts)))
    app.include_router(staff_routes.router(staff))
    for channel in channels:
        app.include_router(channel.router())
    for path in silent_webhooks(settings):
        app.include_router(switched_off(path))
    key, options = settings.secret("web_key"), web_options(settings)
    web = web_router(pipeline, key, options, parts.clock, web_notices) if settings.web_enabled else closed_router()
    app.include_router(web)
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


async def _contact(parts: Parts, conversation: str) -> None:
    """What was kept until the citizen writes again is due; on channels that are always free nothing is."""
    if channel_of(conversation) not in ALWAYS_FREE:
        await asyncio.to_thread(parts.outbox.contact, conversation)


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
