"""Whether a message says that who comes is 75 or older: they may use the priority lane.  Knows no Rasa."""

from __future__ import annotations

import re

from knowledge_base.text import fold

PRIORITY_AGE = 75  # Center, 01/10/2025
_AGE = re.compile(r"\b(\d{2,3}) ?(?:tuoi|t)\b(?! ?tro xuong)")
_LANE = re.compile(r"\b(?:luong|lan|hang|so|dien) uu tien\b")
_FIRST_BORN = 1900


def says_priority(text: str, year: int) -> bool:
    """From an age ("mẹ tôi 78 tuổi"), a year of birth ("sinh năm 1945") or the lane's name; `year`: the present."""
    folded = fold(text)
    ages = [int(found) for found in _AGE.findall(folded)]
    born = [int(found) for found in re.findall(r"\bsinh (?:nam )?(\d{4})\b", folded)]
    # in the year itself the birthday may be still to come
    ages += [year - one - 1 for one in born if _FIRST_BORN <= one <= year]
    return any(age >= PRIORITY_AGE for age in ages if age < 120) or bool(_LANE.search(folded))


def without_ages(text: str) -> str:
    """`text` without ages and years of birth, which are no hours and no dates."""
    return re.sub(r"\b\d{2,3} ?tu[oổ]i\b|\bsinh (?:n[aă]m )?\d{4}\b", ",", text, flags=re.IGNORECASE)
