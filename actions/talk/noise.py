"""Messages that are no question: keyboard noise, one letter, emoji; and those in another script."""

from __future__ import annotations

import re
import unicodedata

from knowledge_base.text import expand, fold, words

# A Vietnamese syllable without diacritics: onset, vowels, coda.  Foreign words may fit by chance; noise rarely does.
_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdghklmnpqrstvx])?(?:uye|uya|uyu|uoi|uou|ieu|yeu|oai|oay|oeo|uay|[aeiouy]{1,2})"
    r"(?:ng|nh|ch|[cmnpt])?"
)
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{5,}|(\w)\1{3,}")
_ENGLISH = frozenset(
    """
    hello help please what where when how which who can could should would need want the and for with from about have
    english speak passport visa birth certificate register registration marriage license licence residence permit card
    identity office appointment book fee fees cost document documents paper papers online thanks thank hi
    """.split()  # noqa: SIM905 - a word list reads better as words
)
_WHAT = frozenset("ha hu hu ho hmm huh ua o e um uh uhm ah oh eh oi haha hihi hehe huhu kaka lol zz zzz".split())  # noqa: SIM905
# Borrowed by Vietnamese, or also Vietnamese without diacritics.
_LOANED = frozenset(
    {"can", "the", "visa", "passport", "online", "hello", "hi", "help", "card", "fee", "fees", "office"}
)
_LOANED |= {"thanks", "thank", "book", "have", "for"}
ABBREVIATION = 4  # letters; a shorter run of consonants may be an abbreviation that the lexicon does not know
ENGLISH_SHARE = 0.3  # of the words
FOREIGN_SHARE = 0.3  # of the letters


def is_noise(text: str) -> bool:
    """No letter and no digit at all, one letter, sounds ("hả", "haha"), or words that could be no language's here."""
    signs = [c for c in text if c.isalnum()]
    if not signs:
        return True
    if any(c.isdigit() for c in signs):
        return False
    if len(signs) == 1:
        return True
    spoken = [fold(word) for word in words(expand(text))]
    if spoken and all(word in _WHAT for word in spoken):
        return True
    if not spoken or any(_SYLLABLE.fullmatch(word) or word in _ENGLISH for word in spoken):
        return bool(spoken) and all(_CONSONANTS.search(word) for word in spoken)
    return any(len(word) > ABBREVIATION for word in spoken) or sum(map(len, spoken)) > 2 * ABBREVIATION


def is_english(text: str) -> bool:
    """A sentence in English: two words that Vietnamese has not borrowed, and no letter of Vietnamese alone."""
    spoken = text.lower().replace("?", " ").replace(",", " ").replace(".", " ").split()
    english = [word for word in spoken if word in _ENGLISH]
    own = [word for word in english if word not in _LOANED]
    return text.isascii() and bool(own) and len(english) >= 2 and len(english) / len(spoken) >= ENGLISH_SHARE


def is_foreign_script(text: str) -> bool:
    """Letters of another script than Latin: Chinese, Japanese, Korean, Thai, Cyrillic, …"""
    letters = [c for c in text if c.isalpha()]
    foreign = [c for c in letters if not unicodedata.name(c, "").startswith(("LATIN", "MODIFIER", "FULLWIDTH LATIN"))]
    return bool(letters) and len(foreign) / len(letters) >= FOREIGN_SHARE
