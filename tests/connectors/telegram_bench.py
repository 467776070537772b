"""A Telegram channel in a test: the stand-in of the Bot API, a database, an assistant that echoes."""

from __future__ import annotations

from typing import Any

from messaging_bench import QUICK, make_stores

from actions.database import Database
from assistant.turn import Assistant
from connectors.messaging import GoneHook, MessagingChannel, MessagingOptions, Stores
from connectors.standins.telegram import TOKEN
from connectors.telegram import Telegram, TelegramOptions

QUICK_CALLS = TelegramOptions(poll_s=5, backoff_s=0.01, backoff_max_s=0.05)


def telegram_channel(
    assistant: Assistant,
    address: str,
    database: Database,
    *,
    token: str = TOKEN,
    stores: Stores | None = None,
    options: MessagingOptions = QUICK,
    calls: TelegramOptions = QUICK_CALLS,
    on_gone: GoneHook | None = None,
    **more: Any,
) -> MessagingChannel:
    platform = Telegram(token, api=address, options=calls, **more)
    return MessagingChannel(platform, assistant, stores or make_stores(database), options, on_gone)
