"""Neutral messages as words and buttons, before a platform's own shapes: what the renderers of channels share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from actions.messages import (
    CardMessage,
    ChecklistMessage,
    Choice,
    ChoicesMessage,
    FileMessage,
    LocationMessage,
    Message,
    Place,
    TextMessage,
)
from actions.wording import say
from connectors.choices import Arranged, arrange, opens
from connectors.texts import checklist_line, place_line, split_text


@dataclass(frozen=True)
class Layout:
    """`text` holds every fact; `buttons` are (title shown, choice); `places` have a map that opens."""

    text: str
    arranged: Arranged
    places: list[Place] = field(default_factory=list)


def folded(messages: Sequence[Message]) -> list[Message]:
    """Files as links of the message before them: a message of its own may cost money, and a place in a free window.

    A file that nothing stands before, or what asks for a phone number, is its own text with its own link.
    """
    kept: list[Message] = []
    for message in messages:
        if not isinstance(message, FileMessage):
            kept.append(message)
            continue
        link = Choice(title=message.title, url=message.url)
        before = kept[-1] if kept else None
        if before is None or (isinstance(before, TextMessage) and before.asks):
            kept.append(ChoicesMessage(text=message.title, choices=[link]))
        elif isinstance(before, TextMessage):
            kept[-1] = ChoicesMessage(text=before.text, choices=[link])
        else:
            kept[-1] = before.model_copy(update={"choices": [*getattr(before, "choices", ()), link]})
    return kept


def lay_out(message: Message) -> Layout:
    choices: list[Choice] = list(getattr(message, "choices", ()))
    lines: list[str] = []
    places: list[Place] = []
    if isinstance(message, CardMessage | ChecklistMessage):
        source = message.source
        if source is not None and opens(source.url) and all(choice.url != source.url for choice in choices):
            choices.append(Choice(title=say("channels.source_button"), url=source.url))
    if isinstance(message, ChecklistMessage):
        lines += [checklist_line(item) for item in message.items if item.label not in message.text]
    if isinstance(message, LocationMessage):
        lines += [place_line(place) for place in message.places if place.name not in message.text]
        places = [place for place in message.places if opens(place.map_url)]
        if message.request:
            lines.append(say("channels.share_location_hint"))
    arranged = arrange(choices, "\n".join([message.text, *lines]))
    text = _joined([message.text, "\n".join(lines), "\n".join(arranged.lines)])
    if not text and arranged.buttons:
        text = say("channels.choose")
    return Layout(text, arranged, places)


def split_for_buttons(text: str, limit: int, last: int) -> list[str]:
    """`text` in parts of at most `limit`, the last one of at most `last`, for buttons to hang on."""
    parts = split_text(text, limit)
    if parts and last < limit:
        parts[-1:] = split_text(parts[-1], last)
    return parts


def _joined(blocks: Sequence[str]) -> str:
    return "\n\n".join(block for block in blocks if block.strip())
