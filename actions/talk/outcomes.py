"""What a turn came to where the assistant does not answer: one name a kind, each with a reply of its own."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """Goes with the reply (`Trace.outcome`).  The first eight are intents of the same name."""

    OUT_OF_DOMAIN = "out_of_domain"
    LEGAL_ADVICE = "legal_advice"
    OTHER_PERSON_DOSSIER = "other_person_dossier"
    OTHER_PLACE = "other_place"
    ABUSE = "abuse"
    CRISIS = "crisis"
    INJECTION = "injection"
    FOREIGN_LANGUAGE = "foreign_language"
    NONSENSE = "nonsense"
    UNCLEAR_AGAIN = "unclear_again"  # a clarifying question did not help
    SESSION_ENDED = "session_ended"
    NOT_FOUND = "not_found"  # search abstained
