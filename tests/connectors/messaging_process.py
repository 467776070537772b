"""A process with a Zalo channel and an assistant that echoes, for tests that kill it.

    python messaging_process.py PORT STANDIN DATABASE_URL BOOKING_KEY DATA_KEY
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import sys
from collections.abc import AsyncIterator

import uvicorn
from fastapi import FastAPI

from actions.channels.credentials import Credentials
from actions.channels.inbox import Inbox
from actions.channels.outgoing import Outgoing
from actions.channels.windows import Windows
from actions.clock import SystemClock
from actions.database import Database
from actions.messages import Reply, TextMessage
from actions.personal import PersonalKeys
from assistant.turn import HistoryEntry, Turn
from connectors.delivery import DeliveryOptions
from connectors.inbox import WorkerOptions
from connectors.messaging import MessagingChannel, MessagingOptions, Stores
from connectors.standins.zalo import APP_ID, APP_SECRET, OA_SECRET, REFRESH
from connectors.zalo import Zalo, ZaloKeys


class SlowEcho:
    async def handle(self, turn: Turn) -> Reply | None:
        await asyncio.sleep(random.random() * 0.05)
        return Reply(messages=[TextMessage(text=turn.text or "")])

    async def history(self, conversation: str, limit: int = 50) -> list[HistoryEntry]:
        return []


def main(port: str, standin: str, database_url: str, *both_keys: str) -> None:
    database, keys, clock = Database(database_url), PersonalKeys(*both_keys), SystemClock()
    credentials = Credentials(database, keys, clock, f"zalo:{APP_ID}")
    own = ZaloKeys(APP_ID, APP_SECRET, OA_SECRET, REFRESH)
    zalo = Zalo(own, credentials, clock, api=standin, oauth=standin, business=standin)
    stores = Stores(Inbox(database, keys, clock), Outgoing(database, keys, clock), Windows(database, clock, {}))
    options = MessagingOptions(
        worker=WorkerOptions(poll_s=0.05, lease_s=1), delivery=DeliveryOptions(per_second=1000, per_person_s=0)
    )
    channel = MessagingChannel(zalo, SlowEcho(), stores, options)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await channel.start()
        yield
        await channel.stop()

    app = FastAPI(lifespan=lifespan)
    app.include_router(channel.router())
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning")


if __name__ == "__main__":
    main(*sys.argv[1:])
