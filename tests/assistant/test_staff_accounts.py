"""Accounts of officers: passwords, sessions, the command line."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from actions.appointments.branches import branches
from actions.appointments.counter_models import ActRow
from actions.clock import FixedClock
from actions.database import Database
from assistant import migrate
from assistant.cli import app
from assistant.settings import settings
from assistant.staff import passwords
from assistant.staff.models import OfficerRow, OfficerSessionRow
from assistant.staff.officers import Officer, Officers, Role
from assistant.staff.sessions import StaffSessions, csrf_of
from knowledge_base.errors import ErrorCode, Refused, TthcError
from tests.assistant.fakes import NOW

PASSWORD = "bon-cai-ghe-xanh"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    postgres = request.param == "postgresql"
    url = request.getfixturevalue("postgres_database") if postgres else f"sqlite:///{tmp_path / 'staff.sqlite'}"
    migrate.upgrade(url)
    found = Database(url)
    yield found
    found.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def officers(database: Database, clock: FixedClock) -> Officers:
    return Officers(database, branches(), clock)


@pytest.fixture
def sessions(database: Database, clock: FixedClock) -> StaffSessions:
    return StaffSessions(database, clock, dt.timedelta(minutes=30), dt.timedelta(hours=10))


def add(officers: Officers, username: str = "lan", **changes: object) -> Officer:
    wanted: dict[str, object] = {
        "name": "Nguyễn Ngọc Lan", "role": Role.OFFICER, "branches": ["CN01"], "password": PASSWORD
    }  # fmt: skip
    return officers.add(username, **(wanted | changes))  # type: ignore[arg-type]


def refusal(call: object, *args: object, **more: object) -> ErrorCode:
    with pytest.raises(TthcError) as caught:
        call(*args, **more)  # type: ignore[operator]
    return caught.value.code


def test_a_password_is_kept_as_a_salted_hash() -> None:
    kept = passwords.hash_password(PASSWORD)
    assert passwords.hash_password(PASSWORD) != kept
    assert PASSWORD not in kept
    assert re.match(r"^scrypt\$15\$8\$3\$", kept)
    assert len(kept) <= 160
    assert passwords.matches(PASSWORD, kept)
    assert not passwords.matches(PASSWORD + " ", kept)
    assert passwords.matches("Tiếng Việt có dấu", passwords.hash_password("Tiếng Việt có dấu"))
    for broken in ("", "scrypt$x", kept.replace("scrypt", "plain"), kept[:-8], "scrypt$15$8$3$!$!"):
        assert not passwords.matches(PASSWORD, broken)


def test_random_passwords_are_strong_and_differ() -> None:
    made = {passwords.random_password() for _ in range(50)}
    assert len(made) == 50
    for one in made:
        passwords.check_strength(one, "lan")


@pytest.mark.parametrize("weak", ["short", "aaaaaaaaaaaaaaaa", "lan-lan-lan-lan-1", "x" * 200])
def test_weak_passwords_are_refused(officers: Officers, weak: str) -> None:
    assert refusal(add, officers, password=weak) is ErrorCode.BAD_REQUEST
    assert officers.all() == []


def test_accounts(officers: Officers, database: Database) -> None:
    lan = add(officers, branches=["CN02", "cn01", "CN01"])
    assert (lan.branches, lan.disabled) == (("CN01", "CN02"), False)
    assert refusal(add, officers, "LAN") is ErrorCode.OFFICER_EXISTS
    assert refusal(add, officers, "hai", branches=[]) is ErrorCode.BAD_REQUEST
    assert refusal(add, officers, "hai", branches=["CN99"]) is ErrorCode.BRANCH_UNKNOWN
    assert refusal(add, officers, "h<i") is ErrorCode.BAD_REQUEST
    assert refusal(add, officers, "hai", name="  ") is ErrorCode.BAD_REQUEST
    changed = officers.change("lan", role=Role.SUPERVISOR, branches=["CN03"])
    assert (changed.role, changed.branches) == (Role.SUPERVISOR, ("CN03",))
    assert officers.disable("lan").disabled
    assert not officers.change("lan", enable=True).disabled
    assert officers.all() == [officers.change("lan")]
    for call in (officers.disable, officers.change):
        assert refusal(call, "nobody") is ErrorCode.OFFICER_UNKNOWN
    assert refusal(officers.set_password, "nobody", PASSWORD) is ErrorCode.OFFICER_UNKNOWN
    with database.begin() as session:
        acts = [row.act for row in session.scalars(select(ActRow).order_by(ActRow.id))]
        kept = session.scalars(select(OfficerRow.password)).one()
    assert acts[:4] == ["officer_added", "officer_changed", "officer_disabled", "officer_changed"]
    assert PASSWORD not in kept


def test_who_may_come_in(officers: Officers) -> None:
    add(officers)
    for username, password, right in [
        ("lan", PASSWORD, True),
        (" LAN ", PASSWORD, True),
        ("lan", "something else", False),
        ("nobody", PASSWORD, False),
        ("' or 1=1 --", PASSWORD, False),
    ]:
        assert officers.known_by(username, password)[1] is right, username
    officers.disable("lan")
    assert officers.known_by("lan", PASSWORD)[1] is False


def test_an_unknown_name_takes_as_long_as_a_wrong_password(officers: Officers) -> None:
    add(officers)
    passwords.nobody()

    def took(username: str) -> float:
        begun = time.process_time()
        officers.known_by(username, "something else")
        return time.process_time() - begun

    known, unknown = (min(took(name) for _ in range(3)) for name in ("lan", "nobody"))
    assert 0.5 < known / unknown < 2


def test_a_session_ends_when_nobody_acts(officers: Officers, sessions: StaffSessions, clock: FixedClock) -> None:
    lan = add(officers)
    token = sessions.open(lan.id)
    for _ in range(3):
        clock.advance(minutes=29)
        assert sessions.read(token, active=True).officer == lan
    clock.advance(minutes=20)
    assert sessions.read(token, active=False).officer == lan  # looking on is no act
    clock.advance(minutes=10)
    assert refusal(sessions.read, token, active=False) is ErrorCode.LOGIN_OVER


def test_a_session_ends_after_ten_hours_however_busy(
    officers: Officers, sessions: StaffSessions, clock: FixedClock
) -> None:
    token = sessions.open(add(officers).id)
    for _ in range(29):
        clock.advance(minutes=20)
        sessions.read(token, active=True)
    clock.advance(minutes=20)
    assert refusal(sessions.read, token, active=True) is ErrorCode.LOGIN_OVER


def test_tokens_cannot_be_made_up(officers: Officers, sessions: StaffSessions, database: Database) -> None:
    token = sessions.open(add(officers).id)
    with database.begin() as session:
        kept = session.scalars(select(OfficerSessionRow.token_hash)).one()
    assert token not in kept
    for forged in ("", "x", kept, token[:-1], token + "a", csrf_of(token), "a" * 5000):
        assert refusal(sessions.read, forged, active=True) is ErrorCode.LOGIN_OVER


@pytest.mark.parametrize("how", ["disable", "password", "logout"])
def test_what_ends_sessions(officers: Officers, sessions: StaffSessions, how: str) -> None:
    token = sessions.open(add(officers).id)
    if how == "disable":
        officers.disable("lan")
    elif how == "password":
        officers.set_password("lan", "mot-mat-khau-khac")
    else:
        sessions.close(token)
    with pytest.raises(Refused):
        sessions.read(token, active=True)


def test_old_sessions_are_forgotten(officers: Officers, sessions: StaffSessions, clock: FixedClock) -> None:
    lan = add(officers)
    old = sessions.open(lan.id)
    clock.advance(minutes=25)
    new = sessions.open(lan.id)
    clock.advance(minutes=10)
    assert sessions.forget_old() == 1
    assert refusal(sessions.read, old, active=False) is ErrorCode.LOGIN_OVER
    assert sessions.read(new, active=False).officer == lan


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TTHC_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("TTHC_DATABASE_URL", raising=False)
    settings.cache_clear()
    return CliRunner()


def test_the_command_line(command: CliRunner, tmp_path: Path) -> None:
    made = command.invoke(app, ["officers", "add", "lan", "--name", "Ngọc Lan", "--branch", "CN01", "--random"])
    assert made.exit_code == 0, made.output
    first = re.search(r"shown once\): (\S+)", made.output)
    assert first
    asked = command.invoke(app, ["officers", "password", "lan"], input=f"{PASSWORD}\n{PASSWORD}\n")
    assert asked.exit_code == 0
    assert PASSWORD not in asked.output
    changed = command.invoke(app, ["officers", "change", "lan", "--branch", "CN02", "--supervisor"])
    assert "supervisor" in changed.output
    assert command.invoke(app, ["officers", "disable", "lan"]).exit_code == 0
    listed = command.invoke(app, ["officers", "list"]).output
    assert re.search(r"lan\s+disabled\s+CN02\s+Ngọc Lan", listed)
    database = Database(f"sqlite:///{tmp_path / 'tthc.sqlite'}")
    officers = Officers(database, branches(), FixedClock(NOW))
    officers.change("lan", enable=True)
    assert officers.known_by("lan", first[1])[1] is False
    assert officers.known_by("lan", PASSWORD)[1] is True
    database.close()
    settings.cache_clear()
