"""The assistant in a terminal: talks to a running platform over `POST /api/v1/chat`."""

from __future__ import annotations

import asyncio
import io
import secrets
import signal
import unicodedata
from collections.abc import Callable
from typing import Any, Protocol

import httpx
import segno
from pydantic import TypeAdapter, ValidationError
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from actions.messages import (
    CardMessage,
    ChecklistItem,
    ChecklistMessage,
    Choice,
    FileMessage,
    LocationMessage,
    Message,
    Section,
    SourceLine,
    TextMessage,
    TicketMessage,
)
from actions.wording import say, say_error, sentences
from knowledge_base.errors import BadInput, ErrorCode, Refused, TthcError, Unavailable

LEAVE = "/thoat"
_MESSAGE: TypeAdapter[Message] = TypeAdapter(Message)


class ChatClient(Protocol):
    async def send(self, *, text: str | None = None, payload: str | None = None) -> list[Message]:
        """One turn, exactly one of `text` and `payload`.

        Raises:
            TthcError: the platform is down (`channel_down`), slow, or refused the turn.
        """


class HttpChatClient:
    """One conversation with the platform at `address`, over HTTP.  Use as `async with`."""

    def __init__(
        self,
        address: str,
        conversation: str = "",
        *,
        timeout_s: float = 30,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.address = address.rstrip("/")
        self.conversation = conversation or f"terminal:{secrets.token_urlsafe(12)}"
        self._http = httpx.AsyncClient(base_url=self.address, timeout=timeout_s, transport=transport, trust_env=False)

    async def __aenter__(self) -> HttpChatClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def send(self, *, text: str | None = None, payload: str | None = None) -> list[Message]:
        said = {"text": text} if payload is None else {"payload": payload}
        body = {"conversation": self.conversation, "message_id": secrets.token_urlsafe(12), **said}
        try:
            answer = await self._http.post("/api/v1/chat", json=body)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Unavailable(ErrorCode.CHANNEL_DOWN, type(error).__name__, address=self.address) from error
        except httpx.HTTPError as error:
            raise Unavailable(ErrorCode.DIALOGUE_DOWN, type(error).__name__) from error
        try:
            content = answer.json()
        except ValueError:
            content = None
        if not answer.is_success or not isinstance(content, dict) or not isinstance(content.get("messages"), list):
            raise _refusal(answer.status_code, content)
        return [_read_message(message) for message in content["messages"]]


def _read_message(given: Any) -> Message:
    """A message; one of a kind that this terminal does not know yet, as its plain text."""
    try:
        return _MESSAGE.validate_python(given)
    except ValidationError as error:
        if isinstance(given, dict) and isinstance(given.get("text"), str):
            return TextMessage(text=given["text"])
        raise Unavailable(ErrorCode.INTERNAL, "not a message") from error


def _refusal(status: int, content: Any) -> TthcError:
    """The error of an answer that holds no messages: its own code and sentence where it has them.

    The API writes `{"error": {"code", "message"}}`; what stands in between may write `{"code", "text"}`.
    """
    content = content if isinstance(content, dict) else {}
    if isinstance(error := content.get("error"), dict):
        content = {"code": error.get("code"), "text": error.get("message")}
    known = {code.value: code for code in ErrorCode}
    code = known.get(str(content.get("code")), ErrorCode.RATE_LIMITED if status == 429 else ErrorCode.INTERNAL)
    kind = Refused if status in (401, 403, 429) else BadInput if 400 <= status < 500 else Unavailable
    text = content.get("text")
    return kind(code, f"HTTP {status}", **({"text": text} if isinstance(text, str) else {}))


async def run_terminal(client: ChatClient, console: Console, input_fn: Callable[[str], str]) -> None:
    """Talks until the person leaves: "/thoat", end of input, or Ctrl-C.

    `input_fn(prompt)` blocks for a line (nothing else runs meanwhile) and may raise EOFError or KeyboardInterrupt.
    A number picks the choice shown with it; anything else is said as typed.
    """
    _say(console, say("terminal.welcome"))
    choices: list[Choice] = []
    while True:
        try:
            typed = _clean(input_fn(f"{say('terminal.prompt')} ")).strip()
        except (EOFError, KeyboardInterrupt):
            break
        if not typed:
            continue
        if typed.lower() == LEAVE:
            break
        if typed.startswith("/"):
            _say(console, say("terminal.command_unknown"))
            continue
        picked = _picked(typed, choices)
        try:
            if picked is not None:
                _say(console, picked.title)
                messages = await client.send(payload=picked.payload)
            else:
                messages = await client.send(text=typed)
        except TthcError as error:
            _say(console, _sentence(error))
            continue
        choices = show(console, messages)
    console.print()
    _say(console, say("terminal.goodbye"))


def chat_in_terminal(address: str) -> None:
    """The command: a conversation with the platform at `address`, until the person leaves."""

    async def chat() -> None:
        async with HttpChatClient(address) as client:
            await run_terminal(client, Console(), read_line)

    try:
        asyncio.run(chat())
    except KeyboardInterrupt:  # while an answer was on its way
        _say(Console(), say("terminal.goodbye"))


def read_line(prompt: str) -> str:
    """`input`, which Ctrl-C ends at once: asyncio's own handler would only cancel a task that cannot run."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return input(prompt)
    finally:
        signal.signal(signal.SIGINT, before)


def show(console: Console, messages: list[Message]) -> list[Choice]:
    """Prints messages; the choices that may now be picked, numbered from 1."""
    offered: list[Choice] = []
    for message in messages:
        console.print(_body(message))
        if isinstance(message, TextMessage | FileMessage):
            continue
        for choice in message.choices:
            if choice.payload is not None:
                offered.append(choice)
                _say(console, say("terminal.choice", number=len(offered), title=choice.title))
            elif choice.url:
                _say(console, say("terminal.link", title=choice.title, url=choice.url))
    console.print()
    return offered


def _picked(typed: str, choices: list[Choice]) -> Choice | None:
    """The choice of that number.  Leading zeros are no number: "0012" may be the end of a phone number."""
    return next((choice for number, choice in enumerate(choices, 1) if typed == str(number)), None)


def _body(message: Message) -> RenderableType:
    text = _plain(message.text)
    if isinstance(message, CardMessage):
        content = [part for section in message.sections for part in _section(section)] or [text]
        return _card(message.title, content, message.source)
    if isinstance(message, ChecklistMessage):
        told: list[RenderableType] = [part for section in message.sections for part in _section(section)]
        return _card(
            message.title, [*(_papers(message.items) if told else [text, _table(message.items)]), *told], message.source
        )
    if isinstance(message, TicketMessage):
        parts: list[RenderableType] = [text]
        if message.qr_content:
            parts.append(Text(qr_lines(message.qr_content), no_wrap=True, overflow="crop"))
        return Panel(Group(*parts), title=_plain(message.number), title_align="left")
    if isinstance(message, LocationMessage):
        places = [f"{place.name}: {place.map_url}" for place in message.places if place.map_url]
        hint = [say("terminal.location_request")] if message.request else []
        return Text("\n").join([text, *map(_plain, places + hint)])
    return text


def _papers(items: list[ChecklistItem]) -> list[RenderableType]:
    """A table for each case, under its name."""
    parts: list[RenderableType] = []
    for case in dict.fromkeys(item.case for item in items):
        heading = _plain(case)
        heading.stylize("bold")
        parts += [Text(), heading, _table([item for item in items if item.case == case])]
    return parts


def _table(items: list[ChecklistItem]) -> Table:
    keys = ("checklist_label", "checklist_originals", "checklist_copies", "checklist_form")
    table = Table(*(say(f"terminal.{key}") for key in keys))
    for item in items:
        cells = (item.label, str(item.originals or ""), str(item.copies or ""), item.form)
        table.add_row(*map(_plain, cells))
    return table


def _card(title: str, content: list[RenderableType], source: SourceLine | None) -> Panel:
    """The title stands inside: in the frame, a title longer than a line would be cut."""
    heading = _plain(title)
    heading.stylize("bold")
    return Panel(Group(heading, *content, *_source(source)))


def _section(section: Section) -> list[RenderableType]:
    """The section as the web page shows it, unfolded; its heading apart from what stands above."""
    marks = {"plain": "", "list": "• "}
    lines = [f"{marks.get(section.style, f'{i}. ')}{line}" for i, line in enumerate(section.lines, 1)]
    heading = _plain(section.heading)
    heading.stylize("bold")
    return [*([Text(), heading] if section.heading else []), *map(_plain, lines)]


def _source(source: SourceLine | None) -> list[RenderableType]:
    if source is None:
        return []
    parts = [say("terminal.source_code", code=source.code)]
    if source.decision:
        parts.append(say("terminal.source_decision", decision=source.decision))
    if source.data_date:
        parts.append(say("terminal.source_date", date=source.data_date.strftime("%d/%m/%Y")))
    if source.url:
        parts.append(source.url)
    line = _plain(say("terminal.source", parts="; ".join(parts)))
    line.stylize("dim")
    return [Text(), line]


def qr_lines(content: str) -> str:
    """A QR code in half blocks, two modules a line."""
    out = io.StringIO()
    segno.make(content, micro=False).terminal(out=out, border=2, compact=True)
    return out.getvalue().rstrip("\n")


def _sentence(error: TthcError) -> str:
    if isinstance(given := error.data.get("text"), str):
        return given
    if error.code is ErrorCode.CHANNEL_DOWN:
        return say("terminal.channel_down", address=error.data.get("address", ""))
    if f"terminal.{error.code.value}" in sentences():
        return say(f"terminal.{error.code.value}")
    return say_error(error)


def _say(console: Console, sentence: str) -> None:
    console.print(_plain(sentence))


def _plain(text: str) -> Text:
    """Text that a terminal shows as it is: no markup, no control sequences."""
    return Text(_clean(text))


def _clean(text: str) -> str:
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs"))
