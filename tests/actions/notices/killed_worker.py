"""A process that sends notices until it is killed.  Arguments: database URL, data key, file.  A line on stdin: begin.

Channel `web` is the real one (histories in the database, idempotent by key); `zalo` appends a line to the file, as a
channel would that knows no keys.  The clock is the real one.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from actions.clock import SystemClock
from actions.database import Database
from actions.messages import Reply
from actions.notices.port import Window
from actions.notices.quiet import QuietHours
from connectors.web_notices import WebNotices
from tests.actions.notices.bench import make_bench


class Lines:
    """Writes first and returns a little later: many kills fall between."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def window(self, conversation: str, by_staff: bool = False) -> Window:
        return "free"

    async def send(self, conversation: str, reply: Reply, key: str, by_staff: bool = False) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{key}\n")
        await asyncio.sleep(0.01)


async def main(url: str, data_key: str, path: str) -> None:
    clock = SystemClock()
    bench = make_bench(Database(url), clock, data_key)  # type: ignore[arg-type]
    web = WebNotices(bench.transcripts, clock)
    postman = bench.postman(quiet=QuietHours.parse(""), web=web, zalo=Lines(Path(path)))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    while True:
        if not await postman.round():
            await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
