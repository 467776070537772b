"""Words hit beside the right keys, read as the words that are looked for.

Only what is no Vietnamese syllable is repaired, and only where one letter more, less, else or swapped makes exactly one
of the words looked for.  So a right word is never read as another one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORD = re.compile(r"[a-z]{3,}")
_SYLLABLE = re.compile(
    r"(?:ngh(?=[ei])|gh(?=[ei])|k(?=[eiy])|(?:ng|c|g)(?=[aou])|nh|th|tr|ch|gi|kh|ph|qu|[bdhlmnprstvx])?"
    r"(?:[aeo](?:[ciomnptuy]|ch|nh|ng)?|i(?:[acmnptu]|ch|nh|e(?:[mnptu]|ng|c))?|o(?:a(?:[cinmopty]|ch|nh|ng)?|e[nto]?|ong|oc)|"
    r"u(?:[aceimnptuy]|a[nty]|ang|ng|e(?:ch|nh)|o(?:[cimnptu]|ng)?|y(?:a|u|t|n|e[nt]|nh|ch))?|y(?:e(?:[mntu]|ng))?)"
)


class Speller:
    """Knows the words it is made with: folded, each worth a repair."""

    def __init__(self, words: Iterable[str]) -> None:
        self._near: dict[str, set[str]] = {}
        for word in set(words):
            for hole in _holes(word):
                self._near.setdefault(hole, set()).add(word)

    def repaired(self, plain: str) -> str:
        """`plain`, which is folded, with its slips repaired."""
        return _WORD.sub(lambda match: self._repaired(match.group()), plain)

    def _repaired(self, word: str) -> str:
        if _SYLLABLE.fullmatch(word):
            return word
        found = {near for hole in _holes(word) for near in self._near.get(hole, ()) if _one_apart(word, near)}
        return found.pop() if len(found) == 1 else word


def _holes(word: str) -> set[str]:
    """`word`, and each way to leave out one letter of it: words one slip apart have one of these in common."""
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def _one_apart(one: str, other: str) -> bool:
    """Whether one letter more, less or else, or two swapped, make `one` into `other`."""
    if one == other:
        return True
    if abs(len(one) - len(other)) > 1:
        return False
    start = next(
        (at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), min(len(one), len(other))
    )
    left, right = one[start:], other[start:]
    if len(left) == len(right):
        return left[1:] == right[1:] or (left[1::-1] == right[:2] and left[2:] == right[2:])
    return left[1:] == right if len(left) > len(right) else left == right[1:]
