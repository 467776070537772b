"""Every module with tables, imported, so that `Base.metadata` is whole.  A new one is added here."""

from __future__ import annotations

import actions.appointments.models
import actions.channels.models
import assistant.pipeline.transcript
from actions.database import Base

MODULES = (actions.appointments.models, actions.channels.models, assistant.pipeline.transcript)
METADATA = Base.metadata
