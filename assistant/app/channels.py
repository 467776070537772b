"""The channels as the settings want them.  Messaging channels run where they have a key, each with what it keeps; one
whose settings are wrong is said by name."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Sequence

import structlog
from pydantic import SecretStr

from actions.channels.credentials import Credentials
from actions.channels.figures import read_figures
from actions.channels.inbox import Inbox
from actions.channels.outgoing import Outgoing
from actions.channels.windows import WindowRule, Windows
from actions.notices.port import LetterCarrier
from assistant.app.parts import Parts, listed
from assistant.metrics import CHANNEL_EVENTS, CHANNEL_MESSAGES, CHANNEL_OLDEST, CHANNEL_UP
from assistant.pipeline import Pipeline
from assistant.settings import Settings
from connectors.delivery import DeliveryOptions
from connectors.messaging import MessagingChannel, MessagingOptions, Stores
from connectors.messenger import WEBHOOK_PATH as MESSENGER_PATH
from connectors.messenger import Messenger, MessengerKeys
from connectors.platform import Platform
from connectors.telegram import WEBHOOK_PATH as TELEGRAM_PATH
from connectors.telegram import Telegram
from connectors.web import WebOptions
from connectors.web_theme import load_brand
from connectors.zalo import WEBHOOK_PATH as ZALO_PATH
from connectors.zalo import Zalo, ZaloKeys
from knowledge_base.errors import TthcError

log = structlog.get_logger()
MEASURE_S = 10


def web_options(settings: Settings) -> WebOptions:
    """The web channel as the settings want it.

    Raises:
        Misconfigured: the theme file cannot be used.
    """
    return WebOptions(
        allowed_origins=listed(settings.allowed_origins),
        frame_ancestors=("'self'", *listed(settings.frame_ancestors)),
        text_limit=settings.text_limit,
        brand=load_brand(settings.web_theme),
        voice=settings.web_voice,
    )


def make_stores(parts: Parts) -> Stores:
    """What messaging channels keep, and the rule of each channel's window."""
    settings, database, keys, clock = parts.settings, parts.database, parts.keys, parts.clock
    rules = {
        "zalo": WindowRule(
            free=dt.timedelta(hours=settings.zalo_free_hours),
            free_messages=settings.zalo_free_messages,
            paid=dt.timedelta(days=settings.zalo_reply_days),
        ),
        "messenger": WindowRule(free=dt.timedelta(hours=24), staff=dt.timedelta(days=7)),
        "telegram": WindowRule(free=dt.timedelta.max),
    }
    return Stores(Inbox(database, keys, clock), Outgoing(database, keys, clock), Windows(database, clock, rules))


def make_channels(parts: Parts, pipeline: Pipeline, stores: Stores) -> list[MessagingChannel]:
    """Messaging channels that have been given a key.  One whose settings are wrong is said by name; the others run."""
    settings = parts.settings
    wanted: dict[str, Callable[[], Platform]] = {
        "telegram": lambda: _telegram(settings),
        "zalo": lambda: _zalo(parts),
        "messenger": lambda: _messenger(settings),
    }
    channels = []
    for name, make in wanted.items():
        if not _has_a_key(settings, name):
            continue
        if not getattr(settings, f"{name}_enabled"):
            log.warning("channel switched off", channel=name)
            continue
        try:
            channels.append(_messaging(parts, pipeline, stores, make()))
        except TthcError as error:
            log.error("channel not set up", channel=name, detail=error.detail)
    return channels


KEYS = {  # one of them set means that the channel is wanted
    "telegram": ("telegram_token", "telegram_secret"),
    "zalo": ("zalo_app_id", "zalo_app_secret", "zalo_secret", "zalo_refresh_token"),
    "messenger": ("messenger_token", "messenger_app_secret", "messenger_verify_token"),
}


def _has_a_key(settings: Settings, channel: str) -> bool:
    given = (getattr(settings, name) for name in KEYS[channel])
    return any((key.get_secret_value() if isinstance(key, SecretStr) else key).strip() for key in given)


def letter_carriers(channels: Sequence[MessagingChannel]) -> dict[str, LetterCarrier]:
    """Those of the channels that reach phone numbers too."""
    return {channel.name: channel.platform for channel in channels if isinstance(channel.platform, Zalo)}


def _closed(parts: Parts) -> Callable[[str], Awaitable[None]]:
    """What becomes of a person's notices and watched dossiers once they have closed the channel to us."""

    async def closed(conversation: str) -> None:
        moved = await asyncio.to_thread(parts.pairing.moved_to, conversation)
        await asyncio.to_thread(parts.pairing.send_back, conversation)
        await asyncio.to_thread(parts.outbox.close, conversation)
        if not moved:  # else what is watched is told elsewhere
            await asyncio.to_thread(parts.watches.stop, conversation)

    return closed


def _telegram(settings: Settings) -> Telegram:
    return Telegram(
        settings.telegram_token.get_secret_value(),
        api=settings.telegram_api,
        mode=settings.telegram_mode,
        secret=settings.telegram_secret.get_secret_value(),
        public_url=settings.public_address,
    )


def _zalo(parts: Parts) -> Zalo:
    settings = parts.settings
    keys = ZaloKeys(
        app_id=settings.zalo_app_id.strip(),
        app_secret=settings.zalo_app_secret.get_secret_value(),
        secret=settings.zalo_secret.get_secret_value(),
        refresh_token=settings.zalo_refresh_token.get_secret_value(),
    )
    return Zalo(
        keys,
        Credentials(parts.database, parts.keys, parts.clock, f"zalo:{keys.app_id}"),
        parts.clock,
        api=settings.zalo_api,
        oauth=settings.zalo_oauth,
        business=settings.zalo_business_api,
        account_id=settings.zalo_oa_id.strip(),
        templates=dict(pair.partition("=")[::2] for pair in listed(settings.zalo_templates)),
    )


def _messenger(settings: Settings) -> Messenger:
    keys = MessengerKeys(
        token=settings.messenger_token.get_secret_value(),
        app_secret=settings.messenger_app_secret.get_secret_value(),
        verify_token=settings.messenger_verify_token.get_secret_value(),
        page_id=settings.messenger_page_id.strip(),
    )
    return Messenger(keys, api=settings.messenger_api)


def _messaging(parts: Parts, pipeline: Pipeline, stores: Stores, platform: Platform) -> MessagingChannel:
    delivery = DeliveryOptions(per_second=parts.settings.channel_messages_per_second)
    return MessagingChannel(platform, pipeline, stores, MessagingOptions(delivery=delivery), _closed(parts))


def silent_webhooks(settings: Settings) -> list[str]:
    """Addresses of channels that are switched off."""
    enabled = {
        TELEGRAM_PATH: settings.telegram_enabled,
        ZALO_PATH: settings.zalo_enabled,
        MESSENGER_PATH: settings.messenger_enabled,
    }
    return [path for path, on in enabled.items() if not on]


async def measure(parts: Parts, channels: Sequence[MessagingChannel]) -> None:
    """Tells the figures of the channels that run here, and of what is kept of others."""
    found = await asyncio.to_thread(read_figures, parts.database, [channel.name for channel in channels])
    now = parts.clock.now()
    for name, figures in found.items():
        for state, count in figures.events.items():
            CHANNEL_EVENTS.labels(channel=name, state=state).set(count)
        for state, count in figures.messages.items():
            CHANNEL_MESSAGES.labels(channel=name, state=state).set(count)
        CHANNEL_OLDEST.labels(channel=name).set((now - figures.oldest).total_seconds() if figures.oldest else 0)
    for channel in channels:
        CHANNEL_UP.labels(channel=channel.name).set(channel.state == "up")


async def keep_measuring(parts: Parts, channels: Sequence[MessagingChannel]) -> None:
    while True:
        try:
            await measure(parts, channels)
        except Exception as error:  # noqa: BLE001 - the next look tries again
            log.warning("channels not measured", cause=type(error).__name__)
        await asyncio.sleep(MEASURE_S)


async def start(channel: MessagingChannel) -> None:
    try:
        await channel.start()
    except TthcError as error:
        log.error("channel not started", channel=channel.name, detail=error.detail)
