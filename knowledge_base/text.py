"""Vietnamese text: one spelling for many, and the views that search and understanding share.

Standard library only, and runs on Python 3.10: both runtimes use it.  People type with and without diacritics, with
old and new tone-mark places (hoà/hòa), with teencode and abbreviations; the catalogue holds decomposed accents and
invisible characters.  `normalise` settles the spelling, `fold` drops the diacritics, `expand` writes abbreviations out.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\u00ad\U000e0000-\U000e007f]")
_CONTROL = re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ue000-\uf8ff]")
_SPACES = re.compile(r"[^\S\n]+")
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")

# Tone marks on "oa", "oe", "uy" at the end of a syllable: hoà -> hòa, thuý -> thúy (the older, commoner place).
_TONE_PLACES: dict[str, str] = {}
for _first, _marked_first, _second_marked, _second in (
    ("o", "òóỏõọ", "àáảãạ", "a"),
    ("o", "òóỏõọ", "èéẻẽẹ", "e"),
    ("u", "ùúủũụ", "ỳýỷỹỵ", "y"),
):
    for _index, _marked in enumerate(_second_marked):
        for _case in (str.lower, str.upper):
            _TONE_PLACES[_case(_first) + _case(_marked)] = _case(_marked_first[_index]) + _case(_second)
        _TONE_PLACES[_first.upper() + _marked] = _marked_first[_index].upper() + _second
_TONE = re.compile(r"(?<![qQ])[oOuU][" + "".join({pair[1] for pair in _TONE_PLACES}) + r"](?![^\W\d_])")

_TOKEN = re.compile(r"[^\W_]+")
_SYLLABLE = re.compile(r"[^\W_]+(?:[./-][^\W_]+)*")
_WORD = re.compile(r"[^\W\d_]+|\d+")
_PARTED_DIGITS = re.compile(r"\d[./-]\d")
_CODED = re.compile(r"(?<!\S)\S*?\d[./-]\d\S*")  # what may hold a code, up to the blanks around it
_REMEMBERED = 40  # characters; words recur, whole messages do not and would fill the memory
_LEXICON = Path(__file__).parent / "lexicon.tsv"


def normalise(text: str) -> str:
    """NFC, no invisible or control characters, plain dashes and blanks, one place for tone marks.  Keeps case."""
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))  # an invisible character can part letter and mark
    text = _CONTROL.sub(" ", text)
    text = _DASHES.sub("-", text)
    text = _SPACES.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _TONE.sub(lambda match: _TONE_PLACES.get(match.group(), match.group()), text)
    return "\n".join(line.strip() for line in text.split("\n")).strip()


def fold(text: str) -> str:
    """Lower case without diacritics: "Đăng ký" -> "dang ky"."""
    return _folded(text) if len(text) <= _REMEMBERED else _fold(text)


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c)))


_folded = lru_cache(maxsize=65536)(_fold)


def has_diacritics(text: str) -> bool:
    """Whether any letter carries a Vietnamese mark; text without any is read in the folded view alone."""
    return fold(text) != text.lower()


def words(text: str) -> list[str]:
    """Lower-case syllables and numbers, punctuation gone, codes such as `1.001193` in one piece."""
    plain = normalise(text).lower()
    found: list[str] = []
    done = 0
    for coded in _CODED.finditer(plain):
        found.extend(_WORD.findall(plain, done, coded.start()))
        for piece in _SYLLABLE.findall(coded.group()):
            if _PARTED_DIGITS.search(piece):
                found.append(piece)
            found.extend(_WORD.findall(piece))
        done = coded.end()
    found.extend(_WORD.findall(plain, done))
    return found


class Lexicon:
    """Everyday words: abbreviations written out, and the official term beside the everyday one.

    The file has three columns, tab separated: kind (`abbr`: replaced, `also`: the official words are added),
    what people type, what it stands for.  Lines that begin with `#` are remarks.
    """

    def __init__(self, path: Path = _LEXICON) -> None:
        self.replaced: dict[str, str] = {}
        self.added: dict[tuple[str, ...], str] = {}
        for line in path.read_text(encoding="utf-8").splitlines():
            if not line.strip() or line.startswith("#"):
                continue
            kind, said, meant = (part.strip() for part in line.split("\t"))
            if kind == "abbr":
                self.replaced[said.lower()] = meant
            elif kind == "also":
                self.added[tuple(words(said))] = meant
            else:
                raise ValueError(f"{path.name}: unknown kind {kind!r}")
        self._folded = {tuple(fold(word) for word in said): meant for said, meant in self.added.items()}
        self._longest = max((len(said) for said in self.added), default=1)

    def expand(self, text: str) -> str:
        """Abbreviations replaced by what they stand for; everything else as it was."""
        if self.replaced.keys().isdisjoint(_TOKEN.findall(text.lower())):
            return text
        return _TOKEN.sub(lambda m: self.replaced.get(m.group().lower(), m.group()), text)

    def official(self, text: str) -> list[str]:
        """Official terms for the everyday ones in `text` (in either view), in order, once each."""
        plain = words(self.expand(normalise(text)))
        table = self.added
        if not has_diacritics(text):
            table, plain = self._folded, [fold(word) for word in plain]  # abbreviations are written out with diacritics
        found: dict[str, None] = {}
        for start in range(len(plain)):
            for length in range(min(self._longest, len(plain) - start), 0, -1):
                meant = table.get(tuple(plain[start : start + length]))
                if meant is not None:
                    found.setdefault(meant)
                    break
        return list(found)


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The project's own lexicon."""
    return Lexicon()


def expand(text: str) -> str:
    """`normalise`, then abbreviations and teencode written out."""
    return lexicon().expand(normalise(text))
