"""What a webhook call of Messenger means to us, and the proof that Meta sent it."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from typing import Any

from actions.clock import HANOI
from actions.notices.pairing import asked_code
from actions.wording import say
from assistant.turn import Location
from connectors.platform import Event

SIGNATURE_HEADER = "X-Hub-Signature-256"
PREFIX = "sha256="
MENU = {  # payload of our own menu: the sentence it stands for
    "TTHC_START": "channels.start_text",
    "TTHC_CANCEL": "channels.cancel_text",
    "TTHC_HELP": "channels.help_text",
}
_USER = re.compile(r"[\w-]{1,64}", re.ASCII)
_UNREADABLE = {
    "image": "channels.no_photo",
    "video": "channels.no_photo",
    "audio": "channels.no_voice",
    "file": "channels.no_document",
}
_LINKS = {"fallback"}  # a link in the text: the text is there


def genuine(secret: str, headers: Mapping[str, str], raw: bytes) -> bool:
    """Whether the signature is the HMAC-SHA256 of `raw` under the app's secret.  The old SHA-1 header is no proof."""
    given = headers.get(SIGNATURE_HEADER, "").strip().encode("utf-8", "replace")
    return hmac.compare_digest(signature(secret, raw).encode(), given)


def signature(secret: str, raw: bytes) -> str:
    """The header as Meta makes it."""
    return PREFIX + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def read(page_id: str, raw: bytes) -> list[Event]:
    """The events in a call, in order; echoes, receipts, reactions and another app's threads (`standby`) left out.

    An event that is not of the documented shape is left out too: the others in the call must be heard.

    Raises:
        ValueError, TypeError, LookupError: the call is not of the documented shape.
    """
    data = json.loads(raw)
    if not isinstance(data, dict) or data.get("object") != "page":
        raise ValueError("not of a page")
    found: list[Event] = []
    for entry in data["entry"]:
        if page_id and str(entry.get("id")) != page_id:
            continue
        for one in entry.get("messaging", []):
            try:
                event = _event(one)
            except (ValueError, TypeError, LookupError, AttributeError):
                continue
            if event is not None:
                found.append(event)
    return found


def _event(one: dict[str, Any]) -> Event | None:
    if "message" in one:
        message = one["message"]
        return None if message.get("is_echo") else _message(one, message)
    if "postback" in one:
        return _postback(one, one["postback"])
    if "message_edit" in one:
        edit = one["message_edit"]
        event_id = f"{edit['mid']}:edit:{edit.get('num_edit', 1)}"
        return _base(one, event_id, notice="channels.edited")
    if "referral" in one or "optin" in one:
        return _base(one, "", text=_code(one) or None)
    return None


def _message(one: dict[str, Any], message: dict[str, Any]) -> Event:
    mid = str(message["mid"])
    if message.get("is_deleted"):
        return _base(one, f"{mid}:deleted", notice="channels.deleted")
    if "quick_reply" in message:
        return _base(one, mid, **_pressed(str(message["quick_reply"]["payload"])))
    text = message.get("text") or None
    for attachment in message.get("attachments", []):
        kind, payload = attachment.get("type"), attachment.get("payload") or {}
        if kind == "location":
            place = payload["coordinates"]
            return _base(one, mid, location=Location(lat=float(place["lat"]), lon=float(place["long"])))
        if kind in _LINKS and text:
            continue
        sticker = "channels.no_sticker" if payload.get("sticker_id") else ""
        return _base(one, mid, notice=sticker or _UNREADABLE.get(str(kind), "channels.no_other"), text=text)
    return _base(one, mid, text=text or "")


def _postback(one: dict[str, Any], postback: dict[str, Any]) -> Event:
    code = _code(postback)  # the first contact through a link
    said = {"text": code} if code else _pressed(str(postback["payload"]))
    return _base(one, str(postback.get("mid") or ""), **said)


def _code(one: dict[str, Any]) -> str:
    """The pairing code that a link of ours brought along."""
    return asked_code(str((one.get("referral") or {}).get("ref") or ""))


def _pressed(payload: str) -> dict[str, str]:
    key = MENU.get(payload)
    return {"text": say(key)} if key else {"payload": payload}


def _base(one: dict[str, Any], event_id: str, **said: Any) -> Event:
    user, stamp = str(one["sender"]["id"]), int(one["timestamp"])
    if not _USER.fullmatch(user):
        raise ValueError("no user")
    kind = next((name for name in ("postback", "referral", "optin") if name in one), "message")
    named = event_id if 0 < len(event_id) <= 128 else f"{kind}:{user}:{stamp}:{_short(event_id)}"
    return Event(event_id=named, user=user, at=dt.datetime.fromtimestamp(stamp / 1000, HANOI), **said)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
