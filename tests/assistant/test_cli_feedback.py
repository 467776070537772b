"""`tthc feedback`: what waits, two CSV files without formulas, and the state that a citizen is told."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from actions.clock import SystemClock
from actions.database import Database
from actions.intake.ratings import Matter, Ratings, Score
from actions.intake.receipts import Kind
from actions.intake.requests import Requests
from actions.personal import PersonalKeys
from assistant import migrate
from assistant.cli import app
from assistant.cli.feedback import harmless
from assistant.settings import Settings
from tests.assistant.whole_platform import make_settings

RUN = CliRunner()
FORMULA = '=HYPERLINK("http://x.test";"bấm")'


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    ours = make_settings(tmp_path / "data")
    ours.data_dir.mkdir()
    monkeypatch.setattr(sys.modules["assistant.cli.feedback"], "settings", lambda: ours)
    return ours


@pytest.fixture
def receipt(ours: Settings) -> Iterator[str]:
    migrate.upgrade(ours.database)
    database = Database(ours.database)
    keys = PersonalKeys(ours.secret("booking_key"), ours.secret("personal_data_key"))
    requests = Requests(database, keys, SystemClock())
    requests.ask("web:b", "web", "asked", "")
    given = {"message": FORMULA, "phone": "0912345678", "consent": "intake-1"}
    left = requests.leave(Kind.COMPLAINT, "web:a", "web", "@SUM(1)", **given)
    Ratings(database, keys, SystemClock()).add("one", Matter.ANSWER, "1.001193", Score.SATISFIED, "web")
    yield left.receipt
    database.close()


def said(*arguments: str) -> str:
    result = RUN.invoke(app, ["feedback", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_list_names_what_waits_and_nothing_of_what_was_written(receipt: str) -> None:
    listed = said("list")
    assert receipt in listed
    assert "1 request(s); 1 rating(s): 0 very satisfied, 1 satisfied, 0 not satisfied" in listed
    assert "0912345678" not in listed
    assert "HYPERLINK" not in listed
    assert "2 request(s)" in said("list", "--all")


def test_the_export_holds_no_formula_and_no_content_unless_asked(receipt: str, tmp_path: Path) -> None:
    said("export", str(tmp_path / "out"))
    [plain] = [row for row in rows(tmp_path / "out" / "requests.csv") if row["receipt"] == receipt]
    assert (plain["message"], plain["phone"]) == ("", "")
    assert plain["summary"] == "'@SUM(1)"
    said("export", str(tmp_path / "out"), "--with-content")
    [opened] = [row for row in rows(tmp_path / "out" / "requests.csv") if row["receipt"] == receipt]
    assert (opened["message"], opened["phone"]) == (f"'{FORMULA}", "0912345678")
    [rating] = rows(tmp_path / "out" / "ratings.csv")
    assert (rating["matter"], rating["score"], rating["procedure_code"]) == ("answer", "2", "1.001193")


@pytest.mark.parametrize("value", ["=1+1", "+84", "-1", "@x", "\t=1", " =1", "\ufeff=1", "\n=1"])
def test_what_a_spreadsheet_would_run_is_text(value: str) -> None:
    assert harmless(value) == f"'{value}"
    assert harmless("a=1") == "a=1"
    assert harmless("") == ""


def test_the_state_is_set_and_an_unknown_number_is_told(receipt: str) -> None:
    assert said("state", receipt.lower(), "done").endswith(f"{receipt}: done\n")
    assert "1 request(s)" not in said("list")
    assert RUN.invoke(app, ["feedback", "state", receipt, "asked"]).exit_code == 2
    unknown = RUN.invoke(app, ["feedback", "state", "GY-261122-0999", "done"])
    assert unknown.exit_code != 0
    assert "receipt_unknown" in str(unknown.exception)
