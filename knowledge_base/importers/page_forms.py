"""The name of a paper and the names of its blank forms, which a scraped page runs together.

"Tờ khai theo mẫu.Mau01.docxMau02.docx" is a paper with two forms.  The first file name begins where two words are
glued; a file name holds none of the characters that file systems forbid, so it begins behind the last of these.
"""

from __future__ import annotations

import re
from itertools import pairwise

from knowledge_base.importers import clean

_FILE_END = re.compile(r"\.(?:docx?|pdf|xlsx?|odt|rtf|zip|rar|DOCX?|PDF|XLSX?|Docx?|Pdf)")
_FILE_ONLY = re.compile(r"[A-Za-z]+[\d._-]*\.\w{3,4}")
_FORBIDDEN = re.compile(r'[/\\:?"<>|;“”]')
_LONGEST = 170  # characters of the longest file name met
# Glued: a small letter, a digit or a closing sign, then at once a capital ("mẫu 8A" is none); a closing sign, then a
# digit or a letter; a word of small letters, then a digit ("4x6", "km2" and the like are measures).
_GLUE = re.compile(
    rf"(?<=[{clean.SMALL})”\]%²³])(?=[{clean.CAPITAL}])|(?<=\d)(?=[{clean.CAPITAL}][{clean.SMALL}]|PHỤ|PL |TK )"
    rf"|(?<=[.,;:)”])(?=[0-9{clean.SMALL}{clean.CAPITAL}])"
    rf"|(?<=[{clean.SMALL}][{clean.SMALL}])(?<![kcmd]m)(?=\d)"
)
_STARTS = re.compile(
    r"Mẫu|Mau|Mus|MuC|MẪU|Phụ lục|Phu ?luc|PHỤ LỤC|Phlc|PL ?[IVX\d]|TK ?\d|Đơn|Don|DON|Tờ khai|To khai|Biểu|Bieu|BM"
)
# Behind the number of a legal text the word before the file is all capitals: "…/NĐ-CPMẫu số 01", "…/TT-BNNMTmau 20".
_AGENCY = re.compile(
    r"(?:NĐ-CP|NQ-CP|QĐ-TTg|QH\d\d|TT-(?:BNNPTNT|BNNMT|BTNMT|NHNN|BTC|BTP|BCA|BXD|BGTVT|BYT|BCT|BKHĐT|BNV|BLĐTBXH|BKHCN"
    rf"|BTTTT|BVHTTDL|BQP|BNG|TTCP))(?=\w)|(?:TT|NQ|TTLT)(?:-[A-ZĐ]+?)+(?=[A-ZĐ][{clean.SMALL}])"
)
_USUAL = re.compile("mẫu|văn|báo|giấy|đơn|tờ|phụ|bản|biểu|danh")  # what file names in small letters begin with
_SYLLABLE = re.compile(
    rf"(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdđghklmnprstvx])?(?![bcdđghklmnpqrstvx])[{clean.SMALL}]{{1,3}}"
    r"(?<![bcdđghklmnpqrstvx])(?:ng|nh|ch|[cmnpt])?"
)


def split_form(text: str) -> tuple[str, str, bool]:
    """`(name, forms, sure)` of one cell: forms joined by "; ", empty where there is none.

    `sure` is False where the border could not be found: the name then goes without the file's ending and the form is
    left empty.
    """
    ends = [end for match in _FILE_END.finditer(text) if "://" not in text[: (end := match.end())].split()[-1]]
    if not ends or text[ends[-1] :].strip(" .;,"):
        return text, "", True
    # A file name in the middle of a sentence is no attachment: attachments follow each other to the end.
    first = len(ends) - 1
    while first > 0 and not text[ends[first - 1] : ends[first - 1] + 1].isspace():
        first -= 1
    head = text[: ends[first]]
    if _FILE_ONLY.fullmatch(head):
        return _FILE_END.sub("", head), text.strip(), True  # nothing but the file: it names the paper
    begin = _begin(head)
    if begin is None or not any(character.isalnum() for character in _FILE_END.sub("", head[begin:])):
        return _FILE_END.sub("", text).strip(), "", False
    bounds = [begin, *ends[first:]]
    files = [clean.line(text[start:end]) for start, end in pairwise(bounds)]
    return text[:begin].rstrip(), "; ".join(clean.unique(files)), True


def _begin(head: str) -> int | None:
    """Where the first file name begins, or None."""
    floor = max(0, len(head) - _LONGEST)
    for match in _FORBIDDEN.finditer(head, floor):
        floor = match.end()
    stem = _FILE_END.sub("", head[floor:])
    agency = _AGENCY.search(stem)
    if agency is not None:
        return floor + agency.end()
    if floor and head[floor - 1] in ";”:" and stem[:1].isalnum():
        return floor
    glues = [match.start() for match in _GLUE.finditer(stem) if match.start() > 0]
    known = [place for place in glues if _STARTS.match(stem, place)]
    if known:
        return floor + _with_number(stem, known[0])
    if glues:
        return floor + glues[0]
    return _by_syllables(head, floor)


def _with_number(stem: str, place: int) -> int:
    """Takes a leading "1." into the file name: "….1.MauDon.docx"."""
    match = re.search(rf"(?<=[.;:){clean.SMALL}])\d{{1,3}}\.?$", stem[:place])
    return match.start() if match else place


def _by_syllables(head: str, floor: int) -> int | None:
    """Two glued small words ("quy địnhvăn bản"): the one way to read a long word as two syllables."""
    for word in re.finditer(rf"[{clean.SMALL}]{{6,}}", head[floor:]):
        if _SYLLABLE.fullmatch(word[0]):
            continue
        cuts = [
            cut for cut in range(2, len(word[0]) - 1)
            if _SYLLABLE.fullmatch(word[0][:cut]) and _SYLLABLE.fullmatch(word[0][cut:])
        ]  # fmt: skip
        if cuts:
            usual = [cut for cut in cuts if _USUAL.match(word[0], cut)]
            return floor + word.start() + (usual or cuts)[-1]
    return None
