"""The neutral message model: what the assistant says, before any channel renders it.

Actions build these; the turn pipeline turns every `Choice.command` into an opaque `payload` id it alone can read
back; connectors render what is left within their channel's limits.  Every message has `text`: its plain form, which
holds all of its facts.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

TITLE_LIMIT = 80  # characters of a button on the web; connectors shorten further


class Behaviour(StrEnum):
    """What a turn came to (design §7)."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    ASK_SLOT = "ask_slot"
    STATUS = "status"
    BOOKING = "booking"
    HANDOFF = "handoff"
    FEEDBACK = "feedback"
    DECLINE = "decline"
    SMALL_TALK = "small_talk"
    DEGRADED = "degraded"


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Command(Model):
    """What a button means to the dialogue: an intent with entities.  Never leaves the platform."""

    intent: str
    entities: dict[str, str] = Field(default_factory=dict)


class Choice(Model):
    """A button.  `title` is also what the citizen is shown to have said.

    Exactly one of `command` (inside the platform) and `payload` (opaque id, outside) is set; `url` choices have
    neither and open a page.
    """

    title: str = Field(min_length=1, max_length=TITLE_LIMIT)
    command: Command | None = None
    payload: str | None = None
    url: str | None = None


class Section(Model):
    heading: str = ""
    lines: list[str] = Field(default_factory=list)
    style: Literal["plain", "list", "steps"] = "plain"
    folded: bool = False  # a long section the channel may fold behind "xem thêm"


class SourceLine(Model):
    """Where the facts of a card come from.  `name`: the official one, where the card goes by a shorter one."""

    code: str
    name: str = ""
    decision: str = ""
    data_date: dt.date | None = None
    url: str = ""


class TextMessage(Model):
    """`asks` tells a channel what is asked for, where it can offer a shorter way to give it."""

    type: Literal["text"] = "text"
    text: str
    asks: Literal["phone"] | None = None


class ChoicesMessage(Model):
    type: Literal["choices"] = "choices"
    text: str
    choices: list[Choice] = Field(min_length=1)


class CardMessage(Model):
    type: Literal["card"] = "card"
    text: str
    title: str
    sections: list[Section] = Field(default_factory=list)
    source: SourceLine | None = None
    choices: list[Choice] = Field(default_factory=list)


class ChecklistItem(Model):
    label: str
    originals: int = 0
    copies: int = 0
    form: str = ""
    case: str = ""


class ChecklistMessage(Model):
    """Papers to tick off, under the `case` of each; `sections` hold what else to know: where, fee, time, notes."""

    type: Literal["checklist"] = "checklist"
    text: str
    title: str
    items: list[ChecklistItem]
    sections: list[Section] = Field(default_factory=list)
    source: SourceLine | None = None
    choices: list[Choice] = Field(default_factory=list)


class TicketMessage(Model):
    """A counter ticket.  `starts_at` is in Asia/Ho_Chi_Minh; `secret` is shown once, to the person who booked."""

    type: Literal["ticket"] = "ticket"
    text: str
    appointment_id: str
    number: str
    state: str
    branch: str
    address: str = ""
    starts_at: dt.datetime
    procedure: str = ""
    papers: list[Section] = Field(default_factory=list)  # of this procedure and case, where a checklist was made
    secret: str = ""
    qr_svg: str = ""  # data:image/svg+xml;base64,…
    qr_content: str = ""  # what the code says, for channels that draw it themselves
    choices: list[Choice] = Field(default_factory=list)

    def without_secret(self) -> TicketMessage:
        """The ticket as it may be kept: no `secret`, and no line of `text` (`appointments.secret`) that holds it."""
        if not self.secret:
            return self
        lines = [line for line in self.text.splitlines() if self.secret not in line]
        return self.model_copy(update={"secret": "", "text": "\n".join(lines)})


class Place(Model):
    id: str
    name: str
    address: str = ""
    distance_km: float | None = None
    map_url: str = ""


class LocationMessage(Model):
    """Places to go, or (with `request` true) a request to share where one is."""

    type: Literal["location"] = "location"
    text: str
    request: bool = False
    places: list[Place] = Field(default_factory=list)
    choices: list[Choice] = Field(default_factory=list)


class FileMessage(Model):
    """A file to open or keep, of ours only: `at` makes one.  Channels that count messages fold it into the one before.

    `title` is what a button says, `name` the file's own; `text` holds title and address.
    """

    type: Literal["file"] = "file"
    text: str
    title: str = Field(min_length=1, max_length=TITLE_LIMIT)
    name: str = Field(pattern=r"^[A-Za-z0-9][\w.-]{0,79}$")
    media_type: Literal["text/calendar", "text/html"]
    url: str = Field(pattern=r"^https?://")

    @classmethod
    def at(cls, public_url: str, path: str, *, title: str, name: str, media_type: str) -> FileMessage:
        """The file that the assistant serves under `path`."""
        url = f"{public_url.rstrip('/')}/{path.lstrip('/')}"
        given = {"text": f"{title}: {url}", "title": title, "name": name, "media_type": media_type, "url": url}
        return cls.model_validate(given)


class NoticeMessage(Model):
    """Said unasked, because the citizen agreed to hear it; `reason` is that of `actions.notices.port.Reason`."""

    type: Literal["notice"] = "notice"
    text: str
    reason: Literal["reminder", "dossier", "officer", "channel"]
    choices: list[Choice] = Field(default_factory=list)


Message = Annotated[
    TextMessage
    | ChoicesMessage
    | CardMessage
    | ChecklistMessage
    | TicketMessage
    | LocationMessage
    | FileMessage
    | NoticeMessage,
    Field(discriminator="type"),
]


class Trace(Model):
    """For developers and evaluation only (`TTHC_TRACE=1`)."""

    intent: str | None = None
    confidence: float | None = None
    behaviour: Behaviour | None = None
    procedure: str | None = None
    aspect: str | None = None
    error: str | None = None
    outcome: str | None = None  # `actions.talk.outcomes.Outcome`, where the assistant did not answer
    timings_ms: dict[str, float] = Field(default_factory=dict)


class Reply(Model):
    messages: list[Message] = Field(default_factory=list)
    trace: Trace = Field(default_factory=Trace)

    def dump(self) -> dict[str, Any]:
        """JSON for the wire between actions and the turn pipeline (commands included)."""
        return self.model_dump(mode="json", exclude_none=True)

    @property
    def holds_secret(self) -> bool:
        return any(isinstance(message, TicketMessage) and message.secret for message in self.messages)

    def without_secrets(self) -> Reply:
        """The reply as it may be kept: tickets without their secret."""
        kept = [m.without_secret() if isinstance(m, TicketMessage) else m for m in self.messages]
        return self.model_copy(update={"messages": kept})

    @property
    def plain_text(self) -> str:
        return "\n\n".join(message.text for message in self.messages)
