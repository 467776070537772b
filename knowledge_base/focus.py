"""What is left of a question once the words of asking are taken away: its subject, if it has one."""

from __future__ import annotations

import re

from knowledge_base.text import expand, fold, has_diacritics, words

# Folded.  Phrases of asking; single words would take parts of subjects with them ("mất" is cost and loss).
_COST = r"(?:het|mat|ton|phai dong|dong|nop|tra)"
_PHRASES = re.compile(
    r"\b(?:"
    r"(?:can|gom|mang|nop|chuan bi)?\s*(?:nhung |cac |may )?(?:giay to|ho so|giay|thu) (?:gi|nao|ra sao)|"
    r"(?:can|phai|nop|mang|chuan bi|lam|bao gom|gom|co) (?:nhung )?gi|giay to|"
    rf"{_COST}?\s*bao nhieu(?: tien| le phi| phi| do)?|(?:het|mat|ton) (?:le )?phi|(?:co )?mat tien|"
    r"(?:co )?(?:duoc )?mien (?:le )?phi(?! cho| doi| thi)|le phi|chi phi|muc phi|phi (?:bao nhieu|the nao|ra sao|sao)|"
    r"(?:mat|trong|khoang|het|sau)?\s*(?:bao lau|may (?:ngay|hom|tuan|thang|buoi))(?: (?:co|xong|duoc))?|"
    r"(?:bao gio|khi nao|luc nao)(?: (?:co|xong|duoc))?|toi ngay nao|"
    r"(?:nop |lam |den |ra |xin )?(?:o dau|cho nao|noi nao|co quan nao|dau vay)|xin ai|hoi ai|gap ai|"
    r"nhu the nao|the nao|lam sao|ra sao|thi sao|kieu gi|bat dau tu dau|"
    r"duoc khong|duoc chua|co duoc|co can|co phai|co mat|co the|duoc k|dc k|co khong|"
    r"nop truc tiep|truc tiep|nop online|truc tuyen|qua mang|nop qua|buu dien|online|"
    r"dat lich(?: hen)?|lich hen|lay so(?: truoc)?|hen gio|giu cho|"
    r"(?:dung |co )?(?:to khai|mau don|mau) (?:mau )?(?:gi|nao|so may)|to khai(?! thue)|(?:co )?mau don|mau nao|co mau|"
    r"can anh co nao|anh co nao|co anh nao|"
    r"(?:cho )?(?:em|toi|minh|chau|con|anh|chi|bac) hoi|y (?:toi|em|minh|chau) la|xin hoi|cho hoi|"
    r"cac buoc|trinh tu|quy trinh|dieu kien|can cu phap ly|phap ly|ket qua|thoi gian giai quyet|thoi han giai quyet|"
    r"quay lai(?: cai)?|tro lai(?: cai)?|vua (?:noi|hoi)|xong roi|"
    r"thu tuc|ho so|don gi"
    r")\b"
)
_FILLERS = frozenset(
    """
    à ạ ơi nhé nhỉ nè này đấy đó vậy thế thì là mà và hay hoặc cái kia ấy nữa luôn rồi chưa xong có không được phải
    muốn hỏi xin cho với giúp tôi em mình cháu bạn anh chị tui gì nào đâu sao ở tại trong như để bị đã đang sẽ bao
    nhiêu cần của ra đi đến về nên cũng giờ còn ok oke vâng dạ ừ ai cơ mấy ngày tiền phí nộp làm
    """.split()  # noqa: SIM905 - a word list reads better as words
)
# Without diacritics these may be part of a subject: nhà, con, bà, cô, làm …
FOLDED_FILLERS = frozenset(fold(word) for word in _FILLERS) - {"nha", "con", "ba", "co", "an", "bao"}


def about(text: str) -> str:
    """`text` without the phrases of asking, in the view it was typed in; fillers stay where a subject stays."""
    plain = words(expand(text))
    folded = [fold(word) for word in plain]
    joined = " ".join(folded)
    starts: dict[int, int] = {}
    place = 0
    for index, word in enumerate(folded):
        starts[place] = index
        place += len(word) + 1
    drop: set[int] = set()
    for match in _PHRASES.finditer(joined):
        begin = match.start() + len(match.group()) - len(match.group().lstrip())
        first = starts.get(begin)
        if first is not None:
            drop.update(range(first, first + len(match.group().split())))
    return " ".join(word for index, word in enumerate(plain) if index not in drop)


def subject_words(text: str) -> list[str]:
    """Folded words of `text` that may name a subject, in order.  Empty for "thế mất bao lâu?"."""
    rest = [word for word in about(text).split() if word not in _FILLERS]
    if not has_diacritics(text):
        rest = [word for word in rest if fold(word) not in FOLDED_FILLERS]  # folded: "ko" is written out as "không"
    return [fold(word) for word in rest if not (word.isdigit() and len(word) < 3)]
