"""What goes over the wire between the chat page and us, both ways."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from actions.messages import Message
from actions.wording import say, say_error, sentences
from assistant.turn import Location
from knowledge_base.errors import TthcError


class Incoming(BaseModel):
    """One message of the page: exactly one of `text`, `payload`, `location`."""

    model_config = ConfigDict(extra="forbid")
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
    text: str | None = None
    payload: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    location: Location | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> Incoming:
        if sum(part is not None for part in (self.text, self.payload, self.location)) != 1:
            raise ValueError("exactly one of text, payload, location")
        return self


def outgoing(message: Message) -> dict[str, Any]:
    """A message as JSON for the browser.  What a button means to the dialogue never leaves the platform."""
    content = message.model_dump(mode="json", exclude_none=True)
    for choice in content.get("choices", ()):
        choice.pop("command", None)
    return content


def error_frame(error: TthcError) -> dict[str, Any]:
    """The citizen's sentence for an error, with the id of the message it answers, where there is one."""
    key = f"web.{error.code.value}"
    text = say(key) if key in sentences() else say_error(error)
    frame = {"type": "error", "code": error.code.value, "text": text}
    return frame | ({"id": error.data["id"]} if "id" in error.data else {})
