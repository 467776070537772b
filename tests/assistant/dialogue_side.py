"""The dialogue environment's end of a line: Rasa's own classes, asked one JSON line at a time.

Runs in Python 3.10 under `.venv/dialogue`; `tests.assistant.rasa_side` starts it and speaks to it.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import deserialise_events
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.utils.endpoints import EndpointConfig

from assistant.nlu.code_extractor import CodeExtractor
from assistant.nlu.lighter import validate_actions_quickly
from assistant.nlu.normalizer import VietnameseNormalizer
from assistant.nlu.tokenizer import VietnameseTokenizer

LOCAL_TRACKER = "assistant.nlu.lighter.LocalTrackerStore"

DOMAIN = Domain.load("training_data/domain.yml")
ENDPOINT = EndpointConfig("http://platform.test/internal/actions", enable_selective_domain=True)


def tracker_of(sender: str, events: list[dict[str, Any]]) -> DialogueStateTracker:
    return DialogueStateTracker.from_events(sender, deserialise_events(events), slots=DOMAIN.slots, domain=DOMAIN)


def call(action: str, sender: str, events: list[dict[str, Any]]) -> dict[str, Any]:
    """What Rasa posts to the action endpoint."""
    return RemoteAction(action, ENDPOINT)._action_call_format(tracker_of(sender, events), DOMAIN)


def take(action: str, result: dict[str, Any]) -> dict[str, Any]:
    """What Rasa makes of an action's answer: its events, and the messages a channel is given."""
    remote = RemoteAction(action, ENDPOINT)
    assert remote._validate_action_result(result)
    channel = CollectingOutputChannel()

    async def utter() -> list[dict[str, Any]]:
        nlg, tracker = TemplatedNaturalLanguageGenerator({}), tracker_of("x", [])
        for said in await remote._utter_responses(result["responses"], channel, nlg, tracker):
            await channel.send_response("x", said.message())
        return [message.get("custom", message) for message in channel.messages]

    messages = asyncio.run(utter())
    return {"events": [event.as_dict() for event in deserialise_events(result["events"])], "messages": messages}


def read(text: str) -> dict[str, Any]:
    """`text` through our own components, as the pipeline runs them."""
    message = Message({TEXT: text})
    message = VietnameseNormalizer().process([message])[0]
    tokenizer = VietnameseTokenizer(VietnameseTokenizer.get_default_config())
    tokens = tokenizer.tokenize(message, TEXT)
    CodeExtractor().process([message])
    return {
        "text": message.get(TEXT),
        "tokens": [[token.text, token.lemma, token.start, token.end] for token in tokens],
        "entities": [[e["entity"], e["value"], e["start"], e["end"]] for e in message.get(ENTITIES, [])],
    }


def store(path: str, sender: str, messages: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """A conversation kept in our tracker store message by message, each time read again by another one and by Rasa's
    own; how SQLite writes there."""
    from rasa.core.tracker_store import SQLTrackerStore, create_tracker_store

    endpoint = EndpointConfig.from_dict({"type": LOCAL_TRACKER, "dialect": "sqlite", "db": path})
    first, second = (create_tracker_store(endpoint, DOMAIN) for _ in range(2))
    rasas = SQLTrackerStore(DOMAIN, db=path)

    async def keep() -> list[list[str]]:
        said: list[dict[str, Any]] = []
        found = []
        for new in messages:
            kept = await first.retrieve(sender)
            said = [*(event.as_dict() for event in kept.events), *new] if kept else new
            await first.save(tracker_of(sender, said))
            ours, theirs = await second.retrieve(sender), await rasas.retrieve(sender)
            assert [event.as_dict() for event in ours.events] == [event.as_dict() for event in theirs.events]
            found.append([event.type_name for event in ours.events])
        return found

    def pragma(name: str) -> Any:
        inner = getattr(first, "_tracker_store", first)
        with inner.engine.connect() as connection:
            return connection.exec_driver_sql(f"PRAGMA {name}").scalar()

    return {
        "events": asyncio.run(keep()),
        "unknown": asyncio.run(second.retrieve("nobody")),
        "journal": pragma("journal_mode"),
        "synchronous": pragma("synchronous"),
    }


def refuses(result: dict[str, Any]) -> str:
    """What the quick validation says of an action's answer; empty: nothing."""
    validate_actions_quickly()
    try:
        RemoteAction("action_answer", ENDPOINT)._validate_action_result(result)
    except ValidationError as error:
        return str(error.message)
    return ""


AGENTS: dict[str, Any] = {}


def understand(model: str, texts: list[str]) -> list[dict[str, Any]]:
    """Intent, confidence and entities of each text by the trained model."""
    from rasa.core.agent import Agent

    agent = AGENTS.setdefault(model, None) or Agent.load(model)
    AGENTS[model] = agent

    async def parse() -> list[dict[str, Any]]:
        found = []
        for text in texts:
            parsed = await agent.parse_message(text)
            intent = parsed[INTENT]
            ranking = [[item["name"], item["confidence"]] for item in parsed.get("intent_ranking", [])[:3]]
            entities = [[e["entity"], e["value"]] for e in parsed.get(ENTITIES, [])]
            found.append(
                {"intent": intent["name"], "sure": intent["confidence"], "ranking": ranking, "found": entities}
            )
        return found

    return asyncio.run(parse())


def main() -> None:
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever libraries print is no answer
    work = {
        "call": call, "take": take, "read": read, "understand": understand, "store": store, "refuses": refuses,
    }  # fmt: skip
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = {"well": work[asked["do"]](*asked["with"])}
        except Exception as error:  # noqa: BLE001 - told to the test that asked
            answer = {"wrong": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer, ensure_ascii=False, default=str) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
