"""Every module with tables, imported, so that `Base.metadata` is whole.  A new one is added here."""

from __future__ import annotations

import actions.appointments.counter_models
import actions.appointments.models
import actions.cases.lists
import actions.channels.models
import actions.dossiers.watch_models
import actions.intake.models
import actions.notices.models
import assistant.pipeline.transcript
import assistant.staff.models
from actions.database import Base

MODULES = (
    actions.appointments.models,
    actions.appointments.counter_models,
    actions.cases.lists,
    actions.channels.models,
    actions.dossiers.watch_models,
    actions.intake.models,
    actions.notices.models,
    assistant.pipeline.transcript,
    assistant.staff.models,
)
METADATA = Base.metadata
