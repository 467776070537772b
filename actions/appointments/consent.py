"""The consent a person gives before name and phone are kept, and which wording of it they saw."""

from __future__ import annotations

import hashlib
from functools import cache

from actions.appointments.opening import opening
from actions.wording import say


def consent_text() -> str:
    """What the citizen is asked to agree to."""
    return say("appointments.consent", days=opening().rules.personal_data_days)


@cache
def consent_version() -> str:
    """Names the exact wording: kept with each consent as proof, changes whenever the text does."""
    return "booking-" + hashlib.sha256(consent_text().encode()).hexdigest()[:12]
