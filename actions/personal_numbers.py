"""Phone and personal-ID numbers stay out of the dialogue runtime.

The pipeline puts a placeholder where a citizen typed one and keeps the number itself in short-lived memory under the
conversation; the action that needs it takes it from there.  Rasa's trackers and logs hold no such number.
"""

from __future__ import annotations

import re

from actions.memory import Memory

PHONE_MARK = "<so-dien-thoai>"
ID_MARK = "<so-dinh-danh>"
KEEP_S = 30 * 60

_PHONE = re.compile(r"(?<![\w.+-])(?:\+84|0084|84|0)(?:[ .-]?\d){9,10}(?![\w-])(?!\.\d)")
_ID = re.compile(r"(?<![\w.+-])0\d{2}(?:[ .]?\d{3}){3}(?![\w-])(?!\.\d)")


async def conceal(text: str, conversation: str, memory: Memory) -> str:
    """`text` with placeholders; the last number of each kind is kept for half an hour."""
    for mark, pattern in ((ID_MARK, _ID), (PHONE_MARK, _PHONE)):
        found = pattern.findall(text)
        if found:
            await memory.put(_key(mark, conversation), found[-1], KEEP_S)
            text = pattern.sub(mark, text)
    return text


async def reveal(mark: str, conversation: str, memory: Memory) -> str | None:
    """The number behind a placeholder, or None when it is gone."""
    held = await memory.get(_key(mark, conversation))
    return None if held is None else str(held)


async def forget(conversation: str, memory: Memory) -> None:
    for mark in (PHONE_MARK, ID_MARK):
        await memory.drop(_key(mark, conversation))


def _key(mark: str, conversation: str) -> str:
    return f"number:{mark}:{conversation}"
