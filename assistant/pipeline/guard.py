"""What is done to typed text before anything understands it."""

from __future__ import annotations

import re

from knowledge_base.errors import BadInput, ErrorCode
from knowledge_base.text import normalise

# Phones, personal-ID numbers and card-like runs, and the counter of a dossier code, as they must not stand in a log.
_NUMBERS = re.compile(r"(?<![\d.])(?:\+?84|0)?\d(?:[ .-]?\d){6,14}(?!\d)")
_DOSSIER = re.compile(r"(?i)\b((?:\d{3}\.\w{2}\.\w{2}\.)?[a-z]\d{2}(?:\.\d{1,3}){0,3})-\d{6,8}-\d{3,7}\b")
_COMMAND = re.compile(r"^[\s/\\]+")


def clean_text(text: str, limit: int) -> str:
    """Text as it may go to the dialogue.

    Invisible characters are gone, and so is anything at its beginning that Rasa would take for a command.

    Raises:
        BadInput: TEXT_EMPTY, or TEXT_TOO_LONG over `limit` characters.
    """
    if len(text) > limit:
        raise BadInput(ErrorCode.TEXT_TOO_LONG, f"{len(text)} characters", limit=limit)
    cleaned = _COMMAND.sub("", normalise(text)).strip()
    if not cleaned:
        raise BadInput(ErrorCode.TEXT_EMPTY)
    return cleaned


def masked(text: str) -> str:
    """`text` for logs: personal numbers and dossier counters replaced."""
    return _NUMBERS.sub("[số]", _DOSSIER.sub(r"\1-[mã]", text))
