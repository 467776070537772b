"""The terms that the static encoder knows a text by: syllables in both views, pairs, and letter triples for typos."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

from knowledge_base.text import expand, fold, has_diacritics, words

TRIPLES_FROM = 4  # letters; shorter syllables have too little in common with their misspellings


def features(text: str) -> list[str]:
    """Terms of `text` in order of kind; the accented view only where the writer typed diacritics."""
    accented = has_diacritics(text)
    plain = words(expand(text))
    folded = [fold(word) for word in plain]
    found = [f"f:{word}" for word in folded]
    found += [f"b:{first}_{second}" for first, second in pairwise(folded)]
    if accented:
        found += [f"a:{word}" for word, plainer in zip(plain, folded, strict=True) if word != plainer]
    for word in folded:
        found += _triples(word)
    return found


@lru_cache(maxsize=20_000)
def _triples(word: str) -> tuple[str, ...]:
    if len(word) < TRIPLES_FROM or word.isdigit():
        return ()
    padded = f"^{word}$"
    return tuple(f"c:{padded[i : i + 3]}" for i in range(len(padded) - 2))
