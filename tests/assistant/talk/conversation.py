"""One conversation with the real action endpoint: slots are carried from call to call, as Rasa carries them."""

from __future__ import annotations

import itertools
from typing import Any

from actions.intake.requests import Requests
from actions.messages import Choice, Reply
from actions.wording import sentences
from assistant.pipeline.rasa import HEADER
from tests.assistant.whole_platform import SECRET, Platform

ROOM = itertools.count(1)
SAY = sentences()
# Things nobody files with us, near and far from what is filed.
UNKNOWN = [
    "xin giấy phép nuôi cá sấu trong chung cư", "xin cấp thẻ thành viên câu lạc bộ cờ vua",
    "xin lịch thi đấu của đội bóng", "mua vé xem phim cuối tuần",
]  # fmt: skip


class Talk:
    def __init__(self, platform: Platform, channel: str = "telegram") -> None:
        self.platform, self.sender = platform, f"{channel}:{next(ROOM)}"
        self.slots: dict[str, Any] = {}
        self.reply = Reply()

    def act(self, action: str, text: str, intent: str, loop: str = "", sure: float = 0.9, **entities: str) -> Reply:
        message = {
            "text": text or f"/{intent}",
            "intent": {"name": intent, "confidence": sure},
            "intent_ranking": [{"name": intent, "confidence": sure}],
            "entities": [{"entity": name, "value": value} for name, value in entities.items()],
            "metadata": {"text": text} if text else {},
        }
        tracker = {
            "sender_id": self.sender, "slots": self.slots, "latest_message": message, "events": [], "paused": False,
            "followup_action": None, "active_loop": {"name": loop} if loop else {}, "latest_action_name": None,
        }  # fmt: skip
        call = {"next_action": action, "sender_id": self.sender, "tracker": tracker, "version": "3.6.21"}
        answer = self.platform.client.post("/internal/actions", json=call, headers={HEADER: SECRET})
        assert answer.status_code == 200, answer.text
        for event in answer.json()["events"]:
            if event["event"] == "slot":
                self.slots[event["name"]] = event["value"]
        replies = [Reply.model_validate(part["custom"]) for part in answer.json()["responses"]]
        self.reply = replies[0] if replies else Reply()
        return self.reply

    def ask(self, text: str, intent: str = "ask_overview", **more: Any) -> Reply:
        return self.act("action_answer", text, intent, **more)

    def press(self, action: str, title: str, loop: str = "") -> Reply:
        command = self.choice(title).command
        assert command is not None
        return self.act(action, "", command.intent, loop, **command.entities)

    def choice(self, title: str) -> Choice:
        return next(choice for choice in choices_of(self.reply) if title in choice.title)


def choices_of(reply: Reply) -> list[Choice]:
    return [choice for message in reply.messages for choice in getattr(message, "choices", [])]


def titles_of(reply: Reply) -> list[str]:
    return [choice.title for choice in choices_of(reply)]


def requests_of(platform: Platform) -> Requests:
    return Requests(platform.parts.database, platform.parts.keys, platform.parts.clock)
