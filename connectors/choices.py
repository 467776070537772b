"""Choices within what every messaging platform can show: at most three buttons of at most twenty characters.

What is more, or longer, becomes a numbered list that the citizen may answer by number or in words; times of day, and
other titles that begin with a number, a list without numbers, answered in words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from actions.messages import Choice
from actions.wording import say
from connectors.texts import short_titles
from knowledge_base.text import fold, words

BUTTONS = 3
TITLE = 20  # characters
PAYLOAD = 64  # bytes
_NUMBER = re.compile(r"(?:(?:so|chon|chon so|lua chon|muc)\s+)?\(?(\d{1,2})[.)]?")
_OWN_WORDS = 2  # so many words of a title may stand for it, if they stand in no other

Offered = list[tuple[str, str]]  # title and payload, in the order of the numbers


@dataclass(frozen=True)
class Arranged:
    """`buttons` with the title each one shows; or `offered`, told in `lines`; links that fit no button in `lines`."""

    buttons: list[tuple[str, Choice]] = field(default_factory=list)
    offered: Offered = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


def arrange(choices: Sequence[Choice], text: str, limit: int = BUTTONS) -> Arranged:
    """How a channel with `limit` buttons shows these choices under `text`.

    Buttons when all of them fit with their whole titles, or with short ones that stay apart while `text` tells the
    whole ones; else the numbered list.  A choice that cannot be sent is said in words.
    """
    pressed = [choice for choice in choices if choice.payload and len(choice.payload.encode()) <= PAYLOAD]
    links = [choice for choice in choices if choice.url and opens(choice.url)]
    spoken = [say("channels.choice_line", title=c.title) for c in choices if c not in pressed and not c.url]
    spoken += [say("channels.choice_link", title=c.title, url=c.url) for c in choices if c.url and c not in links]
    known = fold(text)
    whole = all(len(choice.title) <= TITLE or fold(choice.title) in known for choice in pressed)
    titles = short_titles(pressed, TITLE)
    if len(pressed) <= limit and whole and len(set(titles)) == len(titles):
        shown = list(zip(titles, pressed, strict=True))
        room = limit - len(shown)
        shown += list(zip(short_titles(links[:room], TITLE), links[:room], strict=True))
        return Arranged(shown, [], spoken + [_link(choice) for choice in links[room:]])
    offered = [(choice.title, str(choice.payload)) for choice in pressed]
    if numbered(offered):
        lines = [
            say("channels.choice_numbered", number=number, title=title)
            for number, (title, _) in enumerate(offered, 1)
            if not _told(text, number, title)
        ] + [say("channels.choose_by_number")]
    else:
        lines = [say("channels.choice_line", title=title) for title, _ in offered if title not in text]
        lines.append(say("channels.choose_by_words", title=offered[0][0]))
    shown = list(zip(short_titles(links[:limit], TITLE), links[:limit], strict=True))
    lines += [*spoken, *(_link(choice) for choice in links[limit:])]
    return Arranged(shown, offered, lines)


def numbered(offered: Sequence[tuple[str, str]]) -> bool:
    """Whether these are told with numbers.  Not where a title begins with one: "9" may mean 09:00."""
    return not any(title[0].isdigit() for title, _ in offered)


def pick(text: str, offered: Sequence[tuple[str, str]]) -> str | None:
    """The payload that a typed answer means, or None when it names none of the offered choices, or several."""
    plain = " ".join(fold(text).split()).strip(" .!")
    number = _NUMBER.fullmatch(plain)
    if number and not numbered(offered):
        return None
    if number:
        index = int(number[1])
        return offered[index - 1][1] if 1 <= index <= len(offered) else None
    same = [payload for title, payload in offered if fold(title).strip(" .!") == plain]
    if len(same) == 1:
        return same[0]
    said = words(plain)
    if len(said) < _OWN_WORDS:
        return None
    holding = [payload for title, payload in offered if f" {' '.join(said)} " in f" {' '.join(words(fold(title)))} "]
    return holding[0] if len(holding) == 1 else None


def opens(url: str) -> bool:
    """Whether platforms take the address for a button: https, and a host name with a dot."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and "." in (parts.hostname or "")


def _told(text: str, number: int, title: str) -> bool:
    """Whether `text` has the numbered line itself."""
    return re.search(rf"^\W*{number}\W+{re.escape(title)}", text, re.MULTILINE) is not None


def _link(choice: Choice) -> str:
    return say("channels.choice_link", title=choice.title, url=choice.url)
