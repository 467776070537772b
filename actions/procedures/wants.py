"""What a citizen wants to know of a procedure."""

from __future__ import annotations

import re
from enum import StrEnum

from actions.procedures.slips import Speller
from knowledge_base.text import expand, fold


class Aspect(StrEnum):
    OVERVIEW = "overview"
    DOCUMENTS = "documents"
    FEE = "fee"
    DURATION = "duration"
    WHERE = "where"
    STEPS = "steps"
    CONDITIONS = "conditions"
    FORM = "form"
    RESULT = "result"
    LEGAL_BASIS = "legal_basis"
    ONLINE = "online"


def aspect_of(intent: str) -> Aspect | None:
    """The aspect an `ask_…` intent stands for."""
    name = intent.removeprefix("ask_")
    return Aspect(name) if intent.startswith("ask_") and name in set(Aspect) else None


# Plain cues, folded.  They add wants to the one the classifier found, where a message holds several.  Words that stand
# in names of procedures as well ("đủ điều kiện", "bắt buộc", "dịch vụ công") count only where somebody asks.
_LASTS = "(?<!gia tri )(?<!hieu luc )(?<!dung duoc )(?<!gia tri trong )(?<!dung duoc trong )(?<!co han )"
_CUES = {
    Aspect.DOCUMENTS: (
        r"(?<!khong con )(?<!khong co )giay to (?:gi|nao|bao gom|gom|the nao)|"
        r"can (?:nhung )?(?:giay|ho so|mang|gi\b)|thanh phan ho so|"
        r"ho so (?:bao gom|gom|gi|can|nhung gi)|ho so(?:,| va) (?:le phi|phi|thoi|noi nop)|ban (?:sao|goc|chinh) hay|"
        r"(?:may|bao nhieu) (?:ban|bo|to|giay)\b|"
        r"(?:chuan bi|mang|nop|cam|dem) (?:theo |di )?(?:nhung |cai )?(?:gi\b|giay (?:gi|nao)\b)"
    ),
    Aspect.FEE: (
        r"(?<!phat )(?<!duoc )(?<!huong )(?<!linh )"
        r"bao nhieu(?! (?:ngay|lau|hom|nguoi|tuoi|ban|giay|thang|tuan|nam|buoc))|"
        r"le phi|(?<!mai tang )\bphi\b(?! vat)|"
        r"\bre hon|\bdat hon|tinh tien|"
        r"mat tien|ton bao nhieu|(?<!bao )nhieu tien|bao tien|\d ?(?:nghin|ngan|dong|trieu)\b"
    ),
    Aspect.DURATION: (
        _LASTS + r"(?:bao lau|may (?:ngay|hom|tuan|thang)|bao nhieu (?:ngay|hom|tuan|thang))|"
        r"(?:khi nao|bao gio) (?:thi )?(?:co|xong|lay|nhan|tra|duoc)\b|thoi han giai quyet|"
        r"thoi gian (?:giai quyet|lam\b|xu ly|cho\b|the nao|ra sao)"
    ),
    Aspect.WHERE: r"o dau(?! do\b)|cho nao|co quan nao|den dau|ra dau|len dau|noi nop",
    Aspect.STEPS: r"cac buoc|tung buoc|(?:may|nhung|bao nhieu) buoc|buoc (?:nao|dau|gi)\b|trinh tu|quy trinh",
    Aspect.CONDITIONS: (
        r"dieu kien (?:gi|nao|la|the nao|ra sao|nhu the|de duoc|huong)\b|doi tuong nao|\bai (?:duoc|phai)\b|"
        r"yeu cau (?:gi|nao|the nao|ra sao)\b|(?:bao nhieu|may) tuoi|\bnho (?:nguoi|ai|vo|chong|con|ban)\b|"
        r"(?:nop|lam) ho\b(?! (?:so|chieu|khau|kinh|tich|ngheo|gia))|uy quyen (?:duoc|cho ai|cho nguoi)|"
        r"co bi phat|(?:co bat buoc|bat buoc phai)|co (?:nop|lam|xin|dang ky) duoc khong|"
        r"\b(?:di|den|len) (?:cung|thay|mot minh)\b|phai (?:di|den|len) (?:khong|ca\b)"
    ),
    Aspect.FORM: r"to khai|mau (?:don|nao|gi|giay|so|to)\b|(?:tai|xin|co) (?:file )?mau\b|bieu mau",
    Aspect.RESULT: (
        r"ket qua (?:la gi|gom|nhan duoc|dang)|duoc (?:cap|nhan) (?:giay|the|so|cai) gi|nhan duoc (?:giay )?gi\b|"
        r"gia tri (?:trong )?(?:bao|may)|hieu luc (?:trong )?(?:bao|may|den)|dung duoc (?:trong )?(?:bao lau|may)"
    ),
    Aspect.LEGAL_BASIS: (
        r"can cu (?:phap ly|luat|vao)|co so phap ly|(?:luat|nghi dinh|thong tu|van ban|quyet dinh) (?:nao|gi|so may)\b"
    ),
    Aspect.ONLINE: (
        r"(?<!ban hang )(?:online|truc tuyen|qua mang|tren mang)|"
        r"(?:tren|qua) (?:app|ung dung|internet|vneid|dich vu cong|cong dich vu|buu dien)|buu (?:dien|chinh)"
    ),
}
# Who cannot or will not file by computer asks for a counter, though the words name the net.
_OFFLINE = re.compile(
    r"\b(?:(?:khong|ko|chang) (?:biet|ranh|quen|dung|thich|muon|co|sai|nop|lam)|chua (?:biet|quen))(?: \w+){0,4}? "
    r"(?:online|truc tuyen|mang|may tinh|smartphone|dien thoai thong minh|dich vu cong)\b"
    r"(?!.*\b(?:duoc|dc) (?:khong|ko|k)\b)"
)
_WHETHER = re.compile(r"\b(?:duoc (?:khong|chu|chua|ha)|co (?:phai|can) .{2,60} khong)(?: (?:a|em|chau|ban|vay|nhi))?$")
_BENEFIT = re.compile(
    r"\b(?:duoc|huong|linh)(?: (?:huong|nhan|linh|tro cap))? (?:bao nhieu|may)\b(?! (?:ngay|hom|lau|thang))"
)
_POST = re.compile(r"\bbuu (?:dien|chinh)\b|\bshipper\b")
_PENALTY = re.compile(r"\b(?:bi|muc|tien|xu) (?:xu )?phat\b")
_COMPILED = {aspect: re.compile(pattern) for aspect, pattern in _CUES.items()}
_SPELLED = Speller(re.findall(r"[a-z]{4,}", re.sub(r"\\[a-z]", " ", "|".join(_CUES.values()))))


def cued(text: str) -> list[Aspect]:
    """The wants that `text` names in plain words, in its order."""
    plain = _SPELLED.repaired(fold(expand(text)))
    offline = refuses_net(text)
    found = {aspect: match.start() for aspect, pattern in _COMPILED.items() if (match := pattern.search(plain))}
    return sorted((aspect for aspect in found if not (offline and aspect is Aspect.ONLINE)), key=found.__getitem__)


def refuses_net(text: str) -> bool:
    """ "Bà không biết làm trên mạng", "không nộp online thì nộp ở đâu": a counter is wanted.

    "Có nộp online được không" is a question about the net.
    """
    return bool(_OFFLINE.search(fold(expand(text))))


def asks_whether(text: str) -> bool:
    """ "… được không": whether something may be, which conditions tell best where nothing else is named."""
    return bool(_WHETHER.search(fold(expand(text)).strip(" .?!")))


_PHOTO = re.compile(
    r"\banh (?:the|chan dung|nen|kich thuoc|co (?:nao|may|bao nhieu|gi)|[3-6] ?x ?[4-6])\b|\bchup anh\b"
)


def asks_photo(text: str) -> bool:
    """Whether `text` asks about photographs: a detail of the papers that a record states or does not."""
    return bool(_PHOTO.search(fold(expand(text))))


def asks_post(text: str) -> bool:
    """Whether the post is asked about: the net is another way."""
    return bool(_POST.search(fold(expand(text))))


def asks_penalty(text: str) -> bool:
    """ "Nộp muộn bị phạt bao nhiêu": a fine is no fee, and records seldom name one."""
    return bool(_PENALTY.search(fold(expand(text))))


def asks_benefit(text: str) -> bool:
    """ "Được bao nhiêu tiền một tháng": what is received is no fee."""
    return bool(_BENEFIT.search(fold(expand(text))))


def wants_in(text: str, main: Aspect) -> list[Aspect]:
    """What `text` plainly asks for, in its order; `main` first where the words do not name it, an overview never."""
    found = cued(text)
    if main is Aspect.ONLINE and refuses_net(text):
        main = Aspect.WHERE
    if main is Aspect.FEE and Aspect.FEE not in found and (asks_penalty(text) or asks_benefit(text)):
        main = Aspect.CONDITIONS
    return found if main in found or (main is Aspect.OVERVIEW and found) else [main, *found]
