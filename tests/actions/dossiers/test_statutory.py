"""The longest time of a procedure: only where every way to file states one that can be counted in working days."""

from __future__ import annotations

from decimal import Decimal

import pytest

from actions.dossiers.statutory import longest_working_days, statutory_days
from knowledge_base.errors import ErrorCode, Unavailable
from knowledge_base.procedure import Channel, Duration, Method, Procedure, TimeUnit, Trust

W, H, D = TimeUnit.WORKING_DAY, TimeUnit.HOUR, TimeUnit.DAY


def procedure(*times: tuple[str, TimeUnit] | Duration) -> Procedure:
    durations = [
        time if isinstance(time, Duration) else Duration(value=Decimal(time[0]), unit=time[1]) for time in times
    ]
    methods = [Method(channel=Channel.ONLINE, duration=duration) for duration in durations]
    return Procedure.model_validate(
        {"code": "1.001193", "name": "Khai sinh", "methods": methods, "source": {"layout": "curated"}}
    )


@pytest.mark.parametrize(
    ("times", "days"),
    [
        ([("3", W)], 3),
        ([("3", W), ("5", W)], 5),
        ([("2.5", W)], 3),
        ([("4", H)], 1),
        ([("20", H), ("1", W)], 3),
        ([("0", W)], None),
        ([("15", D)], None),
        ([("3", W), ("1", TimeUnit.MONTH)], None),
        ([("3", W), Duration(value=Decimal(5), unit=W, trust=Trust.DOUBTFUL)], None),
        ([("3", W), Duration(text="theo quy định")], None),
        ([], None),
    ],
)
def test_the_longest_of_what_is_stated(times: list[tuple[str, TimeUnit] | Duration], days: int | None) -> None:
    assert longest_working_days(procedure(*times)) == days


def test_over_a_catalogue() -> None:
    longest = statutory_days({"1.001193": procedure(("3", W))}.get)
    assert (longest("1.001193"), longest("9.999999")) == (3, None)

    def down(_: str) -> Procedure | None:
        raise Unavailable(ErrorCode.SEARCH_DOWN)

    assert statutory_days(down)("1.001193") is None
