"""The part of `app.py` that makes the messaging channels: from settings to connectors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import structlog

from actions.appointments.personal import PersonalKeys
from actions.channels.credentials import Credentials
from actions.channels.inbox import Inbox
from actions.channels.outgoing import Outgoing
from actions.channels.windows import WindowRule, Windows
from actions.clock import Clock
from actions.database import Database
from assistant.settings import Settings
from assistant.turn import Assistant
from connectors.delivery import DeliveryOptions
from connectors.messaging import MessagingChannel, MessagingOptions, Stores
from connectors.messenger import WEBHOOK_PATH as MESSENGER_PATH
from connectors.messenger import Messenger, MessengerKeys
from connectors.platform import Platform
from connectors.telegram import WEBHOOK_PATH as TELEGRAM_PATH
from connectors.telegram import TelegramConnector
from connectors.zalo import CHANNEL as ZALO
from connectors.zalo import WEBHOOK_PATH as ZALO_PATH
from connectors.zalo import Zalo, ZaloKeys
from knowledge_base.errors import TthcError

log = structlog.get_logger()
Channel = TelegramConnector | MessagingChannel


def make_stores(settings: Settings, database: Database, keys: PersonalKeys, clock: Clock) -> Stores:
    """What messaging channels keep, and the rule of each channel's window."""
    rules = {
        "zalo": WindowRule(
            free=dt.timedelta(hours=settings.zalo_free_hours),
            free_messages=settings.zalo_free_messages,
            paid=dt.timedelta(days=settings.zalo_reply_days),
            paid_allowed=settings.zalo_paid,
        ),
        "messenger": WindowRule(free=dt.timedelta(hours=24), staff=dt.timedelta(days=7)),
    }
    return Stores(Inbox(database, keys, clock), Outgoing(database, keys, clock), Windows(database, clock, rules))


def make_channels(
    settings: Settings, assistant: Assistant, stores: Stores, database: Database, keys: PersonalKeys, clock: Clock
) -> list[Channel]:
    """Messaging channels that have a key.  One whose settings are wrong is said by name; the others run."""
    wanted: list[tuple[str, bool, str, Callable[[], Channel]]] = [
        (
            "telegram", settings.telegram_enabled, settings.telegram_token.get_secret_value(),
            lambda: _telegram(settings, assistant),
        ),
        (
            "zalo", settings.zalo_enabled, settings.zalo_app_id,
            lambda: _messaging(settings, assistant, stores, _zalo(settings, database, keys, clock)),
        ),
        (
            "messenger", settings.messenger_enabled, settings.messenger_token.get_secret_value(),
            lambda: _messaging(settings, assistant, stores, _messenger(settings)),
        ),
    ]  # fmt: skip
    channels: list[Channel] = []
    for name, enabled, key, make in wanted:
        if not key:
            continue
        if not enabled:
            log.warning("channel switched off", channel=name)
            continue
        try:
            channels.append(make())
        except TthcError as error:
            log.error("channel not set up", channel=name, detail=error.detail)
    return channels


def _telegram(settings: Settings, assistant: Assistant) -> TelegramConnector:
    return TelegramConnector(
        assistant,
        settings.telegram_token.get_secret_value(),
        api=settings.telegram_api,
        mode=settings.telegram_mode,
        secret=settings.telegram_secret.get_secret_value(),
        public_url=settings.public_address,
    )


def _zalo(settings: Settings, database: Database, keys: PersonalKeys, clock: Clock) -> Zalo:
    own = ZaloKeys(
        app_id=settings.zalo_app_id.strip(),
        app_secret=settings.zalo_app_secret.get_secret_value(),
        secret=settings.zalo_secret.get_secret_value(),
        refresh_token=settings.zalo_refresh_token.get_secret_value(),
    )
    return Zalo(
        own,
        Credentials(database, keys, clock, f"{ZALO}:{own.app_id}"),
        clock,
        api=settings.zalo_api,
        oauth=settings.zalo_oauth,
        business=settings.zalo_business_api,
        templates=_pairs(settings.zalo_templates),
    )


def _messenger(settings: Settings) -> Messenger:
    keys = MessengerKeys(
        token=settings.messenger_token.get_secret_value(),
        app_secret=settings.messenger_app_secret.get_secret_value(),
        verify_token=settings.messenger_verify_token.get_secret_value(),
        page_id=settings.messenger_page_id.strip(),
    )
    return Messenger(keys, api=settings.messenger_api)


def _messaging(settings: Settings, assistant: Assistant, stores: Stores, platform: Platform) -> MessagingChannel:
    delivery = DeliveryOptions(per_second=settings.channel_messages_per_second)
    return MessagingChannel(platform, assistant, stores, MessagingOptions(delivery=delivery))


def silent_webhooks(settings: Settings) -> list[str]:
    """Addresses of channels that are switched off."""
    enabled = {
        TELEGRAM_PATH: settings.telegram_enabled,
        ZALO_PATH: settings.zalo_enabled,
        MESSENGER_PATH: settings.messenger_enabled,
    }
    return [path for path, on in enabled.items() if not on]


def _pairs(setting: str) -> dict[str, str]:
    """ "a=1, b=2" by name."""
    parts = (pair.partition("=") for pair in setting.split(","))
    return {name.strip(): value.strip() for name, _, value in parts if name.strip()}
