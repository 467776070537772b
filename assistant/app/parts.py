"""What the application is made of, as the settings say."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from actions.appointments.booking import Bookings
from actions.appointments.branches import Branches
from actions.appointments.calendar import WorkingCalendar
from actions.appointments.counter import Counter
from actions.appointments.opening import Opening
from actions.appointments.reminders import Reminders
from actions.appointments.slots import SlotPlan
from actions.cases.desk import CaseDesk
from actions.cases.lists import StoredLists
from actions.cases.load import Interviews
from actions.clock import Clock, SystemClock
from actions.database import Database
from actions.dossiers.port import DossierSystem
from actions.dossiers.watch import Watches
from actions.intake.replies import Replies
from actions.intake.requests import Requests
from actions.memory import Memory, open_memory
from actions.notices.outbox import Outbox
from actions.notices.pairing import Pairing
from actions.personal import PersonalKeys
from assistant.dossiers import open_dossiers
from assistant.knowledge import Knowledge
from assistant.pipeline.rasa import Dialogue, RasaDialogue
from assistant.settings import Settings
from assistant.staff import routes as staff_routes
from assistant.staff.guard import Guard
from assistant.staff.live import Live
from assistant.staff.login import Login, open_login_limiter
from assistant.staff.officers import Officers
from assistant.staff.sessions import StaffSessions
from connectors.web_files import PageFiles, security_headers
from connectors.web_session import origin_allowed
from knowledge_base.errors import TthcError

NOTICE_CHANNELS = ("web", "telegram", "zalo", "messenger")  # over which a notice can go out, on this machine or another


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
    pairing: Pairing
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
        pairing=Pairing(outbox, clock, keys),
        watches=Watches(outbox, clock, keys, NOTICE_CHANNELS, settings.watch_per_minute),
        dossier_system=open_dossiers(settings, clock),
        dialogue=RasaDialogue(settings.rasa_url, settings.secret("rasa_secret"), settings.turn_timeout_s),
    )


def make_staff(parts: Parts, plan: SlotPlan) -> staff_routes.Staff:
    """The counter page.  `Counter` is our own queue; another `CounterPort` may stand in its place."""
    settings = parts.settings
    counter = Counter(parts.database, plan, parts.clock, parts.keys)
    officers = Officers(parts.database, parts.branches, parts.clock)
    idle, life = dt.timedelta(minutes=settings.staff_idle_minutes), dt.timedelta(hours=settings.staff_session_hours)
    sessions = StaffSessions(parts.database, parts.clock, idle, life)
    origins = (settings.public_address, *listed(settings.allowed_origins))
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
        replies=Replies(
            Requests(parts.database, parts.keys, parts.clock), parts.outbox, parts.clock, NOTICE_CHANNELS
        ),
    )


def listed(setting: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in setting.split(",") if part.strip())
