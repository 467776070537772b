"""Paths, dates and zones of other systems' JSON."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.clock import HANOI
from actions.dossiers.reading import EPOCH_MS, ISO, at, first, moment, rows
from knowledge_base.errors import Unavailable

ZONE = "Asia/Ho_Chi_Minh"
FIVE = dt.datetime(2026, 11, 25, 17, tzinfo=HANOI)


def test_paths() -> None:
    raw = {"a": {"b": [{"id": 1, "name": "một"}, {"id": 2, "name": "hai"}]}, "c": ""}
    assert at(raw, "a.b[id=2].name") == "hai"
    assert at(raw, "a.b[id=3].name") is None
    assert at(raw, "a.b.c.d") is None
    assert at(raw, "") == raw
    assert first(raw, ["c", "no.where", "a.b[id=1].name"]) == "một"
    assert first({"n": 0}, ["n"]) == "0"
    assert rows(raw, "a.b")[1]["id"] == 2
    assert rows(raw, "c") == rows(raw, "x") == rows(raw, "") == []


@pytest.mark.parametrize("raw", [{"a": [1]}, {"a": {"b": 1}}])
def test_a_value_that_is_none_is_not_guessed(raw: dict[str, object]) -> None:
    with pytest.raises(Unavailable):
        first(raw, ["a"])
    with pytest.raises(Unavailable):
        rows(raw, "a")


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("20261125170000", "%Y%m%d%H%M%S"),
        ("25/11/2026 17:00:00", "%d/%m/%Y %H:%M:%S"),
        ("2026-11-25T10:00:00.000+0000", ISO),
        ("2026-11-25T10:00:00Z", ISO),
        ("2026-11-25T17:00:00", ISO),
        ("2026-11-25 17:00:00", ISO),
        ({"$date": "2026-11-25T10:00:00Z"}, ISO),
        ({"$date": {"$numberLong": "1795600800000"}}, EPOCH_MS),
        ({"$date": 1795600800000}, EPOCH_MS),
        (1795600800000, EPOCH_MS),
    ],
)
def test_dates_come_out_in_hanoi(value: object, form: str) -> None:
    read = moment({"d": value}, ["d"], [form], ZONE)
    assert read == FIVE
    assert read is not None
    assert read.utcoffset() == dt.timedelta(hours=7)


@pytest.mark.parametrize("value", ["", None, "0001-01-01T00:00:00", "1900-01-01T00:00:00Z"])
def test_no_date(value: object) -> None:
    assert moment({"d": value}, ["d"], [ISO], ZONE) is None


@pytest.mark.parametrize(
    "value", ["25/11/2026", "2026112208", "2026-13-01", "hôm qua", {"$date": "x"}, {"date": 1}, [1], True, 10**30]
)
def test_what_is_no_date_is_not_guessed(value: object) -> None:
    with pytest.raises(Unavailable) as caught:
        moment({"d": value}, ["d"], [ISO, EPOCH_MS] if isinstance(value, int) else [ISO], ZONE)
    assert str(value) not in caught.value.detail


@given(st.integers(946_684_800, 2_140_000_000))
def test_what_is_written_is_read(seconds: int) -> None:
    exact = dt.datetime.fromtimestamp(seconds, HANOI)
    utc = exact.astimezone(dt.UTC)
    written = {
        "%Y%m%d%H%M%S": f"{exact:%Y%m%d%H%M%S}",
        ISO: f"{utc:%Y-%m-%dT%H:%M:%S}Z",
        EPOCH_MS: round(exact.timestamp() * 1000),
    }
    for form, value in written.items():
        assert moment({"d": value}, ["d"], [form], ZONE) == exact
