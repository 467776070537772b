"""Neutral messages as Telegram sends them.  Pure functions: a message in, parts ready to be kept and sent out.

No `parse_mode` is ever set, so nothing a citizen or a record wrote can become markup.  Limits are those of the Bot API
(core.telegram.org/bots/api): 4096 UTF-16 code units a text, 1024 a caption, 64 bytes of callback data, 100 buttons.

A part is JSON: `text`; with `buttons`, rows of {"title", "data" or "url"}; or `ask` ("location", "phone") with the
`title` of the one button below the input line; or `qr`, the content of a picture whose caption is `text`.
"""

from __future__ import annotations

import io
from collections.abc import Iterable

import segno
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, KeyboardButton, ReplyKeyboardMarkup
from telegram.constants import InlineKeyboardButtonLimit, InlineKeyboardMarkupLimit, MessageLimit

from actions.messages import (
    CardMessage,
    ChecklistMessage,
    Choice,
    FileMessage,
    LocationMessage,
    Message,
    SourceLine,
    TextMessage,
    TicketMessage,
)
from actions.wording import say
from connectors.choices import opens
from connectors.layout import folded
from connectors.platform import Json
from connectors.texts import checklist_line, place_line, short_titles, shorten, split_text

TEXT_LIMIT = int(MessageLimit.MAX_TEXT_LENGTH)  # UTF-16 code units
PAYLOAD_LIMIT = int(InlineKeyboardButtonLimit.MAX_CALLBACK_DATA)  # bytes
BUTTON_LIMIT = int(InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER)
_ROWS = ((6, 4), (10, 3), (16, 2))  # (widest title, buttons a row)


def render(message: Message) -> list[Json]:
    """The parts of a message, in the order to send them; the buttons hang on the last part of the text."""
    if isinstance(message, TextMessage):
        asked = {"ask": "phone", "title": say("telegram.share_phone_button")} if message.asks == "phone" else {}
        return _parts(message.text, more=asked)
    if isinstance(message, LocationMessage):
        return _location(message)
    if isinstance(message, FileMessage):
        return render(folded([message])[0])
    lines: list[str] = []
    links: list[Json] = []
    if isinstance(message, CardMessage | ChecklistMessage):
        links = _source_link(message.source, message.choices)
    if isinstance(message, ChecklistMessage):
        lines = [checklist_line(item) for item in message.items if item.label not in message.text]
    buttons, unfit = _keyboard(message.choices, links, message.text)
    parts = _parts(message.text, lines + unfit, buttons)
    if isinstance(message, TicketMessage) and message.qr_content:
        parts.append({"text": say("telegram.ticket_qr", number=message.number), "qr": message.qr_content})
    return parts


def markup(part: Json) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | None:
    """The keyboard of a part, as the library wants it."""
    if "ask" in part:
        place = part["ask"] == "location"
        button = KeyboardButton(part["title"], request_location=place or None, request_contact=not place or None)
        return ReplyKeyboardMarkup([[button]], resize_keyboard=True, one_time_keyboard=True)
    if "buttons" not in part:
        return None
    rows = [[_inline(button) for button in row] for row in part["buttons"]]
    return InlineKeyboardMarkup(rows)


def qr_png(content: str) -> bytes:
    """A QR code as PNG, large enough for a phone's screen at arm's length."""
    out = io.BytesIO()
    segno.make(content, micro=False, error="m").save(out, kind="png", scale=10, border=4)
    return out.getvalue()


def _inline(button: Json) -> InlineKeyboardButton:
    return InlineKeyboardButton(button["title"], callback_data=button.get("data"), url=button.get("url"))


def _keyboard(choices: list[Choice], links: list[Json], text: str) -> tuple[list[list[Json]], list[str]]:
    """Buttons, and the lines the text needs besides: titles cut short on their button, choices that fit no button."""
    pressed: list[Json] = []
    links = list(links)
    lines = []
    for choice, title in zip(choices, short_titles(choices), strict=True):
        if len(pressed) + len(links) >= BUTTON_LIMIT:
            lines.append(say("channels.choice_line", title=choice.title))
        elif choice.payload and len(choice.payload.encode()) <= PAYLOAD_LIMIT:
            pressed.append({"title": title, "data": choice.payload})
            if title != choice.title and choice.title not in text:
                lines.append(say("channels.choice_line", title=choice.title))
        elif choice.url and opens(choice.url):
            links.append({"title": title, "url": choice.url})
        elif choice.url:
            lines.append(say("channels.choice_link", title=choice.title, url=choice.url))
        else:  # the citizen may still say it in words
            lines.append(say("channels.choice_line", title=choice.title))
    return _rows(pressed) + [[link] for link in links], lines


def _rows(buttons: list[Json]) -> list[list[Json]]:
    widest = max((len(button["title"]) for button in buttons), default=0)
    size = next((count for width, count in _ROWS if widest <= width), 1)
    return [buttons[start : start + size] for start in range(0, len(buttons), size)]


def _source_link(source: SourceLine | None, choices: list[Choice]) -> list[Json]:
    if source is None or not opens(source.url) or any(choice.url == source.url for choice in choices):
        return []
    return [{"title": say("channels.source_button"), "url": source.url}]


def _location(message: LocationMessage) -> list[Json]:
    lines = [place_line(place) for place in message.places if place.name not in message.text]
    links = [
        {"title": shorten(say("channels.directions_button", name=place.name)), "url": place.map_url}
        for place in message.places
        if opens(place.map_url)
    ]
    buttons, unfit = _keyboard(message.choices, links, message.text)
    if not message.request:
        return _parts(message.text, lines + unfit, buttons)
    title = say("telegram.share_location_button")
    parts = _parts(message.text or title, lines, more={"ask": "location", "title": title})
    if buttons or unfit:  # a message carries one keyboard only
        parts += _parts(say("channels.choose_instead"), unfit, buttons)
    return parts


def _parts(
    text: str, lines: Iterable[str] = (), buttons: list[list[Json]] | None = None, more: Json | None = None
) -> list[Json]:
    """`buttons`, or `more`, hang on the last part."""
    more = more or ({"buttons": buttons} if buttons else {})
    added = "\n".join(lines)
    whole = "\n\n".join(part for part in (text, added) if part.strip())
    if not whole and buttons:
        whole = say("channels.choose")
    parts: list[Json] = [{"text": part} for part in split_text(whole, TEXT_LIMIT)]
    if parts:
        parts[-1] |= more
    return parts
