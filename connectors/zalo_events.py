"""What an event of a Zalo Official Account means to us, and the proof that Zalo sent it."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from typing import Any

from actions.clock import HANOI
from actions.wording import say
from assistant.turn import Location
from connectors.platform import Event
from connectors.zalo_render import pressed_payload

SIGNATURE_HEADER = "X-ZEvent-Signature"
TIMESTAMP_HEADER = "X-ZEvent-Timestamp"
# In a string of the body the closing quote is written \", so a citizen cannot type what this finds.
_TIMESTAMP = re.compile(rb'"timestamp"\s*:\s*"?(\d{1,16})"?')
_DIGITS = re.compile(r"\d{1,16}")
_STAMPS = 4  # so many are tried
_USER = re.compile(r"[\w-]{1,64}", re.ASCII)
_UNREADABLE = {
    "user_send_image": "channels.no_photo",
    "user_send_gif": "channels.no_photo",
    "user_send_video": "channels.no_photo",
    "user_send_file": "channels.no_document",
    "user_send_audio": "channels.no_voice",
    "user_send_sticker": "channels.no_sticker",
    "user_send_business_card": "channels.no_contact",
}


def genuine(app_id: str, secret: str, headers: Mapping[str, str], raw: bytes) -> bool:
    """Whether the signature is that of `raw`: SHA-256 of app id, body, time stamp and the account's secret key.

    The time stamp stands in the body; developers report that some events carry it in a header instead, so each is
    tried.  (developers.zalo.me, webhook of an Official Account.)
    """
    given = headers.get(SIGNATURE_HEADER, "").strip().removeprefix("mac=").strip().lower().encode("utf-8", "replace")
    stamps = list(dict.fromkeys(_TIMESTAMP.findall(raw)))[:_STAMPS]
    stamp = headers.get(TIMESTAMP_HEADER, "").strip()
    if _DIGITS.fullmatch(stamp):
        stamps.append(stamp.encode())
    right = False
    for one in stamps:
        right |= hmac.compare_digest(mac(app_id, secret, raw, one), given)
    return right


def mac(app_id: str, secret: str, raw: bytes, timestamp: bytes) -> bytes:
    """The signature as Zalo makes it, in lower-case hex."""
    return hashlib.sha256(app_id.encode() + raw + timestamp + secret.encode()).hexdigest().encode()


def read(app_id: str, raw: bytes) -> list[Event]:
    """The event in a call, or none: other apps, groups, our own echoes, receipts.

    Raises:
        ValueError, LookupError, TypeError: not of the documented shape.
    """
    data = json.loads(raw)
    if not isinstance(data, dict):
        raise ValueError("no object")
    name = str(data.get("event_name", ""))
    if str(data.get("app_id", app_id)) != app_id:
        return []
    if name in ("follow", "unfollow"):
        event = _base(data, name, data["follower"]["id"])
        return [event.model_copy(update={"left": True} if name == "unfollow" else {"text": say("channels.start_text")})]
    if name == "user_submit_info":
        phone = str(data["info"].get("phone") or "").strip()  # the rest we do not need, and do not keep
        said = {"text": phone} if phone else {"notice": "channels.no_contact"}
        return [_base(data, name, data["sender"]["id"]).model_copy(update=said)]
    if name == "user_click_chatnow":
        return [_base(data, name, (data.get("sender") or data["user"])["id"])]
    if name.startswith("user_send_") and not name.startswith("user_send_group"):
        return [_message(data, name)]
    return []


def _message(data: dict[str, Any], name: str) -> Event:
    message = data["message"]
    event = _base(data, name, data["sender"]["id"], str(message["msg_id"]))
    text = message.get("text") or None
    if name == "user_send_text":
        payload = pressed_payload(text or "")
        said: dict[str, Any] = {"payload": payload} if payload else {"text": text or ""}
    elif name == "user_send_location":
        place = message["attachments"][0]["payload"]["coordinates"]
        said = {"location": Location(lat=float(place["latitude"]), lon=float(place["longitude"]))}
    else:
        said = {"notice": _UNREADABLE.get(name, "channels.no_other"), "text": text}
    return event.model_copy(update=said)


def _base(data: dict[str, Any], name: str, user: object, event_id: str = "") -> Event:
    stamp = int(data["timestamp"])
    if not _USER.fullmatch(str(user)):
        raise ValueError("no user")
    at = dt.datetime.fromtimestamp(stamp / 1000, HANOI)
    return Event(event_id=(event_id or f"{name}:{user}:{stamp}")[:128], user=str(user), at=at)
