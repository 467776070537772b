"""The calls: pace, tries, and what each bad answer becomes."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from email.utils import format_datetime

import pytest

from knowledge_base.errors import ErrorCode, Misconfigured, Unavailable
from knowledge_base.sync import PortalClient
from knowledge_base.sync.client import ATTEMPTS, LIST_PATH, CallFailed, OutOfTime
from tests.knowledge_base.sync.portal import (
    Fault,
    Portal,
    hang_up,
    instead,
    rejected,
    stall,
    status,
    truncated,
)

ONE = "mau-000001"
Make = Callable[..., PortalClient]


def test_a_page_and_a_detail(portal: Portal, client: Make) -> None:
    page = client().page("")
    assert (len(page.items), page.last_id, page.total) == (50, "mau-000071", 120)
    assert client().detail(ONE)["code"] == "9.000001"
    assert portal.requests[0] == (LIST_PATH, "")
    sent = portal.headers[0]
    assert sent["Origin"] == portal.url
    assert sent["Referer"] == portal.url + "/"
    assert sent["User-Agent"].startswith("Mozilla/5.0 ")


def test_calls_keep_their_pause(portal: Portal, client: Make) -> None:
    calm = client(pause_s=0.15)
    for _ in range(3):
        calm.detail(ONE)
    assert all(later - earlier >= 0.15 for earlier, later in zip(portal.times, portal.times[1:], strict=False))


@pytest.mark.parametrize("fault", [status(500), status(503), status(429), status(408), truncated, hang_up])
def test_what_passes_is_tried_again(fault: Fault, portal: Portal, client: Make) -> None:
    portal.faults[ONE].extend([fault, fault])
    waits: list[tuple[float, str]] = []
    assert client(waiting=lambda seconds, why: waits.append((seconds, why))).detail(ONE)["id"] == ONE
    assert len(portal.details) == 3
    assert len(waits) == 2
    assert all(0 < seconds < 1 for seconds, _ in waits)


def test_tries_have_an_end(portal: Portal, client: Make) -> None:
    portal.always[ONE] = status(500)
    with pytest.raises(CallFailed, match="HTTP 500"):
        client().detail(ONE)
    assert len(portal.details) == ATTEMPTS


@pytest.mark.parametrize("name", ["seconds", "date"])
def test_retry_after_is_honoured(name: str, portal: Portal, client: Make) -> None:
    then = dt.datetime.now(dt.timezone.utc).replace(microsecond=0) + dt.timedelta(seconds=2)
    portal.faults[ONE].append(status(429, Retry_After="1" if name == "seconds" else format_datetime(then, usegmt=True)))
    client().detail(ONE)
    if name == "seconds":
        assert portal.times[1] - portal.times[0] >= 1
    else:
        assert dt.datetime.now(dt.timezone.utc) >= then


@pytest.mark.parametrize("text", ["soon", "-5", "", "1e3", "²"])
def test_a_retry_after_that_says_nothing_is_passed_over(text: str, portal: Portal, client: Make) -> None:
    portal.faults[ONE].append(lambda portal, body: (503, {"Retry-After": text.encode().decode("latin-1")}, b""))
    assert client().detail(ONE)["id"] == ONE


def test_who_asks_for_a_long_wait_is_left_alone(portal: Portal, client: Make) -> None:
    portal.faults[ONE].append(status(429, Retry_After="7200"))
    with pytest.raises(Unavailable, match="come back in 120 minutes") as caught:
        client().detail(ONE)
    assert caught.value.data["reason"] == "down"
    assert len(portal.details) == 1


@pytest.mark.parametrize(
    "fault", [rejected, status(403), status(401), lambda portal, body: (200, {}, b"<html>Verify you are human</html>")]
)
def test_blocked_ends_at_once(fault: Fault, portal: Portal, client: Make) -> None:
    portal.always[ONE] = fault
    with pytest.raises(Unavailable) as caught:
        client().detail(ONE)
    assert (caught.value.code, caught.value.data["reason"]) == (ErrorCode.CATALOGUE_SOURCE_DOWN, "blocked")
    assert len(portal.details) == 1


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (instead({"code": "ERROR", "data": {}}), "not OK"),
        (instead({"data": {"id": ONE}}), "not OK"),
        (instead({"code": "OK", "data": []}), "no data"),
        (instead([1]), "no envelope"),
        (instead({"code": "OK", "data": {"id": "mau-000002"}}), "another procedure"),
        (status(404), "HTTP 404"),
        (status(302, Location="http://192.0.2.1/"), "HTTP 302"),
    ],
)
def test_a_wrong_answer_is_no_record(fault: Fault, said: str, portal: Portal, client: Make) -> None:
    portal.always[ONE] = fault
    with pytest.raises(CallFailed, match=said):
        client().detail(ONE)
    assert len(portal.details) == 1


def test_a_list_without_items(portal: Portal, client: Make) -> None:
    portal.always[LIST_PATH] = instead({"code": "OK", "data": {"rows": []}})
    with pytest.raises(CallFailed, match="no items"):
        client().page("")


def test_a_stall_is_cut_and_the_total_time_kept(portal: Portal, client: Make) -> None:
    portal.always[ONE] = stall
    started = time.monotonic()
    with pytest.raises(OutOfTime):
        client(timeout_s=0.2, total_s=0.5).detail(ONE)
    assert time.monotonic() - started < 2


def test_an_answer_that_trickles_is_cut(portal: Portal, client: Make) -> None:
    portal.drip_s = 0.05
    started = time.monotonic()
    with pytest.raises(CallFailed, match="trickles"):
        client(timeout_s=0.2).detail(ONE)
    assert len(portal.details) == ATTEMPTS
    assert time.monotonic() - started < 10


def test_no_wait_goes_past_the_end(portal: Portal, client: Make) -> None:
    portal.always[ONE] = status(429, Retry_After="60")
    started = time.monotonic()
    with pytest.raises(OutOfTime):
        client(total_s=5).detail(ONE)
    assert time.monotonic() - started < 3


def test_nobody_there_and_no_address(client: Make) -> None:
    with PortalClient("http://127.0.0.1:9", pause_s=0, wait_s=0.001) as lonely:
        with pytest.raises(Unavailable, match="nothing answers") as caught:
            lonely.detail(ONE)
        assert caught.value.data["reason"] == "down"
    with pytest.raises(Misconfigured):
        PortalClient("dichvucong")
