"""A place that was shared: what is within 5 km comes first, with its distance; then a branch that takes bookings."""

from __future__ import annotations

import pytest

from actions.appointments.branches import CLOSE_KM, branches
from actions.appointments.nearby import named_reply, near_reply
from actions.messages import LocationMessage, Reply

HOAN_KIEM = (21.0285, 105.8542)
LONG_BIEN = (21.047, 105.89)
BA_VI = (21.15, 105.50)
SAIGON = (10.7769, 106.7009)


def location(reply: Reply) -> LocationMessage:
    (message,) = reply.messages
    assert isinstance(message, LocationMessage)
    return message


def ids(message: LocationMessage) -> list[str]:
    return [place.id for place in message.places]


@pytest.mark.parametrize("place", [HOAN_KIEM, LONG_BIEN, BA_VI, (21.03, 105.79), (20.70, 105.75), (20.56, 105.81)])
def test_within_five_km_first_and_nearest_first(place: tuple[float, float]) -> None:
    around = branches().around(*place)
    distances = [match.distance_km or 0.0 for match in around]
    close = [distance for distance in distances if distance <= CLOSE_KM]
    assert close == sorted(close) == distances[: len(close)]
    assert distances[len(close) :] == sorted(distances[len(close) :])
    everywhere = [match.distance_km for match in branches().nearest(*place, limit=200, bookable=None)]
    assert close[:3] == [distance for distance in everywhere if (distance or 0.0) <= CLOSE_KM][:3]
    assert any(match.branch.bookable for match in around)
    message = location(near_reply(branches(), *place))
    assert [choice.command and choice.command.entities["branch"] for choice in message.choices] == [
        match.branch.id for match in around if match.branch.bookable
    ]


def test_every_distance_is_told_and_what_it_is() -> None:
    message = location(near_reply(branches(), *LONG_BIEN))
    assert ids(message) == ["DP00118", "DP00127", "DP00136", "CN01"]
    for place in message.places:
        assert place.distance_km is not None
        line = next(line for line in message.text.splitlines() if place.name in line)
        assert line.endswith(f"khoảng {place.distance_km:.1f} km".replace(".", ","))
    lines = message.text.splitlines()
    assert lines[0] == "Trong vòng 5 km quanh bạn:"
    assert lines.index("Chi nhánh nhận đặt lịch gần bạn nhất:") == 4
    assert "đường chim bay" in message.text
    assert "không phụ thuộc nơi cư trú" in message.text


def test_where_nothing_is_close_that_is_said() -> None:
    message = location(near_reply(branches(), 20.56, 105.81))
    assert message.text.startswith("Trong vòng 5 km chưa có nơi nào")
    assert ids(message)[0] == "CN10"
    assert all((place.distance_km or 0.0) > CLOSE_KM for place in message.places)


def test_outside_hanoi_no_distance_is_told() -> None:
    message = location(near_reply(branches(), *SAIGON))
    assert message.text.startswith("Vị trí bạn gửi nằm ngoài Hà Nội")
    assert len(message.places) == 12
    assert all(place.distance_km is None for place in message.places)
    assert message.request


def test_who_names_no_place_is_asked_where_they_are() -> None:
    asked = location(named_reply(branches(), []))
    assert asked.request
    assert len(asked.places) == 12
    named = location(named_reply(branches(), branches().find("phường Cầu Giấy")))
    assert not named.request
    assert named.places[0].id == "CN02"
