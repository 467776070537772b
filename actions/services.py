"""What the actions work with, wired once by `assistant.app`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from actions.appointments.branches import Branches
from actions.appointments.port import BookingPort
from actions.appointments.reminders import Reminders
from actions.appointments.slots import SlotPlan
from actions.cases.desk import CaseDesk
from actions.clock import Clock
from actions.dossiers.status import DossierStatusService
from actions.dossiers.watch import Watches
from actions.intake.ratings import Ratings
from actions.intake.requests import Requests
from actions.memory import Memory
from actions.notices.pairing import PairingDesk
from actions.notices.port import Door
from knowledge_base.search import ProcedureSearch


@dataclass
class Services:
    """`doors`: channels that citizens may choose for their notices, set once they are made.

    `search` is called for each turn, so that a newly imported catalogue is taken up without a restart."""

    search: Callable[[], ProcedureSearch]
    dossiers: DossierStatusService
    booking: BookingPort
    branches: Branches
    clock: Clock
    memory: Memory
    public_url: str
    plan: SlotPlan
    cases: CaseDesk
    requests: Requests
    ratings: Ratings
    reminders: Reminders
    watches: Watches
    pairing: PairingDesk
    doors: Sequence[Door] = ()
