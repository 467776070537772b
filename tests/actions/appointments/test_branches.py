from __future__ import annotations

import pytest

from actions.appointments.branches import Branches, MatchKind, OfficeKind, branches
from actions.appointments.opening import Opening, opening
from actions.appointments.places import Era, places
from knowledge_base.errors import ErrorCode, NotFound
from knowledge_base.text import fold


def found(text: str) -> list[str]:
    return [match.branch.id for match in branches().find(text)]


def test_the_directory_is_whole() -> None:
    kinds = [office.kind for office in branches().all()]
    assert [kinds.count(kind) for kind in OfficeKind] == [12, 30, 126]
    assert [office.number for office in branches().all(bookable=True)] == list(range(1, 13))
    assert (len(places().units), len(places().districts)) == (126, 30)
    for office in branches().all():
        assert office.sources
        assert all(branches().source(key) for key in office.sources)
        assert (office.lat is None) == (office.precision == "")


def test_only_verified_addresses_are_shown() -> None:
    shown = {office.id for office in branches().all() if office.shown_address}
    assert shown == {"CN01", "CN07", "DQ003", "DQ268"}
    assert branches().get("CN01").shown_address.startswith("Tòa A khu Liên cơ, số 258 Võ Chí Công")
    assert branches().get("CN02").address
    assert branches().get("CN02").shown_address == ""


def test_unknown_branch() -> None:
    with pytest.raises(NotFound) as caught:
        branches().get("CN13")
    assert caught.value.code is ErrorCode.BRANCH_UNKNOWN


@pytest.mark.parametrize(
    ("text", "branch"),
    [
        ("chi nhánh số 1", "CN01"),
        ("Chi nhánh 7", "CN07"),
        ("chi nhanh 7", "CN07"),
        ("cn1", "CN01"),
        ("CN12", "CN12"),
        ("cn 03", "CN03"),
        ("số 5", "CN05"),
        ("11", "CN11"),
        ("chi nhánh số mười hai", "CN12"),
        ("chi nhánh ba", "CN03"),
        ("Chi nhánh Trung tâm Phục vụ hành chính công số 10", "CN10"),
        ("đặt lịch ở chi nhánh số 2 lúc 9h sáng mai", "CN02"),
    ],
)
def test_by_number(text: str, branch: str) -> None:
    assert found(text) == [branch]
    assert found(fold(text)) == [branch]


def test_by_ward_of_today() -> None:
    assert found("phường Cầu Giấy")[0] == "CN02"
    assert found("xã Vân Đình")[:2] == ["CN10", "DP10354"]
    matches = branches().find("toi o phuong hoan kiem")
    assert [(match.branch.id, match.kind) for match in matches[:2]] == [
        ("DP00070", MatchKind.WARD),
        ("CN01", MatchKind.NEAR),
    ]
    assert matches[1].distance_km == pytest.approx(4.3, abs=0.2)


def test_by_old_district() -> None:
    assert found("quận Hà Đông")[0] == "CN07"
    assert found("huyen my duc")[0] == "CN10"
    assert found("quận Đống Đa")[0] == "DQ006"
    assert MatchKind.NEAR in {match.kind for match in branches().find("quận Đống Đa")}


def test_split_and_shared_names_give_candidates() -> None:
    split = places().find("phường Ngọc Khánh cũ")
    assert len(split) == 1
    assert split[0].era is Era.OLD_WARD
    assert len(split[0].units) > 1
    shared = places().find("duc giang")
    assert {place.district for place in shared if place.era is Era.OLD_WARD} == {"Quận Long Biên", "Huyện Hoài Đức"}
    narrowed = places().find("Đức Giang, Hoài Đức")
    assert [(place.full_name, place.district) for place in narrowed] == [("Xã Đức Giang", "Huyện Hoài Đức")]


def test_accents_tell_apart_what_they_can() -> None:
    assert {place.full_name for place in places().find("Đông Xuân")} == {"Xã Đông Xuân"}
    assert {place.full_name for place in places().find("Đồng Xuân")} == {"Phường Đồng Xuân"}
    assert {place.full_name for place in places().find("dong xuan")} == {"Xã Đông Xuân", "Phường Đồng Xuân"}


def test_an_old_ward_that_lives_on_is_the_ward_of_today_unless_called_old() -> None:
    assert [place.era for place in places().find("phường Phú Thượng")] == [Era.WARD]
    assert Era.OLD_WARD in [place.era for place in places().find("phường Phú Thượng cũ")]


@pytest.mark.parametrize(
    "text", ["", "hợp đồng lao động", "sáng mai", "liên quan đến đất đai", "đặt lịch thành công rồi", "chi nhánh số 13"]
)
def test_texts_that_name_no_office(text: str) -> None:
    assert found(text) == []


def test_everyday_words_with_their_prefix_are_places() -> None:
    assert [place.full_name for place in places().find("tôi ở xã Hợp Đồng")] == ["Xã Hợp Đồng"]
    assert [place.full_name for place in places().find("Thành Công")] == ["Phường Thành Công"]
    assert [place.full_name for place in places().find("Văn Miếu")][:1] == ["Phường Văn Miếu - Quốc Tử Giám"]


def test_every_unit_is_found_by_its_name_with_and_without_accents() -> None:
    for unit in places().units.values():
        for said in (unit.full_name, fold(unit.full_name), unit.full_name.upper()):
            assert unit in [one for place in places().find(said)[:1] for one in place.units], said


def test_nearest() -> None:
    near = branches().nearest(21.03, 105.79)
    assert near[0].branch.id == "CN02"
    distances = [match.distance_km for match in near]
    assert distances == sorted(distances, key=lambda km: km or 0)
    points = branches().nearest(21.0285, 105.8542, limit=1, bookable=None)
    assert points[0].branch.kind is OfficeKind.WARD_POINT
    assert len(branches().nearest(21.0, 105.8, limit=50)) == 4  # the branches whose place is known


def test_a_point_with_counters_takes_bookings() -> None:
    default = {"weekdays": ["08:00-12:00"], "saturday": [], "sunday": [], "counters": 2}
    own = Branches.load(hours=Opening(default, {"DP00070": {"counters": 1}}, opening().rules))
    assert own.get("DP00070").bookable
    assert not own.get("DP00004").bookable
    assert [match.branch.id for match in own.find("phường Hoàn Kiếm")] == ["DP00070"]
