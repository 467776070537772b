"""An assistant with a script: what the page must be able to show, without search, dialogue or database behind it."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import io
import threading

import segno

from actions.clock import HANOI
from actions.messages import (
    CardMessage,
    ChecklistItem,
    ChecklistMessage,
    Choice,
    ChoicesMessage,
    Command,
    FileMessage,
    LocationMessage,
    Message,
    NoticeMessage,
    Place,
    Reply,
    Section,
    SourceLine,
    TextMessage,
    TicketMessage,
)
from assistant.turn import HistoryEntry, Turn

SOURCE = SourceLine(
    code="1.001193",
    decision="Quyết định 1872/QĐ-BTP",
    data_date=dt.date(2026, 7, 18),
    url="https://example.org/thu-tuc/1.001193",
)


def _qr(text: str) -> str:
    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="svg", scale=4, border=1)
    return "data:image/svg+xml;base64," + base64.b64encode(out.getvalue()).decode()


def card() -> CardMessage:
    return CardMessage(
        text="Đăng ký khai sinh: không mất lệ phí nếu đúng hạn.",
        title="Đăng ký khai sinh",
        sections=[
            Section(heading="Lệ phí", lines=["Đúng hạn: miễn lệ phí.", "Quá hạn: theo nghị quyết của thành phố."]),
            Section(heading="Các bước", lines=["Chuẩn bị giấy tờ.", "Nộp hồ sơ.", "Nhận kết quả."], style="steps"),
            Section(
                heading="Căn cứ pháp lý", lines=["Luật Hộ tịch", "Nghị định 123/2015/NĐ-CP"], style="list", folded=True
            ),
        ],
        source=SOURCE,
        choices=[Choice(title="Cần giấy tờ gì?", payload="p-papers"), Choice(title="Nộp ở đâu?", payload="p-where")],
    )


def checklist() -> ChecklistMessage:
    return ChecklistMessage(
        text="Giấy tờ cần có: tờ khai; giấy chứng sinh.",
        title="Giấy tờ đăng ký khai sinh",
        items=[
            ChecklistItem(label="Tờ khai đăng ký khai sinh", originals=1, form="Mẫu số 01"),
            ChecklistItem(label="Giấy chứng sinh", originals=1),
            ChecklistItem(label="Văn bản ủy quyền", originals=1, copies=1, case="Khi ủy quyền cho người khác"),
        ],
        sections=[
            Section(heading="Lệ phí", lines=["Trực tiếp: không mất lệ phí"], style="list"),
            Section(heading="Câu trả lời của bạn", lines=["Ai đi nộp? – Cha hoặc mẹ <b>"], style="list"),
        ],
        source=SOURCE,
        choices=[Choice(title="Đặt lịch hẹn", payload="p-book")],
    )


def ticket() -> TicketMessage:
    return TicketMessage(
        text="Phiếu hẹn A-017, 09:15 ngày 25/11/2026, Chi nhánh số 1.",
        appointment_id="ap-1",
        number="A-017",
        state="confirmed",
        branch="Chi nhánh số 1",
        address="Tòa A Liên cơ, 258 Võ Chí Công, phường Tây Hồ",
        starts_at=dt.datetime(2026, 11, 25, 9, 15, tzinfo=HANOI),
        procedure="Đăng ký khai sinh",
        papers=[Section(heading="Giấy tờ phải nộp", lines=["Giấy chứng sinh (1 bản chính)"], style="list")],
        secret="K7QP-2M4X",
        qr_svg=_qr("A-017 ap-1"),
        choices=[
            Choice(title="Đổi giờ", payload="p-move"),
            Choice(title="Huỷ lịch hẹn", payload="p-cancel"),
        ],
    )


def places() -> LocationMessage:
    return LocationMessage(
        text="Nơi gần nhất: Chi nhánh số 1.",
        places=[
            Place(
                id="1",
                name="Chi nhánh số 1",
                address="258 Võ Chí Công, phường Tây Hồ",
                distance_km=1.24,
                map_url="https://example.org/map?q=1",
            ),
            Place(id="2", name="Chi nhánh số 2", address="85 Dịch Vọng Hậu, phường Cầu Giấy", distance_km=4.7),
        ],
    )


CALENDAR = FileMessage.at(
    "https://example.org", "/ve/ap-1.ics?key=0123",
    title="Thêm vào lịch", name="lich-hen-A-017.ics", media_type="text/calendar",
)  # fmt: skip
PRINTED = FileMessage.at(
    "https://example.org", "/danh-sach/abc", title="Bản để in", name="danh-sach.html", media_type="text/html"
)

SCRIPT: dict[str, list[Message]] = {
    "chọn": [
        ChoicesMessage(
            text="Bạn hỏi thủ tục nào?",
            choices=[
                Choice(title="Đăng ký khai sinh", payload="p-birth"),
                Choice(title="Đăng ký lại khai sinh cho người đã có hồ sơ, giấy tờ cá nhân", payload="p-again"),
                Choice(title="Xem trên Cổng Dịch vụ công", url="https://example.org/cong"),
                Choice(title="Lệnh nội bộ", payload="p-x", command=Command(intent="secret_intent")),
            ],
        )
    ],
    "thẻ": [TextMessage(text="Đúng hạn thì không mất lệ phí."), card()],
    "giấy tờ": [checklist()],
    "không giấy tờ": [checklist().model_copy(update={"title": "Không phải nộp giấy tờ", "items": []})],
    "phiếu": [TextMessage(text="Bạn đã đặt lịch xong."), ticket()],
    "tệp": [TextMessage(text="Của bạn đây."), CALENDAR, PRINTED],
    "ở đâu": [places()],
    "vị trí": [LocationMessage(text="Mời bạn chia sẻ vị trí để tìm nơi gần nhất.", request=True)],
    "lời nhắc": [
        NoticeMessage(
            text="Nhắc bạn: 09:15 ngày mai.", reason="reminder", choices=[Choice(title="Ngừng nhắc", payload="p-stop")]
        )
    ],
    "liên kết": [TextMessage(text="Xem https://example.org/a?b=1. Đừng mở javascript:alert(1)")],
    "link xấu": [
        CardMessage(
            text="x",
            title="<img src=x onerror=alert(1)>",
            sections=[Section(heading="<b>đậm</b>", lines=["<script>window.hacked=1</script>"])],
            source=SourceLine(code="1.1", url="javascript:alert(1)"),
            choices=[Choice(title="<i>nghiêng</i>", payload="p-i")],
        )
    ],
}


class FakeAssistant:
    """Answers by the script, else by an echo; knows repeats; keeps histories.

    `turns` are the turns that were really taken.  While `gate` is cleared, answers wait.
    """

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self.gate = threading.Event()
        self.gate.set()
        self.fault: Exception | None = None
        self._seen: set[tuple[str, str]] = set()
        self._histories: dict[str, list[HistoryEntry]] = {}

    async def handle(self, turn: Turn) -> Reply | None:
        if turn.message_id:
            if (turn.conversation, turn.message_id) in self._seen:
                return None
            self._seen.add((turn.conversation, turn.message_id))
        self.turns.append(turn)
        if self.fault:
            raise self.fault
        said = turn.text or turn.payload or "vị trí của tôi"
        history = self._histories.setdefault(turn.conversation, [])
        history.append(HistoryEntry(who="citizen", at=turn.at, text=said))
        await asyncio.to_thread(self.gate.wait, 60)
        messages = SCRIPT.get(said.lower()) or [TextMessage(text=self._echo(turn))]
        history.append(HistoryEntry(who="assistant", at=turn.at, messages=messages))
        return Reply(messages=messages)

    async def history(self, conversation: str, limit: int = 50) -> list[HistoryEntry]:
        return self._histories.get(conversation, [])[-limit:]

    @staticmethod
    def _echo(turn: Turn) -> str:
        if turn.location:
            return f"Vị trí: {turn.location.lat}, {turn.location.lon}"
        return f"Đã nhận: {turn.text or turn.payload}"
