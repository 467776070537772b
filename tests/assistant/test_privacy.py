"""A person's request: everything kept about a phone number told, then deleted, and the report is true."""

from __future__ import annotations

import asyncio
import importlib
import json
import re
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

from actions.appointments.branches import branches
from actions.appointments.calendar import calendar
from actions.appointments.counter import Counter
from actions.appointments.opening import opening
from actions.appointments.port import Appointment, State
from actions.appointments.slots import SlotPlan
from actions.cases.lists import StoredLists
from actions.channels.inbox import Inbox, Received
from actions.channels.outgoing import Outgoing
from actions.database import Base, Database
from actions.intake.receipts import Kind
from actions.intake.requests import Requests
from actions.messages import Reply, TextMessage
from assistant import cli
from assistant.migrations.tables import METADATA
from assistant.privacy import Privacy
from assistant.settings import ROOT, Settings
from assistant.turn import HistoryEntry
from knowledge_base.errors import BadInput
from tests.actions.appointments.conftest import BOOKING_KEY, DATA_KEY, at, clock, phone
from tests.actions.databases import database, database_url
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


def everything(bench: Bench, *more: str) -> str:
    """All that can be read in the database with the keys."""
    tables = [
        "appointments", "appointment_quotas", "notices", "notice_consents", "dossier_watches", "transcript_entries",
        "notice_routes", "notice_pairings", *more,
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
    assert told["not_told"][0]["conversations"] == 1
    assert lived not in json.dumps(told), "the secret of a ticket is nobody's data to hand out"


def test_deleted_and_proven(lived: str, privacy: Privacy, bench: Bench) -> None:
    assert bench.pairing.take("zalo:7", bench.pairing.begin(OWN, "zalo"))
    bench.pairing.begin(OWN, "web")
    told = privacy.export(MINE)
    (route,) = told["channels_chosen_for_notices"]
    assert (route["from"], route["to"], route["channel"]) == (OWN, "zalo:7", "zalo")
    ids = [one["id"] for one in told["appointments"]]
    report = privacy.delete(MINE)
    assert report["deleted"] == {
        "notices": 3, "watched_dossiers": 1, "transcript_entries": 3, "dialogue_events": 2,
        "persons_in_notice_consents": 3, "names_phones_conversations_of_appointments": 2, "phone_hashes": 1,
        "checklists": 0, "channel_rows": 0, "words_and_phones_of_messages_for_officers": 0,
        "channels_chosen_for_notices": 1, "pairing_codes": 1,
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


ZALO, OTHERS = "zalo:7", "zalo:8"


@pytest.fixture
def wrote(bench: Bench) -> Appointment:
    """A person known by a message for an officer, over Zalo; and one who shares a phone's conversation."""
    parts = (bench.database, bench.keys, bench.clock)
    requests, inbox, outgoing = Requests(*parts), Inbox(*parts), Outgoing(*parts)
    for conversation, number in ((ZALO, MINE), (OTHERS, MINE), (OTHERS, phone(2))):
        requests.leave(
            Kind.COMPLAINT, conversation, "zalo", "1.001193", message=f"lời của {number}", phone=number, consent="v"
        )
    requests.ask(ZALO, "zalo", "asked", "journey: birth")
    for conversation in (ZALO, OTHERS):
        inbox.take("zalo", [Received(f"m-{conversation}", conversation, bench.clock.now(), body="câu chưa trả lời")])
        outgoing.put("zalo", conversation, [f"tin gửi {conversation}"])
    made, _ = bench.book(at(10, 30, day=26), ZALO, 1)
    lists = StoredLists(*parts)
    lists.attach(lists.keep("1.001193", {"q": "a"}).id, made.id, made.starts_at)
    counter = Counter(bench.database, SlotPlan(branches(), calendar(), opening()), bench.clock, bench.keys)
    bench.clock.moment = at(10, 0, day=26)
    counter.check_in(made.branch_id, made.number, "officer")
    return made


def test_what_other_rooms_keep_is_told(wrote: Appointment, privacy: Privacy) -> None:
    told = privacy.export(MINE)
    assert json.loads(json.dumps(told)) == told
    assert {(one["conversation"], one["message"], one["phone"]) for one in told["messages_for_officers"]} == {
        (ZALO, f"lời của {MINE}", MINE), (OTHERS, f"lời của {MINE}", MINE), (ZALO, None, None),
    }  # fmt: skip
    assert [(one["appointment"], one["answers"]) for one in told["checklists"]] == [(wrote.id, {"q": "a"})]
    assert [(one["appointment"], one["state"]) for one in told["counter_visits"]] == [(wrote.id, "waiting")]
    assert [one["conversation"] for one in told["channel_contacts"]] == [ZALO]
    assert [one["content"] for one in told["channel_messages"]] == ["câu chưa trả lời", f"tin gửi {ZALO}"]
    assert told["not_told"][0]["conversations"] == 1
    assert phone(2) not in json.dumps(told)


def test_what_other_rooms_keep_is_deleted(wrote: Appointment, privacy: Privacy, bench: Bench) -> None:
    deleted = privacy.delete(MINE)["deleted"]
    assert (deleted["channel_rows"], deleted["checklists"]) == (3, 1)
    assert deleted["words_and_phones_of_messages_for_officers"] == 3
    kept = everything(bench, "intake_requests", "case_lists", "channel_contacts", "channel_inbox", "channel_deliveries")
    for gone in (MINE, ZALO, '"q"'):
        assert gone not in kept
    for others in (f"lời của {phone(2)}", f"tin gửi {OTHERS}"):
        assert others in kept
    again = privacy.delete(MINE)
    assert again["after"] == dict.fromkeys(again["after"], 0) | {"phone_hashes": 1}


def test_no_table_is_forgotten() -> None:
    """A new table is either told and deleted here, or named here as one that holds nobody's data."""
    nobodys = {
        "appointment_requests", "appointment_seats", "appointment_counters", "channel_credentials", "counter_acts",
        "dossier_polls", "intake_counters", "officer_branches", "officer_sessions", "officers", "ratings",
    }  # fmt: skip
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "assistant" / "privacy").glob("*.py"))
    rows = {row.class_.__tablename__: row.class_ for row in Base.registry.mappers}
    assert set(rows) == set(METADATA.tables)
    used = r"from {} import [^\n]*\b{}\b"
    missing = {
        table for table, row in rows.items() if not re.search(used.format(row.__module__, row.__name__), source)
    }
    assert missing == nobodys
