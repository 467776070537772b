"""Records of one procedure joined: which wins, what is filled, and that the order of files does not matter."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.catalogue import Catalogue, import_paths
from knowledge_base.curated import merge
from knowledge_base.joining import join
from knowledge_base.procedure import Channel, Method, Procedure, Step
from tests.knowledge_base.samples import OTHERS, PAGES, TODAY, made, sample

EARLY, LATE = dt.date(2026, 4, 15), dt.date(2026, 7, 18)
FACTS = [Method(channel=Channel.ONLINE)]


def listed(**fields: object) -> Procedure:
    return made(layout="portal_list", date=LATE, legal_bases=[], **fields)


def test_a_newer_name_fills_and_never_replaces() -> None:
    page = made(layout="portal_page", date=EARLY, methods=FACTS, field="Sổ tay")
    joined = join(page, listed(agencies=["Phòng Sổ tay"], field="Khác"))
    assert (joined.source, joined.methods) == (page.source, FACTS)
    assert (joined.field, joined.agencies) == ("Sổ tay", ["Phòng Sổ tay"])
    assert joined.origins == {"agencies": "portal_list 2026-07-18"}
    assert join(joined, page) == joined


def test_what_was_filled_gives_way_to_a_better_source() -> None:
    page = made(layout="portal_page", date=EARLY, methods=FACTS)
    filled = join(page, listed(agencies=["Phòng Sổ tay"]))
    better = join(
        filled, made(layout="old_portal", date=EARLY, agencies=["Ủy ban nhân dân cấp xã"], steps=[Step(text="x")])
    )
    assert better.agencies == ["Ủy ban nhân dân cấp xã"]
    assert better.origins == {"agencies": "old_portal 2026-04-15"}
    assert better.steps == []  # facts of two records are not mixed
    renewed = join(better, made(layout="portal_api", date=LATE, agencies=["Sở Sổ tay"], methods=FACTS))
    assert (renewed.agencies, renewed.origins) == (["Sở Sổ tay"], {})


def test_an_old_page_gives_way_even_to_an_older_page_of_todays_portal() -> None:
    page = made(layout="portal_page", date=EARLY)
    old = made(layout="old_portal", date=LATE)
    assert join(page, old).source == join(old, page).source == page.source


def test_a_record_read_again_drops_what_it_no_longer_says() -> None:
    assert join(made(agencies=["Phòng cũ"]), made()).agencies == []


def test_the_fuller_reading_of_an_export_wins() -> None:
    full = sample(OTHERS / "doc.jsonl", "9.000031")
    first = sample(OTHERS / "doc_first_pass.jsonl", "9.000031")
    assert first.steps == []
    assert join(full, first) == join(first, full) == full


_RECORDS = st.builds(
    lambda layout, day, agencies, field: made(layout=layout, date=day, agencies=agencies, field=field, name=layout),
    st.sampled_from(["portal_api", "portal_page", "old_portal", "portal_list"]),
    st.sampled_from([EARLY, LATE]),
    st.sampled_from([[], ["Sở Sổ tay"], ["Phòng Sổ tay"]]),
    st.sampled_from(["", "Sổ tay"]),
)


@given(st.lists(_RECORDS, min_size=1, max_size=5, unique_by=lambda item: item.own_origin), st.randoms())
def test_any_order_gives_the_same_record(records: list[Procedure], random: object) -> None:
    def joined(items: list[Procedure]) -> Procedure:
        result = items[0]
        for item in items[1:]:
            result = join(result, item)
        return result

    shuffled = list(records)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert joined(shuffled) == joined(records)
    assert joined([*shuffled, *records]) == joined(records)


def test_one_folder_at_once_or_file_by_file(tmp_path: Path) -> None:
    none = tmp_path / "none"
    files = [PAGES, *sorted(OTHERS.iterdir())]
    once = import_paths(files, tmp_path / "once", TODAY)
    for file in reversed(files):
        import_paths([file], tmp_path / "apart", TODAY)
    catalogue = Catalogue.load(tmp_path / "once", none)
    assert Catalogue.load(tmp_path / "apart", none).fingerprint == catalogue.fingerprint
    assert (once.total, once.names_only) == (len(catalogue), 2)
    foreign = catalogue.require("9.000003")  # its page holds another procedure's content
    assert (foreign.name, foreign.names_only) == ("Thủ tục cấp sổ tay lưu động", True)
    assert catalogue.require("9.000002").source.layout == "portal_page"
    assert catalogue.require("9.000041").source.layout == "portal_list"
    assert "9.000042" not in catalogue
    again = import_paths(files, tmp_path / "once", TODAY)
    assert (again.added, again.updated, again.unchanged) == (0, 0, once.total)


def test_a_name_alone_never_beats_a_curated_record() -> None:
    curated = made(layout="curated", date=EARLY, methods=FACTS)
    merged = merge(listed(agencies=["Phòng Sổ tay"]), curated)
    assert (merged.methods, merged.agencies) == (FACTS, ["Phòng Sổ tay"])
    assert merged.origins == {"agencies": "portal_list 2026-07-18"}
