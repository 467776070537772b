"""People of another country, by whatever name, as the records call them: "người nước ngoài"."""

from __future__ import annotations

import re

# With and without diacritics.  Left out: names that are also peoples of Vietnam (Thái, Hoa, Tày) or words (anh).
_NATIONS = (
    "nhật bản|nhat ban|nhật|nhat|hàn quốc|han quoc|hàn|han|trung quốc|trung quoc|đài loan|dai loan|thái lan|thai lan|"
    "lào|lao|campuchia|cam pu chia|singapore|malaysia|ấn độ|an do|philippines|indonesia|"
    "mỹ(?! đức)|my(?! duc)|hoa kỳ|hoa ky|canada|anh quốc|anh quoc|pháp|phap|đức|nga|úc|uc|ý|"
    "hà lan|ha lan|tây|ngoại quốc|ngoai quoc"
)
_SPOUSE = (
    r"(?:chồng|chong|vợ|vo|bạn trai|ban trai|bạn gái|ban gai|người yêu|nguoi yeu|hôn phu|hôn thê)"
    r"(?: (?:em|tôi|toi|mình|minh|cháu|chau|con))?(?: (?:là|la))?"
)
_FOREIGNER = re.compile(
    rf"\b(?:người|nguoi) (?:{_NATIONS})\b|(?P<who>\b{_SPOUSE}) (?:người |nguoi )?(?:{_NATIONS})\b", re.IGNORECASE
)
_AS_RECORDS_SAY = "người nước ngoài"


def as_records_say(text: str) -> str:
    """ "Chồng em người Hàn" -> "chồng em người nước ngoài"."""
    return _FOREIGNER.sub(lambda match: f"{match['who'] or ''} {_AS_RECORDS_SAY}".strip(), text)
