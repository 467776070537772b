"""Neutral messages as a Zalo Official Account sends them (customer-service messages, v3).  Pure functions.

Limits (developers.zalo.me and public SDKs): text 2,000; lists of 5 elements, title 100, subtitle 500, the first one
required; button title 100, query payload 1,000.  A pressed `oa.query.hide` button comes back as a text: its payload.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from actions.messages import Choice, Message, Place, TextMessage
from actions.wording import say
from connectors.layout import folded, lay_out
from connectors.platform import Json, Rendered
from connectors.texts import shorten, split_text

TEXT_LIMIT = 2000
ELEMENTS = 5
ELEMENT_TITLE = 100
SUBTITLE = 500
PRESSED = "#tthc:"  # in front of a payload, so that no typed word is taken for one
_PRESSED = re.compile(re.escape(PRESSED) + r"([\w-]{1,64})", re.ASCII)


def render(messages: Sequence[Message]) -> Rendered:
    parts: list[Json] = []
    offered: list[tuple[str, str]] = []
    for message in folded(messages):
        layout = lay_out(message)
        buttons = [_button(title, choice) for title, choice in layout.arranged.buttons]
        offered = layout.arranged.offered or offered
        if isinstance(message, TextMessage) and message.asks == "phone":
            parts += [*_texts(layout.text, []), request_user_info(say("zalo.info_title"), say("zalo.info_subtitle"))]
            continue
        if layout.places:
            parts += _list(layout.text, layout.places, buttons)
        else:
            parts += _texts(layout.text, buttons)
    return Rendered(parts, offered)


def pressed_payload(text: str) -> str | None:
    """The payload behind a text that a button sent."""
    found = _PRESSED.fullmatch(text)
    return found[1] if found else None


def request_user_info(title: str, subtitle: str, image_url: str = "") -> Json:
    """A card with a button by which the person hands over name and phone; they come as `user_submit_info`."""
    element = {"title": shorten(title, ELEMENT_TITLE), "subtitle": shorten(subtitle, SUBTITLE)}
    if image_url:
        element["image_url"] = image_url
    return _template(template_type="request_user_info", elements=[element])


def _texts(text: str, buttons: list[Json]) -> list[Json]:
    parts: list[Json] = [{"text": part} for part in split_text(text, TEXT_LIMIT)]
    if parts and buttons:
        parts[-1] |= _template(buttons=buttons)
    return parts


def _list(text: str, places: Sequence[Place], buttons: list[Json]) -> list[Json]:
    """One list when the text fits its head; else the text, then the list."""
    head, _, rest = text.partition("\n")
    body = rest.strip() or head
    fits = len(head) <= ELEMENT_TITLE and len(body) <= SUBTITLE and len(places) < ELEMENTS
    elements: list[Json] = [{"title": head, "subtitle": body}] if fits else []
    elements += [_place(place) for place in places[: ELEMENTS - len(elements)]]
    told = [] if fits else _texts(_with_links(text, places[ELEMENTS:]), [])
    more = {"buttons": buttons} if buttons else {}
    return [*told, _template(template_type="list", elements=elements, **more)]


def _with_links(text: str, places: Iterable[Place]) -> str:
    links = [say("channels.place_map", name=place.name, url=place.map_url) for place in places]
    return "\n\n".join(part for part in (text, "\n".join(links)) if part)


def _place(place: Place) -> Json:
    return {
        "title": shorten(place.name, ELEMENT_TITLE),
        "subtitle": shorten(place.address or say("channels.directions_button", name=place.name), SUBTITLE),
        "default_action": {"type": "oa.open.url", "url": place.map_url},
    }


def _button(title: str, choice: Choice) -> Json:
    if choice.url:
        return {"title": title, "type": "oa.open.url", "payload": {"url": choice.url}}
    return {"title": title, "type": "oa.query.hide", "payload": f"{PRESSED}{choice.payload}"}


def _template(**payload: object) -> Json:
    return {"attachment": {"type": "template", "payload": payload}}
