"""Settings of the dossier systems: a missing or wrong one is said by its name, and the other systems run."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from actions.clock import FixedClock
from actions.dossiers.codes import parse_dossier_code
from assistant.dossiers import open_dossiers, try_keys
from assistant.settings import Settings
from knowledge_base.errors import Misconfigured
from tests.assistant.fakes import NOW
from tests.assistant.whole_platform import make_settings

CLOSED = "http://127.0.0.1:9/"  # nobody listens
IGATE: dict[str, Any] = {
    "dossier_igate_url": CLOSED, "dossier_igate_user": "id", "dossier_igate_password": "a-real-one",
}  # fmt: skip
CODE = parse_dossier_code("H26.16-261103-0012", dt.date(2026, 11, 18))


def settings(folder: Path, **values: Any) -> Settings:
    return make_settings(folder, **values)


async def test_nothing_set_is_the_sandbox(tmp_path: Path) -> None:
    opened = open_dossiers(settings(tmp_path), FixedClock(NOW))
    assert opened.asked_for(CODE) == ["portal"]
    await opened.close()


async def test_a_real_system_stands_alone(tmp_path: Path) -> None:
    given = settings(tmp_path, **IGATE)
    opened = open_dossiers(given, FixedClock(NOW))
    assert not given.uses_sandbox
    assert list(opened.systems) == ["igate"]
    await opened.close()


async def test_what_is_missing_is_named_and_the_others_run(tmp_path: Path) -> None:
    with capture_logs() as logs:
        opened = open_dossiers(settings(tmp_path, **IGATE, dossier_lgsp_url=CLOSED), FixedClock(NOW))
    assert list(opened.systems) == ["igate"]
    assert [(entry["system"], entry["problem"]) for entry in logs] == [
        ("lgsp", "not set: TTHC_DOSSIER_LGSP_USER, TTHC_DOSSIER_LGSP_PASSWORD, TTHC_DOSSIER_LGSP_AGENCY")
    ]
    await opened.close()


async def test_a_mapping_that_does_not_fit_is_named(tmp_path: Path) -> None:
    (tmp_path / "igate.yml").write_text("login: {path: x}\n", encoding="utf-8")
    values = {**IGATE, "dossier_mappings": str(tmp_path), "dossier_url": CLOSED, "dossier_password": "a-real-one"}
    with capture_logs() as logs:
        opened = open_dossiers(settings(tmp_path, **values), FixedClock(NOW))
    assert list(opened.systems) == ["portal"]
    assert "mapping igate.yml: call, dates, fields, login.password" in logs[0]["problem"]
    await opened.close()


async def test_keys_are_tried_at_start(tmp_path: Path) -> None:
    opened = open_dossiers(settings(tmp_path, **IGATE), FixedClock(NOW))
    with capture_logs() as logs:
        await try_keys(opened.systems)
    assert logs[0]["settings"] == "TTHC_DOSSIER_IGATE_URL, TTHC_DOSSIER_IGATE_USER, TTHC_DOSSIER_IGATE_PASSWORD"
    assert "a-real-one" not in str(logs)
    await opened.close()


def test_a_placeholder_is_refused(tmp_path: Path) -> None:
    for name in ("igate", "lgsp", "ioc"):
        with pytest.raises(ValueError, match="placeholder"):
            settings(tmp_path, **{f"dossier_{name}_password": "changeme"})


def test_routes_that_do_not_fit_stop_the_start(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured):
        open_dossiers(settings(tmp_path, dossier_routes=str(tmp_path / "absent.yml")), FixedClock(NOW))
