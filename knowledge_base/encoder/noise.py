"""How people mistype, made by code: dropped diacritics, one slip of a finger, teencode.  Deterministic by `rng`."""

from __future__ import annotations

import random

from knowledge_base.text import fold, lexicon

NEIGHBOURS = {
    "a": "sqz", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "g": "fh", "h": "gj", "i": "uo", "k": "jl", "l": "k",
    "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "wa", "r": "et", "s": "ad", "t": "ry", "u": "yi", "v": "cb",
    "x": "zc", "y": "tu",
}  # fmt: skip


def drop_accents(text: str) -> str:
    """As typed on a keyboard without Vietnamese input: no diacritics, lower case."""
    return fold(text)


def one_slip(text: str, rng: random.Random) -> str:
    """One letter dropped, doubled, swapped with the next or hit beside its key, in a word of four letters or more."""
    parts = text.split(" ")
    long = [i for i, part in enumerate(parts) if len(part) >= 4 and part.isalpha()]
    if not long:
        return text
    index = rng.choice(long)
    word = parts[index]
    at = rng.randrange(1, len(word) - 1)
    kind = rng.randrange(4)
    if kind == 0:
        word = word[:at] + word[at + 1 :]
    elif kind == 1:
        word = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    elif kind == 2:
        word = word[:at] + word[at] + word[at:]
    else:
        word = word[:at] + rng.choice(NEIGHBOURS.get(fold(word[at]), word[at])) + word[at + 1 :]
    parts[index] = word
    return " ".join(parts)


def teencode(text: str, rng: random.Random) -> str:
    """Some words shortened the way the lexicon writes them out."""
    short: dict[str, list[str]] = {}
    for said, meant in lexicon().replaced.items():
        short.setdefault(meant.lower(), []).append(said)
    result = f" {text} "
    for meant, ways in short.items():
        start = result.lower().find(f" {meant} ")
        if start >= 0 and rng.random() < 0.5:
            result = result[: start + 1] + rng.choice(ways) + result[start + 1 + len(meant) :]
    return result.strip()
