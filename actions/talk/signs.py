"""Signs of danger and of another province, for where the classifier saw neither and no procedure fits.

The classifier decides first; these are the net under it.
"""

from __future__ import annotations

import re

from knowledge_base.text import expand, fold, words

# Folded; only what is unlikely to mean anything else without diacritics ("từ từ" is "tu tu" too).
_DANGER = re.compile(
    r"\b(?:(?:khong|ko) (?:con )?tho(?: duoc| nua)?|ngat (?:xiu|roi|lim)|bat tinh|co giat|dot quy|tim ngung dap|"
    r"hap hoi|tu sat|muon chet|khong muon song|chay nha|nha (?:toi |em |minh )?(?:dang |bi )chay|duoi nuoc|dien giat|"
    r"(?:dang|bi) (?:danh dap|bao hanh|bop co)|cam dao|doa giet|bat coc|hiep dam|cau cuu|"
    r"goi cap cuu|cuu (?:voi|toi|em))\b"
)
# Provinces and cities of Vietnam other than Hanoi, after and before July 2025, as people name them.
_PLACES = (
    "sai gon|tphcm|tp hcm|hcm|ho chi minh|thu duc|da nang|hai phong|can tho|hue|thua thien|an giang|ba ria|vung tau|"
    "bac giang|bac kan|bac lieu|bac ninh|ben tre|binh dinh|binh duong|binh phuoc|binh thuan|ca mau|cao bang|dak lak|"
    "dac lac|dak nong|dien bien|dong nai|dong thap|gia lai|ha giang|ha nam|ha tinh|hai duong|hau giang|hoa binh|"
    "hung yen|khanh hoa|nha trang|kien giang|kon tum|lai chau|lam dong|da lat|lang son|lao cai|long an|nam dinh|"
    "nghe an|ninh binh|ninh thuan|phu tho|phu yen|quang binh|quang nam|quang ngai|quang ninh|quang tri|soc trang|"
    "son la|tay ninh|thai binh|thai nguyen|thanh hoa|tien giang|tra vinh|tuyen quang|vinh long|vinh phuc|yen bai"
)
_ELSEWHERE = re.compile(
    rf"\b(?:o|tai|tinh|thanh pho|tp|trong|ngoai|duoi|tren|ve) (?:tinh |thanh pho |tp )?(?:{_PLACES})\b"
)
# The city itself, and its districts until July 2025, by which people still name where they live.
_HERE = re.compile(
    r"\b(?:ha noi|hn|thu do|ba dinh|hoan kiem|tay ho|long bien|cau giay|dong da|hai ba trung|hoang mai|thanh xuan|"
    r"(?:nam|bac) tu liem|ha dong|son tay|dong anh|gia lam|soc son|thanh tri|me linh|dan phuong|hoai duc|quoc oai|"
    r"thach that|chuong my|thanh oai|thuong tin|phu xuyen|ung hoa|my duc|ba vi|phuc tho)\b"
)
_THERE = re.compile(
    r"\b(?:dang|hien|toi|em|minh|chau|con|bo|me|vo|chong)(?: dang)? "
    rf"(?:o|song o|lam (?:viec )?o|cong tac o|hoc o)(?: trong)? (?:{_PLACES})\b|"
    rf"\b(?:que|goc|nguoi|ho khau|thuong tru|khau)(?: (?:goc|em|toi|minh|o|tai|tinh))* (?:{_PLACES})\b"
)
_MENTIONED = re.compile(rf"\b(?:{_PLACES})\b")


_FOR = "giup|ho|dum|cho|toi|em|minh|bac|co|chu|chau|con|anh|chi|ba|ong|bo|me|vo|chong|nha|cai|mot|luon|truoc"
_BOOKING = re.compile(rf"\b(?:dat|lay|xin)(?: (?:{_FOR})){{0,4}} (?:lich|hen)\b(?! (?:thi dau|tap|chieu|hoc)\b)")
# Whether one must, and how one would: asked about booking, not for one.
_ABOUT_BOOKING = re.compile(
    r"\b(?:can|phai|bat buoc|khoi|chua|khong|ko) (?:\w+ )?(?:dat|lay|xin)\b|"
    r"\b(?:huy|doi|doi lai|chuyen) (?:cai )?lich\b"
)


def _plain(text: str) -> str:
    return " ".join(fold(word) for word in words(expand(text)))


def without_places(text: str) -> str:
    """`text` without the provinces it names, as far as they are whole words of it."""
    spoken = words(expand(text))
    plain = " ".join(fold(word) for word in spoken)
    drop: set[int] = set()
    for match in _MENTIONED.finditer(plain):
        first = plain[: match.start()].count(" ")
        drop |= set(range(first, first + match.group().count(" ") + 1))
    return " ".join(word for index, word in enumerate(spoken) if index not in drop)


def tells_danger(text: str) -> bool:
    """Whether `text` tells of a life in danger."""
    return bool(_DANGER.search(_plain(text)))


def asks_to_book(text: str) -> bool:
    """Whether the words plainly ask for an appointment, and no other province is named."""
    plain = _plain(text)
    return bool(_BOOKING.search(plain)) and not _ABOUT_BOOKING.search(plain) and not mentions_elsewhere(text)


def mentions_elsewhere(text: str) -> bool:
    """Whether another province is named at all, and neither Hanoi nor a part of it beside it.

    Where somebody is, comes from or is registered does not count: "đang ở Sài Gòn, nhờ em nộp hộ được không".
    """
    plain = _THERE.sub(" ", _plain(text))
    return bool(_MENTIONED.search(plain)) and not _HERE.search(plain)


def names_elsewhere(text: str) -> bool:
    """Whether `text` asks about another province and does not name Hanoi beside it."""
    plain = _plain(text)
    return bool(_ELSEWHERE.search(plain)) and not _HERE.search(plain)
