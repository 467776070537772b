"""Whole syncs against the portal on loopback: what is fetched, told, imported, and kept when it fails."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from knowledge_base import catalogue_snapshot as snapshot
from knowledge_base.errors import ErrorCode, Unavailable
from knowledge_base.sync import Options, PortalClient, SyncReport, sync_portal
from knowledge_base.sync.client import LIST_PATH
from knowledge_base.sync.run import FAILURES_IN_A_ROW
from tests.knowledge_base.sync.portal import Fault, Portal, instead, record, rejected, stall, status, truncated

TODAY = dt.date(2026, 11, 22)
Run = Callable[..., SyncReport]


@pytest.fixture
def run(tmp_path: Path, client: Callable[..., PortalClient]) -> Run:
    def go(day: dt.date = TODAY, settings: dict[str, Any] | None = None, **options: Any) -> SyncReport:
        return sync_portal(client(**settings or {}), tmp_path, lambda: day, Options(**options))

    return go


def test_the_first_sync_brings_everything(run: Run, portal: Portal, tmp_path: Path) -> None:
    report = run()
    assert (report.listed, report.list_whole, report.fetched, len(report.new)) == (120, True, 120, 120)
    assert (report.changed, report.gone, report.failed, report.stopped, report.remaining) == ([], [], [], "", 0)
    assert len(portal.pages) == 3
    assert portal.most_busy == 1  # one request at a time
    held = snapshot.read(tmp_path)
    assert len(held) == 120
    assert {item.source.data_date for item in held.values()} == {TODAY}  # the day of the crawl
    assert sorted(path.name for path in (tmp_path / "catalogue" / "sync").iterdir()) == [".lock", "known.json"]


def test_then_only_what_changed_is_fetched_and_told(run: Run, portal: Portal, tmp_path: Path) -> None:
    run()
    portal.forget()
    portal.change(7, name="Cấp sổ tay mẫu, đổi tên", isProvince=True)
    portal.change(8)  # the list item differs, the procedure does not
    portal.records["mau-000121"] = record(121)
    del portal.records["mau-000003"]
    later = TODAY + dt.timedelta(days=3)
    report = run(later)
    assert sorted(portal.details) == ["mau-000007", "mau-000008", "mau-000121"]
    assert [change.code for change in report.new] == ["9.000121"]
    assert [(change.code, change.fields) for change in report.changed] == [("9.000007", ["name", "levels"])]
    assert (report.same, report.gone) == (1, ["9.000003"])
    held = snapshot.read(tmp_path)
    assert held["9.000007"].name == "Cấp sổ tay mẫu, đổi tên"
    assert [held[f"9.{n:06d}"].source.data_date for n in (7, 8, 9)] == [later, later, TODAY]
    assert "9.000003" in held  # told, and left to people


def test_what_the_list_does_not_show_is_found_in_full_or_in_time(run: Run, portal: Portal) -> None:
    run()
    portal.change(5, listed=False, procedureProposal={"proposalNumber": "8/QĐ-MAU"})
    portal.forget()
    assert run(TODAY + dt.timedelta(days=2)).fetched == 0
    report = run(TODAY + dt.timedelta(days=3), full=True)
    assert (report.fetched, report.same) == (120, 119)
    assert [(change.code, change.fields) for change in report.changed] == [("9.000005", ["decision"])]
    assert run(TODAY + dt.timedelta(days=40)).fetched == 120  # older than MAX_AGE_DAYS


def test_a_dry_run_tells_and_leaves_all(run: Run, portal: Portal, tmp_path: Path) -> None:
    run()
    before = (tmp_path / "catalogue" / snapshot.DATA).read_bytes()
    portal.change(7, name="Cấp sổ tay mẫu, đổi tên")
    dry = run(dry_run=True)
    assert [change.code for change in dry.changed] == ["9.000007"]
    assert dry.catalogue is None
    assert (tmp_path / "catalogue" / snapshot.DATA).read_bytes() == before
    portal.forget()
    real = run()
    assert portal.requests == []  # the dry run's reading is used
    assert (real.carried_over, real.fetched, real.changed) == (1, 0, dry.changed)
    assert snapshot.read(tmp_path)["9.000007"].name == "Cấp sổ tay mẫu, đổi tên"


def test_limit_goes_on_next_time(run: Run, portal: Portal, tmp_path: Path) -> None:
    first = run(limit=30)
    assert (first.fetched, first.stopped, first.list_whole, first.gone) == (30, "limit", False, [])
    assert len(portal.pages) == 1
    assert len(snapshot.read(tmp_path)) == 30
    assert run().fetched == 90
    assert len(portal.pages) == 3
    assert len(set(portal.details)) == len(portal.details) == 120


def test_what_is_not_ours_is_not_asked_for(run: Run, portal: Portal) -> None:
    portal.change(1, type="STANDARD_INTERNAL")
    portal.change(2, type="SPECIFIC", departmentPromulgateName="UBND tỉnh Mẫu")
    portal.change(3, type="SPECIFIC", departmentPromulgateName="UBND Thành phố Hà Nội", departmentPromulgateCode="H26")
    portal.change(4, type="SPECIFIC", departmentPromulgateName="Sở Mẫu", departmentPromulgateCode="H99")
    report = run()
    assert not {"mau-000001", "mau-000002"} & set(portal.details)
    assert (len(report.new), report.aside) == (117, {"other_province": 1})
    portal.forget()
    assert run().fetched == 0  # set aside once is not asked for again
    assert portal.details == []


@pytest.mark.parametrize(("fault", "reason"), [(rejected, "blocked"), (status(429, Retry_After="86400"), "down")])
def test_what_was_fetched_before_a_block_is_kept(
    fault: Fault, reason: str, run: Run, portal: Portal, tmp_path: Path
) -> None:
    portal.always["mau-000080"] = fault
    with pytest.raises(Unavailable) as caught:
        run()
    report = caught.value.data["report"]
    assert isinstance(report, SyncReport)
    assert (caught.value.code, caught.value.data["reason"]) == (ErrorCode.CATALOGUE_SOURCE_DOWN, reason)
    assert (report.fetched, report.stopped, report.remaining) == (40, reason, 80)
    assert len(snapshot.read(tmp_path)) == 40
    portal.always.clear()
    portal.forget()
    assert run().fetched == 80
    assert portal.pages == []
    assert len(snapshot.read(tmp_path)) == 120


@pytest.mark.parametrize("fault", [rejected, status(500), truncated, instead({"code": "ERROR"})])
def test_a_list_that_fails_in_the_middle_goes_on_at_its_cursor(fault: Fault, run: Run, portal: Portal) -> None:
    portal.always["mau-000071"] = fault
    with pytest.raises(Unavailable):
        run()
    portal.always.clear()
    portal.forget()
    assert run().listed == 120
    assert portal.pages == ["mau-000071", "mau-000021"]


def test_one_faulty_record_does_not_stop_the_others(run: Run, portal: Portal) -> None:
    portal.always["mau-000080"] = instead({"code": "ERROR", "data": None})
    report = run()
    assert [item.code for item in report.failed] == ["9.000080"]
    assert (report.fetched, report.remaining, report.stopped) == (119, 1, "")
    portal.always.clear()
    portal.forget()
    run()
    assert portal.details == ["mau-000080"]


def test_failures_in_a_row_are_the_portal_s(run: Run, portal: Portal) -> None:
    for number in range(80, 100):
        portal.always[f"mau-{number:06d}"] = status(502)
    with pytest.raises(Unavailable, match="in a row, the last: HTTP 502") as caught:
        run()
    report = caught.value.data["report"]
    assert isinstance(report, SyncReport)
    assert (report.fetched, len(report.failed)) == (21, FAILURES_IN_A_ROW)


def test_a_page_given_twice_is_asked_for_again(run: Run, portal: Portal) -> None:
    first = portal.answer(LIST_PATH, {"lastId": "", "limit": 50})
    assert first is not None
    portal.faults["mau-000071"].append(lambda portal, body: first)
    report = run()
    assert (report.listed, report.list_whole) == (120, True)


def test_a_portal_that_repeats_one_page_ends_and_loses_nothing(run: Run, portal: Portal, tmp_path: Path) -> None:
    run()
    portal.forget()
    first = portal.answer(LIST_PATH, {"lastId": "", "limit": 50})
    assert first is not None
    portal.always[LIST_PATH] = lambda portal, body: first
    report = run(TODAY + dt.timedelta(days=2))
    assert (report.listed, report.list_whole, report.gone) == (50, False, [])  # not the whole list: nothing is gone
    assert len(portal.pages) < 8
    assert len(snapshot.read(tmp_path)) == 120


def test_an_empty_list_is_no_list(run: Run, portal: Portal) -> None:
    portal.records.clear()
    with pytest.raises(Unavailable, match="empty"):
        run()


def test_short_pages_are_read_to_the_count(run: Run, portal: Portal) -> None:
    portal.page_size = 20
    assert run().listed == 120


def test_out_of_time_is_an_end_too(run: Run, portal: Portal, tmp_path: Path) -> None:
    portal.always["mau-000100"] = stall
    report = run(settings={"total_s": 3.0})
    assert report.stopped == "out of time"
    assert 0 < report.fetched <= 20  # up to the one that stalls
    assert len(snapshot.read(tmp_path)) == report.fetched


def test_a_lost_or_damaged_catalogue_is_brought_back(run: Run, tmp_path: Path) -> None:
    run()
    (tmp_path / "catalogue" / snapshot.DATA).write_bytes(b"no gzip")
    assert run().fetched == 120
    assert len(snapshot.read(tmp_path)) == 120
