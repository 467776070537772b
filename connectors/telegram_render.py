"""Neutral messages as Telegram sends them.  Pure functions: a message in, ready parts out.

No `parse_mode` is ever set, so nothing a citizen or a record wrote can become markup.  Limits are those of the Bot API
(core.telegram.org/bots/api): 4096 UTF-16 code units a text, 1024 a caption, 64 bytes of callback data, 100 buttons.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass

import segno
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, KeyboardButton, ReplyKeyboardMarkup
from telegram.constants import InlineKeyboardButtonLimit, InlineKeyboardMarkupLimit, MessageLimit

from actions.messages import (
    CardMessage,
    ChecklistMessage,
    Choice,
    LocationMessage,
    Message,
    SourceLine,
    TextMessage,
    TicketMessage,
)
from actions.wording import say
from connectors.choices import opens
from connectors.texts import checklist_line, place_line, short_titles, shorten, split_text

TEXT_LIMIT = int(MessageLimit.MAX_TEXT_LENGTH)  # UTF-16 code units
PAYLOAD_LIMIT = int(InlineKeyboardButtonLimit.MAX_CALLBACK_DATA)  # bytes
BUTTON_LIMIT = int(InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER)
_ROWS = ((6, 4), (10, 3), (16, 2))  # (widest title, buttons a row)


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
        lines = [checklist_line(item) for item in message.items if item.label not in message.text]
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


def _keyboard(
    choices: list[Choice], links: list[InlineKeyboardButton], text: str
) -> tuple[InlineKeyboardMarkup | None, list[str]]:
    """Buttons, and the lines the text needs besides: titles cut short on their button, choices that fit no button."""
    pressed: list[InlineKeyboardButton] = []
    links = list(links)
    lines = []
    for choice, title in zip(choices, short_titles(choices), strict=True):
        if len(pressed) + len(links) >= BUTTON_LIMIT:
            lines.append(say("channels.choice_line", title=choice.title))
        elif choice.payload and len(choice.payload.encode()) <= PAYLOAD_LIMIT:
            pressed.append(InlineKeyboardButton(title, callback_data=choice.payload))
            if title != choice.title and choice.title not in text:
                lines.append(say("channels.choice_line", title=choice.title))
        elif choice.url and opens(choice.url):
            links.append(InlineKeyboardButton(title, url=choice.url))
        elif choice.url:
            lines.append(say("channels.choice_link", title=choice.title, url=choice.url))
        else:  # the citizen may still say it in words
            lines.append(say("channels.choice_line", title=choice.title))
    rows = _rows(pressed) + [[link] for link in links]
    return (InlineKeyboardMarkup(rows) if rows else None), lines


def _rows(buttons: list[InlineKeyboardButton]) -> list[list[InlineKeyboardButton]]:
    widest = max((len(button.text) for button in buttons), default=0)
    size = next((count for width, count in _ROWS if widest <= width), 1)
    return [buttons[start : start + size] for start in range(0, len(buttons), size)]


def _source_link(source: SourceLine | None, choices: list[Choice]) -> list[InlineKeyboardButton]:
    if source is None or not opens(source.url) or any(choice.url == source.url for choice in choices):
        return []
    return [InlineKeyboardButton(say("channels.source_button"), url=source.url)]


def _location(message: LocationMessage) -> list[Outgoing]:
    lines = [place_line(place) for place in message.places if place.name not in message.text]
    links = [
        InlineKeyboardButton(shorten(say("channels.directions_button", name=place.name)), url=place.map_url)
        for place in message.places
        if opens(place.map_url)
    ]
    markup, unfit = _keyboard(message.choices, links, message.text)
    if not message.request:
        return _parts(message.text, lines + unfit, markup)
    ask = KeyboardButton(say("telegram.share_location_button"), request_location=True)
    keyboard = ReplyKeyboardMarkup([[ask]], resize_keyboard=True, one_time_keyboard=True)
    parts = _parts(message.text or ask.text, lines, keyboard)
    if markup or unfit:  # a message carries one keyboard only
        parts += _parts(say("channels.choose_instead"), unfit, markup)
    return parts


def _parts(
    text: str, lines: Iterable[str] = (), markup: InlineKeyboardMarkup | ReplyKeyboardMarkup | None = None
) -> list[Outgoing]:
    added = "\n".join(lines)
    whole = "\n\n".join(part for part in (text, added) if part.strip())
    if not whole and markup:
        whole = say("channels.choose")
    texts = split_text(whole, TEXT_LIMIT)
    return [Outgoing(part, markup if index == len(texts) else None) for index, part in enumerate(texts, 1)]
