"""What an update of the Bot API means to us: a turn, a sentence of the channel's own, both, or nothing."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass

from telegram import CallbackQuery, ChatMemberUpdated, Message, Update
from telegram.constants import ChatMemberStatus, ChatType

from actions.clock import HANOI
from actions.wording import say
from assistant.turn import MESSAGE_ID_LIMIT, Location, Turn
from knowledge_base.errors import ErrorCode, Refused

CHANNEL = "telegram"
ALLOWED_UPDATES = ("message", "callback_query", "my_chat_member")  # edited messages and channel posts are not asked for
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
    "contact": "channels.no_contact",
    "poll": "channels.no_other",
    "dice": "channels.no_other",
    "story": "channels.no_other",
    "game": "channels.no_other",
    "paid_media": "channels.no_other",
    "checklist": "channels.no_other",
}
_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@\w+)?(?=\s|$)")
_OUTSIDE = (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)


@dataclass(frozen=True)
class Event:
    """`notice` is a sentence key, said before the turn is taken; `left` tells that the citizen has blocked the bot."""

    chat_id: int
    turn: Turn | None = None
    notice: str | None = None
    callback_id: str | None = None
    left: bool = False


def conversation_of(chat_id: int) -> str:
    return f"{CHANNEL}:{chat_id}"


def chat_of(conversation: str) -> int:
    """The chat of one of our conversations.  Raises: Refused, when it is none."""
    channel, _, chat_id = conversation.partition(":")
    if channel != CHANNEL or not chat_id.lstrip("-").isdigit():
        raise Refused(ErrorCode.FORBIDDEN, "not a Telegram conversation")
    return int(chat_id)


def read_update(update: Update, bot_id: int, username: str, now: dt.datetime) -> Event | None:
    """The meaning of an update, or None for what we leave alone: edits, channel posts, bots, service messages."""
    if update.callback_query is not None:
        return _read_press(update.callback_query, update.update_id, now)
    if update.my_chat_member is not None:
        return _read_membership(update.my_chat_member)
    message = update.message
    if message is None or message.from_user is None or message.from_user.is_bot:
        return None
    if message.chat.type != ChatType.PRIVATE:
        addressed = _addressed(message, bot_id, username)
        return Event(message.chat.id, notice="telegram.group") if addressed else None
    return _read_message(message, update.update_id)


def _read_message(message: Message, update_id: int) -> Event | None:
    chat_id = message.chat.id
    at = message.date.astimezone(HANOI)
    if message.location is not None:
        location = Location(lat=message.location.latitude, lon=message.location.longitude)
        return Event(chat_id, _turn(chat_id, update_id, at, location=location))
    notice = next((key for name, key in _UNREADABLE.items() if getattr(message, name, None)), None)
    typed = message.text or message.caption  # the question often stands under the photo
    if typed is None:
        return Event(chat_id, notice=notice) if notice else None
    text = _without_blank_start(typed)
    if text.startswith("/"):
        command = _COMMAND.match(text)
        said = COMMANDS.get(command[1].lower()) if command else None
        if said is None:
            return Event(chat_id, notice="telegram.help")
        text = say(said)
    if not text.strip():
        return Event(chat_id, notice=notice or "telegram.help")
    return Event(chat_id, _turn(chat_id, update_id, at, text=text), notice)


def _read_press(query: CallbackQuery, update_id: int, now: dt.datetime) -> Event:
    chat = query.message.chat if query.message else None
    if chat is None or chat.type != ChatType.PRIVATE or not query.data:
        return Event(query.from_user.id, callback_id=query.id)
    return Event(chat.id, _turn(chat.id, update_id, now, payload=query.data), callback_id=query.id)


def _read_membership(change: ChatMemberUpdated) -> Event | None:
    status = change.new_chat_member.status
    if change.chat.type == ChatType.PRIVATE:
        return Event(change.chat.id, left=status in _OUTSIDE)
    joined = change.old_chat_member.status in _OUTSIDE and status not in _OUTSIDE
    if joined and change.chat.type != ChatType.CHANNEL:
        return Event(change.chat.id, notice="telegram.group")
    return None


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


def _turn(
    chat_id: int,
    update_id: int,
    at: dt.datetime,
    *,
    text: str | None = None,
    payload: str | None = None,
    location: Location | None = None,
) -> Turn:
    return Turn(
        conversation=conversation_of(chat_id),
        channel=CHANNEL,
        text=text,
        payload=payload,
        location=location,
        message_id=str(update_id)[:MESSAGE_ID_LIMIT],
        at=at,
    )
