"""Finding and judging dossier codes."""

from __future__ import annotations

import ast
import datetime as dt
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.dossiers import codes as codes_module
from actions.dossiers.codes import KNOWN_AGENCIES, DossierCode, find_dossier_codes, parse_dossier_code, read_date
from knowledge_base.errors import BadInput, ErrorCode

TODAY = dt.date(2026, 11, 18)
IMPOSSIBLE = ErrorCode.DOSSIER_DATE_IMPOSSIBLE


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("H26.16-261103-0012", "H26.16-261103-0012"),
        ("H26-261103-0012", "H26-261103-0012"),
        ("H26.103.25-261103-0583", "H26.103.25-261103-0583"),
        ("H26.15.50.13-261008-0975", "H26.15.50.13-261008-0975"),
        ("h26.16-261103-0012", "H26.16-261103-0012"),
        ("000.A0.01.H26-210212-9090", "000.A0.01.H26-210212-9090"),
        ("000.a0.01.h26-210212-9090", "000.A0.01.H26-210212-9090"),
        ("G09.20-20260609-0092637", "G09.20-20260609-0092637"),
        ("H26.16-261103-1812345", "H26.16-261103-1812345"),
        ("H26.16–261103—0012", "H26.16-261103-0012"),
        ("H26.16‑261103−0012", "H26.16-261103-0012"),
        ("H26 . 16 - 261103 - 0012", "H26.16-261103-0012"),
        ("H26.16-261103\u00a0-\u200b0012", "H26.16-261103-0012"),
        ("Ｈ２６.１６-２６１１０３-００１２", "H26.16-261103-0012"),
        ("Cho tôi hỏi hồ sơ H26.16-261103-0012, cảm ơn.", "H26.16-261103-0012"),
        ("hồ sơ của tôi.H26.16-261103-0012.Cảm ơn", "H26.16-261103-0012"),
        ("mã:H26.16-261103-0012 - 2 bản", "H26.16-261103-0012"),
        ("số 0912 000 12 34 hồ sơ H26.16-261103-0012", "H26.16-261103-0012"),
    ],
)
def test_written_forms(text: str, canonical: str) -> None:
    (found,) = find_dossier_codes(text, TODAY)
    code = parse_dossier_code(text, TODAY)
    assert (found.canonical, found.bare, found.complete) == (canonical, False, True)
    assert (str(code), code.bare) == (canonical, False)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("H26162611030012", "H26.16-261103-0012"),
        ("h26.16.261103.0012", "H26.16-261103-0012"),
        ("H26.16 261103 0012", "H26.16-261103-0012"),
        ("H26.16 261103 0012 0912345678", "H26.16-261103-0012"),
        ("H26.16-2611 03-0012", "H26.16-261103-0012"),
        ("H26/16/261103/0012", "H26.16-261103-0012"),
        ("H26.16/261103/0012", "H26.16-261103-0012"),
        ("H26-103-25-261103-0583", "H26.103.25-261103-0583"),
        ("H26103252611030583", "H26.103.25-261103-0583"),  # a known agency settles where the level ends
        ("000A001H262102129090", "000.A0.01.H26-210212-9090"),
        ("CK le phi ho so H26162611030012 Nguyen Van A", "H26.16-261103-0012"),
    ],
)
def test_without_punctuation_is_offered_for_confirmation(text: str, canonical: str) -> None:
    (found,) = find_dossier_codes(text, TODAY)
    assert (found.canonical, found.bare) == (canonical, True)
    assert parse_dossier_code(text, TODAY).bare


def test_without_punctuation_and_readable_in_two_ways_is_not_guessed() -> None:
    assert find_dossier_codes("G0920202606090092637", TODAY) == []  # G09.20-20260609-… or G09.20.20-260609-…


@pytest.mark.parametrize(
    "text",
    [
        "1.011442",
        "2.000815.000.00.00.H55",
        "KQ.G07.22-261103-0012",
        "kq G07.22-261103-0012",
        "G13-TN02",
        "0912345678",
        "0912 345 678",
        "+84 912-345-678",
        "001091012345",
        "001 091 012 345",
        "024.1022",
        "19001009",
        "lớp G13 nhà H26",
        "QH26-261103-0012",
        "H26.16-261103-0012-01",
        "H26.16-261103-00121234",
        "12-11-2026",
        "",
    ],
)
def test_other_numbers_are_not_dossier_codes(text: str) -> None:
    assert find_dossier_codes(text, TODAY) == []


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("H26.16-261103", ["sequence"]),
        ("H26.16-261103-", ["sequence"]),
        ("H26.16-261103-12", ["sequence"]),
        ("H26-261103", ["sequence"]),
        ("H26.16-2611-0012", ["date"]),
        ("H26.16", ["date", "sequence"]),
        ("H26", ["date", "sequence"]),
        ("261103-0012", ["agency"]),
        ("26.16-261103-0012", ["agency"]),
        ("103.25-261103-0012", ["agency"]),
        ("mã là H26.16-261103 ạ", ["sequence"]),
        ("tra cứu", []),
        ("991340-0012", []),
    ],
)
def test_incomplete_codes_say_what_is_missing(text: str, missing: list[str]) -> None:
    with pytest.raises(BadInput) as caught:
        parse_dossier_code(text, TODAY)
    assert caught.value.code is ErrorCode.DOSSIER_CODE_MALFORMED
    assert caught.value.data == {"missing": missing}


@pytest.mark.parametrize(
    ("text", "code", "data"),
    [
        ("H26.16-261340-0012", IMPOSSIBLE, {"future": False, "early": False, "meant": None}),
        ("H26.16-260229-0012", IMPOSSIBLE, {"future": False, "early": False, "meant": None}),
        ("H26.16-261119-0012", IMPOSSIBLE, {"future": True, "early": False, "meant": None}),
        ("H26.16-300926-0012", IMPOSSIBLE, {"future": True, "early": False, "meant": dt.date(2026, 9, 30)}),
        ("H26.16-261201-0012", IMPOSSIBLE, {"future": True, "early": False, "meant": None}),
        ("H26.16-031126-0012", IMPOSSIBLE, {"future": False, "early": True, "meant": dt.date(2026, 11, 3)}),
        ("H26.16-03112026-0012", IMPOSSIBLE, {"future": False, "early": False, "meant": dt.date(2026, 11, 3)}),
        ("H26.16-091103-0012", IMPOSSIBLE, {"future": False, "early": True, "meant": None}),
        ("H56.14-240823", ErrorCode.DOSSIER_OTHER_PROVINCE, {"province": "H56"}),
        ("H56.14-240823-0001", ErrorCode.DOSSIER_OTHER_PROVINCE, {"province": "H56"}),
        ("000.17.22.H56-210531-0001", ErrorCode.DOSSIER_OTHER_PROVINCE, {"province": "H56"}),
        ("H57.132-991340-0583", ErrorCode.DOSSIER_OTHER_PROVINCE, {"province": "H57"}),
    ],
)
def test_codes_that_cannot_be_looked_up(text: str, code: ErrorCode, data: dict[str, object]) -> None:
    with pytest.raises(BadInput) as caught:
        parse_dossier_code(text, TODAY)
    assert (caught.value.code, caught.value.data) == (code, data)


def test_today_is_not_the_future_and_several_codes_keep_their_order() -> None:
    assert parse_dossier_code("H26.16-261118-0001", TODAY).received == TODAY
    text = "H26.16-261103-0012 và G09.20-20260609-0092637 và H26.16-261103"
    assert [(code.canonical, code.complete) for code in find_dossier_codes(text, TODAY)] == [
        ("H26.16-261103-0012", True),
        ("G09.20-20260609-0092637", True),
        ("H26.16-261103", False),
    ]


days = st.dates(dt.date(2015, 1, 1), TODAY)
sequences = st.integers(1, 9_999_999).map(lambda n: f"{n:04d}")
levels = st.lists(st.integers(1, 999).map(lambda n: f"{n:02d}"), max_size=3)


@st.composite
def codes(draw: st.DrawFn) -> str:
    day, sequence = draw(days), draw(sequences)
    date = draw(st.sampled_from([f"{day:%y%m%d}", f"{day:%Y%m%d}"]))
    old = draw(st.sampled_from(["000.A0.01.H26", "000.17.22.H26"]))
    new = ".".join([draw(st.sampled_from(["H26", "G09", "G22"])), *draw(levels)])
    return f"{draw(st.sampled_from([old, new, new, new]))}-{date}-{sequence}"


separators = st.sampled_from(["-", "–", "—", "−", "‐", "－", "_", " - ", " – ", "\u200b-"])


@given(codes(), separators, separators, st.booleans())
def test_any_dash_and_any_case_is_the_same_code(code: str, first: str, second: str, lower: bool) -> None:
    agency, date, sequence = code.rsplit("-", 2)
    typed = f"{agency}{first}{date}{second}{sequence}"
    read = parse_dossier_code(typed.lower() if lower else typed, TODAY)
    assert (str(read), read.bare) == (code, False)


@given(codes(), st.from_regex(r"\A(0[1-9][0-9]{8}|0[0-9]{11}|[12]\.[0-9]{6})\Z"), st.booleans())
def test_beside_another_number_the_code_is_the_code(code: str, other: str, before: bool) -> None:
    text = f"số {other}, hồ sơ {code}" if before else f"hồ sơ {code}, số {other}"
    assert [one.canonical for one in find_dossier_codes(text, TODAY)] == [code]


@given(codes(), st.integers(1, 63).filter(lambda number: number != 26))
def test_another_province_is_said_whatever_else_is_wrong(code: str, number: int) -> None:
    _, date, sequence = code.rsplit("-", 2)
    for typed in (f"H{number:02d}.16-{date}-{sequence}", f"H{number:02d}.16-{date}"):
        with pytest.raises(BadInput) as caught:
            parse_dossier_code(typed, TODAY)
        assert caught.value.data == {"province": f"H{number:02d}"}


def reads_both_ways(day: dt.date) -> bool:
    """Whether its six digits, day first, are a day of our codes too: then nobody can tell."""
    other = read_date(f"{day:%d%m%y}")
    return other is not None and dt.date(2015, 1, 1) <= other <= TODAY


@given(st.dates(TODAY - dt.timedelta(days=700), TODAY).filter(lambda day: not reads_both_ways(day)))
def test_a_day_written_first_is_told_as_it_should_be(day: dt.date) -> None:
    with pytest.raises(BadInput) as caught:
        parse_dossier_code(f"H26.16-{day:%d%m%y}-0012", TODAY)
    assert caught.value.data["meant"] == day


words = st.text(st.characters(categories=["Ll", "Lu", "Zs"]), max_size=20)


@given(codes())
def test_canonical_form_round_trips(text: str) -> None:
    code = parse_dossier_code(text, TODAY)
    assert str(code) == text
    assert code == parse_dossier_code(str(code).lower(), TODAY)
    assert code.received == read_date(code.date_digits)
    assert isinstance(code, DossierCode)


lefts = st.sampled_from([" ", ", ", ": ", "\n", "("])
rights = st.sampled_from([" ", ", ", ". ", "? ", ")"])


@given(codes(), words, words, lefts, rights)
def test_found_among_words_at_its_place(code: str, before: str, after: str, left: str, right: str) -> None:
    text = f"{before}{left}{code}{right}{after}"
    found = [one for one in find_dossier_codes(text, TODAY) if one.complete]
    assert [one.canonical for one in found] == [code]
    assert text[found[0].start : found[0].end] == code


@given(codes())
def test_a_code_without_punctuation_is_read_rightly_or_not_at_all(code: str) -> None:
    found = find_dossier_codes(code.replace(".", "").replace("-", ""), TODAY)
    levels_written = code.rsplit("-", 2)[0].split(".")[1:]
    sure = all(len(level) in (2, 3) for level in levels_written)
    for one in found:
        assert one.bare
        assert not sure or one.canonical == code or one.canonical.rsplit("-", 2)[0] in KNOWN_AGENCIES


@given(st.from_regex(r"\A(\+84|0)[ .-]?[1-9]([ .-]?[0-9]){8}\Z"))
def test_phones_are_never_codes(phone: str) -> None:
    assert find_dossier_codes(f"số của tôi {phone} nhé", TODAY) == []


@given(st.from_regex(r"\A0[0-9]{2}([ .-]?[0-9]){9}\Z"))
def test_personal_id_numbers_are_never_codes(number: str) -> None:
    assert find_dossier_codes(number, TODAY) == []


@given(st.from_regex(r"\A[1-3]\.[0-9]{6}(\.000\.00\.00\.[HG][0-9]{2})?\Z"), st.sampled_from(["", ".", " ạ", "?"]))
def test_procedure_codes_are_never_dossier_codes(code: str, after: str) -> None:
    assert find_dossier_codes(f"thủ tục {code}{after}", TODAY) == []


def test_it_stays_usable_in_the_other_runtime() -> None:
    """Python 3.10, with nothing but the standard library and the errors."""
    source = Path(codes_module.__file__).read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 10))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert {name for name in imported if name not in sys.stdlib_module_names} == {
        "collections.abc",
        "knowledge_base.errors",
    }
    for package in (Path(codes_module.__file__).parent, Path(codes_module.__file__).parents[1]):
        nodes = ast.walk(ast.parse((package / "__init__.py").read_text(encoding="utf-8")))
        assert not [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]


@given(st.text(max_size=80))
def test_any_text_gives_an_answer(text: str) -> None:
    for one in find_dossier_codes(text, TODAY):
        assert 0 <= one.start < one.end <= len(text)
