"""A person's request: everything kept about a phone number told, then deleted, and the report is true."""

from __future__ import annotations

import asyncio
import importlib
import json
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from typer.testing import CliRunner

from actions.appointments.port import State
from actions.channels.inbox import Inbox, Received
from actions.database import Database
from actions.messages import Reply, TextMessage
from assistant import cli
from assistant.privacy import Privacy
from assistant.settings import Settings
from assistant.turn import HistoryEntry
from knowledge_base.errors import BadInput
from tests.actions.appointments.conftest import BOOKING_KEY, DATA_KEY, at, clock, database, database_url, phone
from tests.actions.notices.bench import Bench, Recorder, make_bench
from tests.actions.notices.test_watch import dossier, watch
from tests.assistant.test_retention import TABLE
from tests.assistant.whole_platform import make_settings

__all__ = ["clock", "database", "database_url"]
MINE, OWN, FAMILY = phone(1), "telegram:5", "web:family"


@pytest.fixture
def bench(database: Database, clock: Any) -> Bench:
    return make_bench(database, clock)


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return make_settings(
        tmp_path, database_url=SecretStr(database_url), booking_key=SecretStr(BOOKING_KEY),
        personal_data_key=SecretStr(DATA_KEY),
    )  # fmt: skip


@pytest.fixture
def privacy(bench: Bench, settings: Settings) -> Privacy:
    return Privacy(bench.database, bench.keys, bench.clock, settings)


@pytest.fixture
def tracker(tmp_path: Path) -> Path:
    path = tmp_path / "rasa" / "tracker.sqlite"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as store, store:
        store.execute(TABLE)
        for sender in (OWN, OWN, FAMILY, "web:other"):
            store.execute("INSERT INTO events (sender_id, data) VALUES (?, 'x')", (sender,))
    return path


@pytest.fixture
def lived(bench: Bench, tracker: Path) -> Iterator[str]:
    """A person with two appointments, one booked on the family's page; the secret of the first."""

    def line(conversation: str, said: str) -> None:
        entry = HistoryEntry(who="citizen", at=bench.clock.now(), text=said)
        reply = HistoryEntry(who="assistant", at=bench.clock.now(), messages=[TextMessage(text=f"về {said}")])
        asyncio.run(bench.transcripts.keep(conversation, [entry, reply]))

    line(OWN, "câu hỏi của tôi")
    line(FAMILY, "câu hỏi của cả nhà")
    event = Received("1", OWN, bench.clock.now(), body="câu hỏi của tôi")
    Inbox(bench.database, bench.keys, bench.clock).take("telegram", [event])
    _, secret = bench.book(at(10, 30, day=26), OWN, 1)
    bench.book(at(9, 0, day=27), FAMILY, 2)  # another phone
    bench.bookings.book(
        branch_id="CN02", starts_at=at(8, 0, day=23), conversation=FAMILY, phone=MINE, consent=True,
        idempotency_key="family", name="Nguyễn Văn An",
    )  # fmt: skip
    asyncio.run(watch(bench, dossier(), OWN))
    asyncio.run(watch(bench, dossier(), FAMILY))
    bench.clock.moment = at(10, 30, day=25)
    asyncio.run(bench.postman(telegram=Recorder()).round())
    return secret


def everything(bench: Bench) -> str:
    """All that can be read in the database with the keys."""
    tables = [
        "appointments", "appointment_quotas", "notices", "notice_consents", "dossier_watches", "transcript_entries",
        "channel_contacts", "channel_inbox", "channel_deliveries",
    ]  # fmt: skip
    told = []
    with bench.database.begin() as session:
        for table in tables:
            for row in session.execute(text(f"SELECT * FROM {table}")):  # noqa: S608
                for value in row:
                    told.append(bench.keys.decrypt(value) if str(value).startswith("gAAAA") else str(value))
    return "\n".join(told)


def test_everything_is_told(lived: str, privacy: Privacy) -> None:
    told = privacy.export("+84 900 000 001")
    assert json.loads(json.dumps(told)) == told
    assert told["phone"] == MINE
    assert [(one["branch"], one["phone"], one["name"]) for one in told["appointments"]] == [
        ("CN02", MINE, "Nguyễn Văn An"), ("CN01", MINE, None),
    ]  # fmt: skip
    assert all(one["consents"] for one in told["appointments"])
    assert [(one["kind"], one["state"]) for one in told["notices"]] == [("day", "sent"), ("hours", "queued")]
    assert [one["for"] for one in told["notice_consents"]] == ["reminder", "dossier"]
    assert [one["code"] for one in told["watched_dossiers"]] == [dossier().code]
    said = "\n".join(line["text"] for line in told["transcripts"])
    assert "câu hỏi của tôi" in said
    assert "10:30" in said, "the notice stands in the history"
    assert "cả nhà" not in said, "others spoke there too"
    assert told["dialogue_events"] == 2
    assert [one["conversation"] for one in told["channels"]] == [OWN]
    assert told["not_told"][0]["conversations"] == 1
    assert lived not in json.dumps(told), "the secret of a ticket is nobody's data to hand out"


def test_deleted_and_proven(lived: str, privacy: Privacy, bench: Bench) -> None:
    ids = [one["id"] for one in privacy.export(MINE)["appointments"]]
    report = privacy.delete(MINE)
    assert report["deleted"] == {
        "notices": 2, "watched_dossiers": 1, "transcript_entries": 3, "dialogue_events": 2, "channel_records": 2,
        "persons_in_notice_consents": 2, "names_phones_conversations_of_appointments": 2, "phone_hashes": 1,
    }  # fmt: skip
    assert report["after"] == dict.fromkeys(report["after"], 0) | {"phone_hashes": 1}
    left = {one["what"]: one for one in report["left"]}
    assert left["hash of the phone number"]["rows"] == 1
    assert all(one["why"] and one["until"] for one in report["left"])
    kept = everything(bench)
    for gone in (MINE, "Nguyễn Văn An", OWN, "câu hỏi của tôi"):
        assert gone not in kept
    assert phone(2) in kept, "others stay"
    assert "câu hỏi của cả nhà" in kept
    assert dossier().code in kept, "the family watches it too"
    assert "reminder-" in kept, "proof of consent stays, without a person"
    coming = next(one for one in ids if bench.keys.secret(one) == lived)
    assert bench.bookings.get(coming, lived).state is State.CONFIRMED


def test_a_deleted_person_is_not_written_to(lived: str, privacy: Privacy, bench: Bench) -> None:
    privacy.delete(MINE)
    telegram = Recorder()
    bench.clock.moment = at(8, 30, day=26)
    asyncio.run(bench.postman(telegram=telegram).round())
    assert telegram.sent == []


def test_twice_and_unknown(lived: str, privacy: Privacy) -> None:
    privacy.delete(MINE)
    again = privacy.delete(MINE)
    assert again["deleted"]["transcript_entries"] == 0
    nobody = privacy.export(phone(77))
    assert (nobody["appointments"], nobody["transcripts"], nobody["not_told"]) == ([], [], [])
    assert privacy.delete(phone(77))["left"] == []
    with pytest.raises(BadInput):
        privacy.export("12")


def test_by_the_command_line(
    lived: str, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("privacy", "notices"):
        monkeypatch.setattr(importlib.import_module(f"assistant.cli.{module}"), "settings", lambda: settings)
    run = CliRunner().invoke
    file = tmp_path / "export.json"
    done = run(cli.app, ["privacy", "export", "--phone", "-", "--to", str(file)], input=f"{MINE}\n")
    assert done.exit_code == 0, done.output
    assert MINE not in done.output
    assert json.loads(file.read_text(encoding="utf-8"))["phone"] == MINE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert run(cli.app, ["privacy", "delete", "--phone", MINE], input="n\n").exit_code == 1
    listed = json.loads(run(cli.app, ["notices", "list", "--json"]).output)
    assert listed["counts"]["sent"] == 1
    assert "telegram:5" not in json.dumps(listed)
    hours = [one for one in listed["notices"] if one["reason"] == "reminder/hours"]
    (waiting,) = [one["id"] for one in hours if one["next"] < "2026-11-27"]
    assert run(cli.app, ["notices", "replay", waiting]).exit_code == 1, "it is not dead"
    assert run(cli.app, ["notices", "stop", waiting]).exit_code == 0
    assert run(cli.app, ["notices", "stop", waiting]).exit_code == 1
    assert "dropped: 1" in run(cli.app, ["notices", "list", "--state", "dropped"]).output
    assert "0 queued" in run(cli.app, ["notices", "replay", "--all"]).output
    assert isinstance(run(cli.app, ["notices", "replay"]).exception, BadInput)
    done = run(cli.app, ["privacy", "delete", "--phone", MINE, "--yes"])
    assert json.loads(done.output)["after"]["notices"] == 0


def test_a_body_an_officer_wrote_is_told(bench: Bench, privacy: Privacy) -> None:
    bench.book(at(10, 30, day=26), OWN, 1)
    bench.write("case-1", OWN)
    (content,) = [one["content"] for one in privacy.export(MINE)["notices"] if one["reason"] == "officer"]
    assert Reply.model_validate_json(content).plain_text == "Cán bộ trả lời case-1"
