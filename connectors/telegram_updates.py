"""What an update of the Bot API means to us: a turn, a sentence of the channel's own, both, or nothing."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import Any

from telegram import CallbackQuery, ChatMemberUpdated, Message, Update
from telegram.constants import ChatMemberStatus, ChatType

from actions.clock import HANOI
from actions.notices.pairing import asked_code
from actions.wording import say
from assistant.turn import Location
from connectors.platform import Event

CHANNEL = "telegram"
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
COMMANDS = {  # command: the sentence it stands for; names of other languages' habit beside our own
    "start": "channels.start_text",
    "huy": "channels.cancel_text",
    "cancel": "channels.cancel_text",
    "trogiup": "channels.help_text",
    "help": "channels.help_text",
}
MENU = {"start": "channels.command_start", "huy": "channels.command_cancel", "trogiup": "channels.command_help"}
# first match counts: an animation also carries `document`
_UNREADABLE = {
    "photo": "channels.no_photo",
    "video": "channels.no_photo",
    "animation": "channels.no_photo",
    "document": "channels.no_document",
    "voice": "channels.no_voice",
    "audio": "channels.no_voice",
    "video_note": "channels.no_voice",
    "sticker": "channels.no_sticker",
    "poll": "channels.no_other",
    "dice": "channels.no_other",
    "story": "channels.no_other",
    "game": "channels.no_other",
    "paid_media": "channels.no_other",
    "checklist": "channels.no_other",
}
_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@\w+)?(?=\s|$)")
_OUTSIDE = (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)


def read_update(update: Update, bot_id: int, username: str, now: dt.datetime) -> Event | None:
    """The meaning of an update, or None for what we leave alone: channel posts, bots, service messages, places that
    move.

    Telegram tells seconds; the rest of `at` is the update's number, so that those of one second keep their order.
    """
    if update.callback_query is not None:
        return _read_press(update.callback_query, update.update_id, now)
    if update.my_chat_member is not None:
        return _read_membership(update.my_chat_member, update.update_id, username)
    message = update.message or update.edited_message
    if message is None or message.from_user is None or message.from_user.is_bot:
        return None
    if message.chat.type != ChatType.PRIVATE:
        addressed = update.message is not None and _addressed(message, bot_id, username)
        return _group(message.chat.id, update.update_id, message.date, username) if addressed else None
    if update.edited_message is not None:
        edited = message.edit_date or message.date
        return None if message.location else _event(message.chat.id, update.update_id, edited, notice="channels.edited")
    return _read_message(message, update.update_id)


def _read_message(message: Message, update_id: int) -> Event | None:
    said = _said(message)
    return None if said is None else _event(message.chat.id, update_id, message.date, **said)


def _said(message: Message) -> dict[str, Any] | None:
    if message.location is not None:
        return {"location": Location(lat=message.location.latitude, lon=message.location.longitude)}
    if message.contact is not None:
        own = message.from_user is not None and message.contact.user_id == message.from_user.id
        # of somebody else's card nothing is taken
        return {"text": message.contact.phone_number} if own else {"notice": "channels.no_contact"}
    notice = next((key for name, key in _UNREADABLE.items() if getattr(message, name, None)), None)
    typed = message.text or message.caption  # the question often stands under the photo
    if typed is None:
        return {"notice": notice} if notice else None
    text = _without_blank_start(typed)
    if text.startswith("/"):
        command = _COMMAND.match(text)
        said = COMMANDS.get(command[1].lower()) if command else None
        if said is None:
            return {"notice": "telegram.help"}
        text = asked_code(text.partition(" ")[2]) or say(said)  # a deep link says "/start CODE"
    if not text.strip():
        return {"notice": notice or "telegram.help"}
    return {"text": text, "notice": notice}


def _read_press(query: CallbackQuery, update_id: int, now: dt.datetime) -> Event:
    chat = query.message.chat if query.message else None
    if chat is None or chat.type != ChatType.PRIVATE or not query.data:
        return _event(query.from_user.id, update_id, now, receipt=query.id, act=False)
    return _event(chat.id, update_id, now, payload=query.data, receipt=query.id)


def _read_membership(change: ChatMemberUpdated, update_id: int, username: str) -> Event | None:
    status = change.new_chat_member.status
    if change.chat.type == ChatType.PRIVATE:
        return _event(change.chat.id, update_id, change.date, left=status in _OUTSIDE)
    joined = change.old_chat_member.status in _OUTSIDE and status not in _OUTSIDE
    if joined and change.chat.type != ChatType.CHANNEL:
        return _group(change.chat.id, update_id, change.date, username)
    return None


def _group(chat_id: int, update_id: int, moment: dt.datetime, username: str) -> Event:
    named = {"username": username}
    return _event(chat_id, update_id, moment, notice="telegram.group", named=named, greets=False)


def _addressed(message: Message, bot_id: int, username: str) -> bool:
    """Whether a message in a group speaks to the bot: a command, its name, or an answer to it."""
    text = message.text or message.caption or ""
    target = message.reply_to_message
    answers_us = target is not None and target.from_user is not None and target.from_user.id == bot_id
    return answers_us or text.startswith("/") or (bool(username) and f"@{username}".lower() in text.lower())


def _without_blank_start(text: str) -> str:
    """`text` from its first visible character on, so that a "/" cannot hide behind invisible ones."""
    for index, char in enumerate(text):
        if unicodedata.category(char)[0] not in "ZC":
            return text[index:]
    return ""


def _event(chat_id: int, update_id: int, moment: dt.datetime, **said: Any) -> Event:
    at = moment.astimezone(HANOI).replace(microsecond=update_id % 1_000_000)
    return Event(event_id=str(update_id), user=str(chat_id), at=at, **said)
