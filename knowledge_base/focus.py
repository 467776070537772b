"""What is left of a question once the words of asking are taken away: its subject, if it has one."""

from __future__ import annotations

import re

from knowledge_base.text import expand, fold, words

# Folded.  Whole phrases first: "giay" alone may be part of a subject ("giấy độc thân"), "giay to gi" is not.
_PHRASES = re.compile(
    r"\b(?:"
    r"(?:can|gom|mang|nop|chuan bi)?\s*(?:nhung |cac )?(?:giay to|ho so|giay) (?:gi|nao|ra sao)|giay to|ho so can gi|"
    r"(?:het|mat|ton|phai dong|dong|nop)?\s*bao nhieu(?: tien| le phi| phi)?|"
    r"le phi|chi phi|muc phi|phi (?:bao nhieu|the nao)|"
    r"(?:mat|trong|khoang)?\s*bao lau|may (?:ngay|hom|tuan|thang|buoi)|bao gio|khi nao|"
    r"o dau|cho nao|noi nao|co quan nao|dau vay|"
    r"nhu the nao|the nao|lam sao|ra sao|thi sao|kieu gi|"
    r"duoc khong|duoc chua|co duoc|co can|co phai|co mat|co the|"
    r"nop truc tiep|truc tiep|nop online|truc tuyen|qua mang|nop qua|buu dien|"
    r"to khai (?:mau )?(?:gi|nao)|mau (?:gi|nao|don)|to khai|"
    r"cho (?:em|toi|minh|chau|con|anh|chi) hoi|y (?:toi|em|minh) la|xin hoi|cho hoi|"
    r"dat lich(?: hen)?|lich hen|lay so(?: truoc)?|hen gio|giu cho|"
    r"cac buoc|trinh tu|quy trinh|dieu kien|can cu|phap ly|ket qua|thoi gian|thoi han|giai quyet"
    r")\b"
)
_FILLERS = frozenset(
    """
    a ah ai anh ay ba bac ban bao bi biet cac cai can chau chi chinh cho chu chua co con cu cung da dang dau day
    de den di do don du dung duoc duong em gi gia giay gio giup hai hay het ho hoac hoi khai khi khong kia la
    lai lam lau link loai luc luon ma mang mat mau may minh mot muon nao nay ne neu ngay nguoi nha nhan nhap nhe
    nhi nhieu nhu nhung noi nop nua o oi ok oke ong phai phi qua quay ra rieng roi sao sau se so ta tai tao the
    them thi thieu thoi thu tien tinh to toi ton tra tren tro trong truoc tuc tui u uh va vang vay ve voi vua xin
    xong y
    """.split()  # noqa: SIM905 - a word list reads better as words
)


def subject_words(text: str) -> list[str]:
    """Folded words of `text` that may name a subject, in order.  Empty for "thế mất bao lâu?"."""
    plain = " ".join(fold(word) for word in words(expand(text)))
    rest = _PHRASES.sub(" ", plain)
    return [word for word in rest.split() if word not in _FILLERS and not (word.isdigit() and len(word) < 3)]
