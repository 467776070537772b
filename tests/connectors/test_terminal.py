"""The terminal, with a scripted person and a platform behind real HTTP or a scripted client."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from rich.console import Console

from actions.clock import HANOI
from actions.messages import (
    CardMessage,
    ChecklistItem,
    ChecklistMessage,
    Choice,
    ChoicesMessage,
    FileMessage,
    LocationMessage,
    Message,
    Place,
    Section,
    SourceLine,
    TextMessage,
    TicketMessage,
)
from actions.wording import say
from connectors.terminal import HttpChatClient, chat_in_terminal, read_line, run_terminal, show
from knowledge_base.errors import BadInput, ErrorCode, Refused, TthcError, Unavailable

Serving = Callable[..., contextlib.AbstractAsyncContextManager[str]]


class ScriptedClient:
    """Answers with one list of messages after the other; remembers what it was sent."""

    def __init__(self, *replies: list[Message] | TthcError) -> None:
        self.sent: list[dict[str, str]] = []
        self._replies = iter(replies)

    async def send(self, *, text: str | None = None, payload: str | None = None) -> list[Message]:
        self.sent.append({"text": text} if text is not None else {"payload": payload or ""})
        reply = next(self._replies, [TextMessage(text="ừ")])
        if isinstance(reply, TthcError):
            raise reply
        return reply


def person(*lines: str | BaseException) -> Callable[[str], str]:
    """Types these lines, then ends the input."""
    waiting: Iterator[str | BaseException] = iter(lines)

    def type_line(prompt: str) -> str:
        assert prompt == "Bạn: "
        line = next(waiting, EOFError())
        if isinstance(line, BaseException):
            raise line
        return line

    return type_line


def screen() -> Console:
    return Console(file=io.StringIO(), width=100, color_system=None)


def shown(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def choices(*titles: str) -> list[Message]:
    return [ChoicesMessage(text="Chọn:", choices=[Choice(title=t, payload=f"id-{t}") for t in titles])]


async def test_numbers_pick_choices_until_the_next_answer() -> None:
    client = ScriptedClient(choices("a", "b"), [TextMessage(text="xong")])
    console = screen()
    await run_terminal(client, console, person("chào", " 2 ", "2", "/thoat", "không tới"))
    assert client.sent == [{"text": "chào"}, {"payload": "id-b"}, {"text": "2"}]
    assert "1. a\n2. b\n" in shown(console)
    assert shown(console).rstrip().endswith(say("terminal.goodbye"))


@pytest.mark.parametrize("typed", ["0", "3", "01", "0012", "a", "-1", "²"])
async def test_what_is_no_number_of_a_choice_is_said_as_typed(typed: str) -> None:
    client = ScriptedClient(choices("a", "b"))
    await run_terminal(client, screen(), person("chào", typed))
    assert client.sent[1] == {"text": typed}


async def test_choices_of_several_messages_count_on() -> None:
    client = ScriptedClient(choices("a") + choices("b"))
    await run_terminal(client, screen(), person("chào", "2"))
    assert client.sent[1] == {"payload": "id-b"}


@pytest.mark.parametrize("end", [EOFError(), KeyboardInterrupt(), "/thoat", "/THOAT "])
async def test_leaving(end: str | BaseException) -> None:
    client = ScriptedClient()
    console = screen()
    await run_terminal(client, console, person("", "  ", "\x1b", end))
    assert client.sent == []
    assert say("terminal.goodbye") in shown(console)


async def test_other_commands_stay_here() -> None:
    client = ScriptedClient()
    console = screen()
    await run_terminal(client, console, person("/restart", "/huy_lich{}"))
    assert client.sent == []
    assert shown(console).count(say("terminal.command_unknown")) == 2


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (Unavailable(ErrorCode.CHANNEL_DOWN, address="http://h:1"), say("terminal.channel_down", address="http://h:1")),
        (Unavailable(ErrorCode.DIALOGUE_DOWN), say("terminal.dialogue_down")),
        (Refused(ErrorCode.RATE_LIMITED), say("errors.rate_limited")),
        (BadInput(ErrorCode.TEXT_TOO_LONG, text="Tối đa 1000 ký tự."), "Tối đa 1000 ký tự."),
    ],
)
async def test_errors_are_told_and_the_talk_goes_on(error: TthcError, sentence: str) -> None:
    client = ScriptedClient(choices("a"), error)
    console = screen()
    await run_terminal(client, console, person("chào", "lỗi", "1"))
    assert sentence in shown(console).replace("\n", "")
    assert client.sent[2] == {"payload": "id-a"}  # what was offered before still stands


def test_every_kind_of_message() -> None:
    console = screen()
    source = SourceLine(
        code="1.004873", decision="123/QĐ", data_date=dt.date(2026, 11, 1), url="https://a.vn/p"
    )
    offered = show(
        console,
        [
            TextMessage(text="[bold]Chào[/bold] \x1b[31mđỏ\x07 \U0001f600"),
            CardMessage(text="Lệ phí: 8.000 đồng", title="Khai sinh", source=source, choices=[
                Choice(title="Trang", url="https://a.vn/q"), Choice(title="Giấy tờ", payload="p")]),
            ChecklistMessage(text="Cần 1 giấy tờ", title="Giấy tờ", items=[
                ChecklistItem(label="Tờ khai", originals=1, copies=2, form="Mẫu 01")], source=source),
            ChecklistMessage(text="Cả danh sách", title="Danh sách của tôi", items=[
                ChecklistItem(label="Giấy chứng sinh", originals=1, case="Phải nộp"),
                ChecklistItem(label="Căn cước", originals=1, case="Mang theo")],
                sections=[Section(heading="Lệ phí", lines=["Không mất [bold]phí"], style="list")]),
            TicketMessage(text="Phiếu A1", appointment_id="1", number="A1", state="confirmed", branch="B",
                          starts_at=dt.datetime(2026, 11, 24, 8, 30, tzinfo=HANOI), qr_content="https://a.vn/t/1"),
            FileMessage.at("https://a.vn", "/ve/1.ics", title="Thêm vào lịch", name="lich.ics",
                           media_type="text/calendar"),
            LocationMessage(text="Ở đâu?", request=True,
                            places=[Place(id="1", name="Chi nhánh 1", map_url="https://a.vn/m")]),
        ],
    )  # fmt: skip
    out = shown(console)
    assert [choice.payload for choice in offered] == ["p"]
    assert "[bold]Chào[/bold] [31mđỏ \U0001f600" in out
    assert "\x1b" not in out
    for fact in ("Lệ phí: 8.000 đồng", "Khai sinh", "Trang: https://a.vn/q", "1. Giấy tờ", "Phiếu A1",
                 "Danh sách của tôi", "Phải nộp", "Giấy chứng sinh", "Mang theo", "Căn cước", "• Không mất [bold]phí",
                 "Chi nhánh 1: https://a.vn/m", "Thêm vào lịch: https://a.vn/ve/1.ics",
                 say("terminal.location_request")):  # fmt: skip
        assert fact in out
    assert out.count("Nguồn: mã thủ tục 1.004873; quyết định 123/QĐ; dữ liệu ngày 01/11/2026; https://a.vn/p") == 2
    row = next(line for line in out.splitlines() if "Tờ khai" in line)
    assert [cell.strip() for cell in row.split("│") if cell.strip()] == ["Tờ khai", "1", "2", "Mẫu 01"]
    assert sum("▀" in line or "▄" in line for line in out.splitlines()) > 10


def test_a_card_says_its_title_and_source_once() -> None:
    console = screen()
    title = "Đăng ký khai sinh: làm trong ngày làm việc, tại bất kỳ phường, xã nào của Hà Nội, không mất lệ phí"
    facts = ["Tờ khai", "Giấy chứng sinh"]
    card = CardMessage(
        text="\n".join([title, *facts, "Nguồn: 1.001193"]),
        title=title,
        sections=[Section(heading="Giấy tờ", lines=facts, style="list"), Section(lines=["Nộp"], style="steps")],
        source=SourceLine(code="1.001193"),
    )
    assert show(console, [card]) == []
    words = " ".join(shown(console).replace("│", " ").split())
    assert words.count(title) == words.count("1.001193") == 1
    assert "Giấy tờ • Tờ khai • Giấy chứng sinh 1. Nộp" in words


async def test_over_http(serving: Serving) -> None:
    app = FastAPI()
    seen: list[dict[str, Any]] = []

    @app.post("/api/v1/chat")
    async def chat(body: dict[str, Any]) -> dict[str, Any]:
        seen.append(body)
        message = choices("a")[0].model_dump(mode="json", exclude_none=True)
        return {"messages": [message, {"type": "of_next_year", "text": "Chữ", "more": 1}], "trace": {}}

    console = screen()
    async with serving(app) as address, HttpChatClient(address + "/") as client:
        await run_terminal(client, console, person("chào", "1"))
    first, second = seen
    assert first.pop("message_id") != second.pop("message_id")
    assert first == {"conversation": client.conversation, "text": "chào"}
    assert second == {"conversation": client.conversation, "payload": "id-a"}
    assert client.conversation.startswith("terminal:")
    assert "Chữ" in shown(console)


@pytest.mark.parametrize(
    ("status", "content", "kind", "code"),
    [
        (429, {}, Refused, ErrorCode.RATE_LIMITED),
        (422, {"code": "text_too_long", "text": "Dài quá."}, BadInput, ErrorCode.TEXT_TOO_LONG),
        (422, {"error": {"code": "text_too_long", "message": "Dài."}, "fields": []}, BadInput, ErrorCode.TEXT_TOO_LONG),
        (403, {"error": "forbidden"}, Refused, ErrorCode.INTERNAL),
        (503, {"error": {"code": 3, "message": []}}, Unavailable, ErrorCode.INTERNAL),
        (500, [], Unavailable, ErrorCode.INTERNAL),
        (200, {"messages": 3}, Unavailable, ErrorCode.INTERNAL),
        (200, {"messages": ["?"]}, Unavailable, ErrorCode.INTERNAL),
        (200, None, Unavailable, ErrorCode.INTERNAL),
    ],
)
async def test_answers_without_messages(status: int, content: object, kind: type[TthcError], code: ErrorCode) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, json=content) if content is not None else httpx.Response(status, text="<html>")

    async with HttpChatClient("http://platform", transport=httpx.MockTransport(answer)) as client:
        with pytest.raises(kind) as caught:
            await client.send(text="chào")
    assert caught.value.code is code


@pytest.mark.parametrize("body", [{"error": {"code": "text_too_long", "message": "Dài quá."}}, {"text": "Dài quá."}])
async def test_the_platforms_own_sentence_is_shown(body: dict[str, Any]) -> None:
    console, answer = screen(), httpx.MockTransport(lambda request: httpx.Response(422, json=body))
    async with HttpChatClient("http://platform", transport=answer) as client:
        await run_terminal(client, console, person("chào"))
    assert "Dài quá." in shown(console)


@pytest.mark.parametrize(
    ("fault", "code"),
    [(httpx.ConnectError("x"), ErrorCode.CHANNEL_DOWN), (httpx.ReadTimeout("x"), ErrorCode.DIALOGUE_DOWN)],
)
async def test_a_platform_that_is_down_or_slow(fault: Exception, code: ErrorCode) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise fault

    async with HttpChatClient("http://platform", transport=httpx.MockTransport(fail)) as client:
        with pytest.raises(Unavailable) as caught:
            await client.send(text="chào")
    assert caught.value.code is code


def test_ctrl_c_ends_waiting_for_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.getsignal(signal.SIGINT)

    def interrupted(prompt: str) -> str:
        os.kill(os.getpid(), signal.SIGINT)
        return prompt

    monkeypatch.setattr("builtins.input", interrupted)
    with pytest.raises(KeyboardInterrupt):
        read_line("? ")
    assert signal.getsignal(signal.SIGINT) is before


def test_the_command_when_nothing_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    lines = iter(["chào", "/thoat"])
    monkeypatch.setattr("builtins.input", lambda prompt: next(lines))
    chat_in_terminal("http://127.0.0.1:9")
    printed = capsys.readouterr().out.replace("\n", " ")
    assert "http://127.0.0.1:9" in printed
    assert "tthc up" in printed
    assert printed.rstrip().endswith(say("terminal.goodbye"))
