"""Neutral messages as Telegram sends them.  Pure functions: a message in, ready parts out.

No `parse_mode` is ever set, so nothing a citizen or a record wrote can become markup.  Limits are those of the Bot API
(core.telegram.org/bots/api): 4096 UTF-16 code units a text, 1024 a caption, 64 bytes of callback data, 100 buttons.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

import segno
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, KeyboardButton, ReplyKeyboardMarkup
from telegram.constants import InlineKeyboardButtonLimit, InlineKeyboardMarkupLimit, MessageLimit

from actions.messages import (
    CardMessage,
    ChecklistItem,
    ChecklistMessage,
    Choice,
    LocationMessage,
    Message,
    Place,
    SourceLine,
    TextMessage,
    TicketMessage,
)
from actions.wording import say

TEXT_LIMIT = int(MessageLimit.MAX_TEXT_LENGTH)  # UTF-16 code units
PAYLOAD_LIMIT = int(InlineKeyboardButtonLimit.MAX_CALLBACK_DATA)  # bytes
BUTTON_LIMIT = int(InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER)
TITLE_LIMIT = 40  # characters a phone shows on one line
_ROWS = ((6, 4), (10, 3), (16, 2))  # (widest title, buttons a row)
_ZERO_WIDTH_JOINER = "\u200d"
# from the best place to break a long text to the worst
_BREAKS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?…;])[\"”’)\]]?\s"), re.compile(r"\s"))


@dataclass(frozen=True)
class Outgoing:
    """One message of the Bot API.  With `photo` (PNG bytes), `text` is its caption."""

    text: str
    markup: InlineKeyboardMarkup | ReplyKeyboardMarkup | None = None
    photo: bytes | None = None


def render(message: Message) -> list[Outgoing]:
    """The parts of a message, in the order to send them; the buttons hang on the last part of the text."""
    if isinstance(message, TextMessage):
        return _parts(message.text)
    if isinstance(message, LocationMessage):
        return _location(message)
    lines: list[str] = []
    links: list[InlineKeyboardButton] = []
    if isinstance(message, CardMessage | ChecklistMessage):
        links = _source_link(message.source, message.choices)
    if isinstance(message, ChecklistMessage):
        lines = [_checklist_line(item) for item in message.items if item.label not in message.text]
    markup, unfit = _keyboard(message.choices, links, message.text)
    parts = _parts(message.text, lines + unfit, markup)
    if isinstance(message, TicketMessage) and message.qr_content:
        parts.append(Outgoing(say("telegram.ticket_qr", number=message.number), photo=qr_png(message.qr_content)))
    return parts


def qr_png(content: str) -> bytes:
    """A QR code as PNG, large enough for a phone's screen at arm's length."""
    out = io.BytesIO()
    segno.make(content, micro=False, error="m").save(out, kind="png", scale=10, border=4)
    return out.getvalue()


def utf16_length(text: str) -> int:
    """Length as Telegram counts it: characters beyond U+FFFF (most emoji) are two."""
    return len(text) + sum(char > "\uffff" for char in text)


def split_text(text: str, limit: int = TEXT_LIMIT) -> list[str]:
    """`text` in parts of at most `limit` (2 or more) UTF-16 code units, cut at paragraph, line, sentence or word ends.

    Nothing but the white space at a cut is lost; blank text has no parts.
    """
    parts = []
    rest = text
    while utf16_length(rest) > limit:
        cut = _cut(rest, _fitting(rest, limit))
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    parts.append(rest)
    return [part for part in parts if part.strip()]


def _fitting(text: str, limit: int) -> int:
    """How many characters of `text` fit."""
    used = 0
    for index, char in enumerate(text):
        used += 2 if char > "\uffff" else 1
        if used > limit:
            return index
    return len(text)


def _cut(text: str, end: int) -> int:
    """Where to cut `text`, at `end` or before; not so early that a part is less than half full."""
    for pattern in _BREAKS:
        places = [match.end() for match in pattern.finditer(text, end // 2, end)]
        if places:
            return places[-1]
    cut = end
    # one long word: keep accents with their letter and joined emoji whole, as far as that is possible
    while cut > end // 2 and (_joins(text[cut]) or text[cut - 1] == _ZERO_WIDTH_JOINER):
        cut -= 1
    return cut if cut > end // 2 else end


def _joins(char: str) -> bool:
    if char == _ZERO_WIDTH_JOINER or unicodedata.category(char).startswith("M"):
        return True
    return "\U0001f3fb" <= char <= "\U0001f3ff"  # skin tones


def shorten(title: str, limit: int = TITLE_LIMIT) -> str:
    """`title` in at most `limit` characters, ended with "…" after a whole word where there is one."""
    title = " ".join(title.split())
    if len(title) <= limit:
        return title
    head = title[: limit - 1]
    if title[limit - 1] != " " and " " in head[limit // 2 :]:
        head = head[: head.rindex(" ")]
    return head.rstrip(" ,.;:–-(") + "…"


def _shorten_middle(title: str, limit: int = TITLE_LIMIT) -> str:
    """For titles that differ at the end only: both ends, "…" between."""
    title = " ".join(title.split())
    if len(title) <= limit:
        return title
    head, tail = title[: limit // 3], title[len(title) - (limit - limit // 3 - 1) :]
    if " " in head:
        head = head[: head.rindex(" ")]
    if " " in tail:
        tail = tail[tail.index(" ") + 1 :]
    return f"{head.rstrip()}…{tail.lstrip()}"


def _titles(choices: Iterable[Choice]) -> list[str]:
    full = [choice.title for choice in choices]
    short = [shorten(title) for title in full]
    seen = Counter(short)
    return [_shorten_middle(title) if seen[cut] > 1 else cut for title, cut in zip(full, short, strict=True)]


def _keyboard(
    choices: list[Choice], links: list[InlineKeyboardButton], text: str
) -> tuple[InlineKeyboardMarkup | None, list[str]]:
    """Buttons, and the lines the text needs besides: titles cut short on their button, choices that fit no button."""
    pressed: list[InlineKeyboardButton] = []
    links = list(links)
    lines = []
    for choice, title in zip(choices, _titles(choices), strict=True):
        if len(pressed) + len(links) >= BUTTON_LIMIT:
            lines.append(say("telegram.choice_line", title=choice.title))
        elif choice.payload and len(choice.payload.encode()) <= PAYLOAD_LIMIT:
            pressed.append(InlineKeyboardButton(title, callback_data=choice.payload))
            if title != choice.title and choice.title not in text:
                lines.append(say("telegram.choice_line", title=choice.title))
        elif choice.url and _opens(choice.url):
            links.append(InlineKeyboardButton(title, url=choice.url))
        elif choice.url:
            lines.append(say("telegram.choice_link", title=choice.title, url=choice.url))
        else:  # the citizen may still say it in words
            lines.append(say("telegram.choice_line", title=choice.title))
    rows = _rows(pressed) + [[link] for link in links]
    return (InlineKeyboardMarkup(rows) if rows else None), lines


def _rows(buttons: list[InlineKeyboardButton]) -> list[list[InlineKeyboardButton]]:
    widest = max((len(button.text) for button in buttons), default=0)
    size = next((count for width, count in _ROWS if widest <= width), 1)
    return [buttons[start : start + size] for start in range(0, len(buttons), size)]


def _opens(url: str) -> bool:
    """Whether Telegram takes the address for a button: https, and a host name with a dot."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and "." in (parts.hostname or "")


def _source_link(source: SourceLine | None, choices: list[Choice]) -> list[InlineKeyboardButton]:
    if source is None or not _opens(source.url) or any(choice.url == source.url for choice in choices):
        return []
    return [InlineKeyboardButton(say("telegram.source_button"), url=source.url)]


def _location(message: LocationMessage) -> list[Outgoing]:
    lines = [_place_line(place) for place in message.places if place.name not in message.text]
    links = [
        InlineKeyboardButton(shorten(say("telegram.directions_button", name=place.name)), url=place.map_url)
        for place in message.places
        if _opens(place.map_url)
    ]
    markup, unfit = _keyboard(message.choices, links, message.text)
    if not message.request:
        return _parts(message.text, lines + unfit, markup)
    ask = KeyboardButton(say("telegram.share_location_button"), request_location=True)
    keyboard = ReplyKeyboardMarkup([[ask]], resize_keyboard=True, one_time_keyboard=True)
    parts = _parts(message.text or ask.text, lines, keyboard)
    if markup or unfit:  # a message carries one keyboard only
        parts += _parts(say("telegram.choose_instead"), unfit, markup)
    return parts


def _parts(
    text: str, lines: Iterable[str] = (), markup: InlineKeyboardMarkup | ReplyKeyboardMarkup | None = None
) -> list[Outgoing]:
    added = "\n".join(lines)
    whole = "\n\n".join(part for part in (text, added) if part.strip())
    if not whole and markup:
        whole = say("telegram.choose")
    texts = split_text(whole)
    return [Outgoing(part, markup if index == len(texts) else None) for index, part in enumerate(texts, 1)]


def _checklist_line(item: ChecklistItem) -> str:
    details = []
    if item.originals:
        details.append(say("telegram.checklist_originals", count=item.originals))
    if item.copies:
        details.append(say("telegram.checklist_copies", count=item.copies))
    if item.form:
        details.append(say("telegram.checklist_form", form=item.form))
    if not details:
        return say("telegram.checklist_line", label=item.label)
    return say("telegram.checklist_line_detailed", label=item.label, details="; ".join(details))


def _place_line(place: Place) -> str:
    if place.address:
        return say("telegram.place_line_address", name=place.name, address=place.address)
    return say("telegram.place_line", name=place.name)
