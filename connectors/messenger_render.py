"""Neutral messages as the Messenger Send API takes them.  Pure functions.

Limits (developers.facebook.com, Send API): text 2,000; quick replies 13, title 20, payload 1,000; button template text
640, 1 to 3 buttons; generic template 10 elements, title and subtitle 80.
"""

from __future__ import annotations

from collections.abc import Sequence

from actions.messages import Choice, Message, Place
from actions.wording import say
from connectors.choices import TITLE, Offered, numbered
from connectors.layout import folded, lay_out, split_for_buttons
from connectors.platform import Json, Rendered
from connectors.texts import shorten, split_text

TEXT_LIMIT = 2000
TEMPLATE_TEXT = 640
QUICK_REPLIES = 13
ELEMENTS = 10
ELEMENT_TITLE = 80


def render(messages: Sequence[Message]) -> Rendered:
    """Quick replies hang on the very last part: they go as soon as another message comes."""
    parts: list[Json] = []
    offered: Offered = []
    for message in folded(messages):
        layout = lay_out(message)
        buttons = [_button(title, choice) for title, choice in layout.arranged.buttons]
        parts += _texts(layout.text, buttons)
        offered = layout.arranged.offered or offered
        if layout.places:
            elements = [_place(place) for place in layout.places[:ELEMENTS]]
            parts.append(_template(template_type="generic", elements=elements))
    if parts and offered:
        parts[-1]["quick_replies"] = [
            {"content_type": "text", "title": title, "payload": payload}
            for title, (_, payload) in zip(_quick_titles(offered), offered[:QUICK_REPLIES], strict=False)
        ]
    return Rendered(parts, offered)


def _texts(text: str, buttons: list[Json]) -> list[Json]:
    if not buttons:
        return [{"text": part} for part in split_text(text, TEXT_LIMIT)]
    *first, last = split_for_buttons(text, TEXT_LIMIT, TEMPLATE_TEXT)
    return [{"text": part} for part in first] + [_template(template_type="button", text=last, buttons=buttons)]


def _quick_titles(offered: Offered) -> list[str]:
    """The number in the list, where it has numbers, and as much of the title as fits."""
    if not numbered(offered):
        return [shorten(title, TITLE) for title, _ in offered]
    heads = [say("channels.choice_numbered", number=n, title="").strip() + " " for n in range(1, len(offered) + 1)]
    return [head + shorten(title, TITLE - len(head)) for head, (title, _) in zip(heads, offered, strict=True)]


def _place(place: Place) -> Json:
    element: Json = {"title": shorten(place.name, ELEMENT_TITLE)}
    if place.address:
        element["subtitle"] = shorten(place.address, ELEMENT_TITLE)
    element["buttons"] = [{"type": "web_url", "title": say("channels.map_button"), "url": place.map_url}]
    return element


def _button(title: str, choice: Choice) -> Json:
    if choice.url:
        return {"type": "web_url", "title": title, "url": choice.url}
    return {"type": "postback", "title": title, "payload": choice.payload}


def _template(**payload: object) -> Json:
    return {"attachment": {"type": "template", "payload": payload}}
