"""Sentences and code agree: every key used exists, every key is used, placeholders match, the Vietnamese is clean."""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
import yaml

from actions.wording import ROOM, say, say_error, sentences
from assistant.settings import ROOT
from knowledge_base.errors import BadInput, ErrorCode

ROOMS = ("actions", "assistant", "connectors", "knowledge_base")
AREAS = tuple(sorted(path.stem for path in ROOM.glob("*.yml")))
# Keys put together at run time: the fixed beginning, and what may follow.  A new one is added here by hand.
PREFIXES = {
    "answers.heading_", "answers.first_online_", "answers.first_", "answers.button_", "answers.channel_",
    "answers.fee_kind_", "answers.duration_", "answers.level_", "answers.",
    "appointments.weekday_", "appointments.state_",
    "booking.", "catalogue_page.", "catalogue_page.field_", "catalogue_page.layout_", "catalogue_page.action_",
    "cases.asked_",
    "counter.act_", "counter.column_", "counter.lane_", "counter.state_",
    "dossiers.part_", "dossiers.province_", "dossiers.sandbox_", "dossiers.time_", "dossiers.",
    "errors.", "notices.channel_", "notices.reminder_", "notices.reminder_consent_", "notices.watch_consent_",
    "people.", "people.ask_text_", "people.button_", "people.kind_", "people.state_", "ratings.",
    "ratings.reason_", "talk.", "talk.again_", "talk.unfinished_", "terminal.", "web.",
}  # fmt: skip
# Not keys, though they look like some: names of log lines and of a column.
OTHER_NAMES = {
    "booking.held", "booking.confirmed", "booking.moved", "booking.database", "booking.holds_expired",
    "booking.secret_paused", "appointments.id", "ratings.csv",
}  # fmt: skip
# Errors that no citizen meets: they are read by officers and operators, at import or at start.
OPERATORS = {
    ErrorCode.BAD_FILE, ErrorCode.BAD_RECORD, ErrorCode.UNKNOWN_LAYOUT, ErrorCode.OFFICER_EXISTS,
    ErrorCode.OFFICER_UNKNOWN,
}  # fmt: skip


def sources() -> list[tuple[Path, ast.Module]]:
    paths = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in paths]


TREES = sources()


def calls() -> Iterator[tuple[Path, ast.Call]]:
    """Every call of `say` itself; methods of that name are other things."""
    for path, tree in TREES:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
                yield path, node


@cache
def strings() -> set[str]:
    """Every plain string of the sources, which may be a key or the end of one."""
    return {
        node.value
        for _, tree in TREES
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


@cache
def beginnings() -> dict[str, Path]:
    """The fixed beginnings of keys put together in f-strings."""
    found: dict[str, Path] = {}
    for path, tree in TREES:
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr) and len(node.values) > 1 and isinstance(node.values[0], ast.Constant):
                start = str(node.values[0].value)
                if re.fullmatch(rf"(?:{'|'.join(AREAS)})\.\w*", start):
                    found[start] = path
    return found


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_key_written_out_exists_with_its_placeholders() -> None:
    checked = 0
    for path, call in calls():
        key = call.args[0]
        if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
            continue
        where = f"{path.relative_to(ROOT)}:{call.lineno} {key.value}"
        assert key.value in sentences(), where
        checked += 1
        if all(keyword.arg for keyword in call.keywords):  # ** is known at run time only
            assert {keyword.arg for keyword in call.keywords} == placeholders(sentences()[key.value]), where
    assert checked > 100


def test_keys_in_tables_exist() -> None:
    keys = {text for text in strings() if re.fullmatch(rf"(?:{'|'.join(AREAS)})\.[a-z][a-z0-9_]*", text)}
    assert keys - set(sentences()) - OTHER_NAMES - set(beginnings()) == set()
    assert len(keys) > 100


def test_the_beginnings_of_keys_put_together_are_known() -> None:
    unknown = {start: str(path.relative_to(ROOT)) for start, path in beginnings().items() if start not in PREFIXES}
    assert unknown == {}
    assert set(beginnings()) | {"answers.", "dossiers."} >= PREFIXES - {"errors."}


def test_every_key_is_used() -> None:
    written = strings()
    domain = yaml.safe_load((ROOT / "training_data" / "domain.yml").read_text(encoding="utf-8"))
    endings = written | {code.value for code in ErrorCode} | set(domain["intents"])
    unused = []
    for key in sentences():
        area, name = key.split(".", 1)
        begun = [
            p for p in beginnings() if key.startswith(p) and key != p and (key[len(p) :] in endings or _made(key, p))
        ]
        if key not in written and not begun and not (area == "errors" and name in endings):
            unused.append(key)
    assert unused == []


def _made(key: str, prefix: str) -> bool:
    """Endings that no string of the sources holds whole: numbers, provinces, and two values in a row."""
    ending = key[len(prefix) :]
    if prefix in ("appointments.weekday_", "dossiers.province_"):
        return re.fullmatch(r"[0-6]|H\d\d", ending) is not None
    if prefix == "catalogue_page.layout_":
        return ending == "curated"  # the layout of the YAML files, named in them alone
    if prefix == "dossiers.":
        kinds, reasons = ("late", "ended_late", "closed_late"), ("due_passed", "statutory_passed", "second_supplement")
        return ending in {f"{kind}_{reason}" for kind in kinds for reason in reasons}
    return False


@pytest.mark.parametrize("path", sorted(ROOM.glob("*.yml")), ids=lambda path: path.stem)
def test_the_files_are_clean(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert unicodedata.is_normalized("NFC", text)
    assert "\t" not in text
    assert "\u00a0" not in text
    keys = re.findall(r"^([A-Za-z]\w*):", text, re.MULTILINE)
    assert len(keys) == len(set(keys)), "a key is there twice"
    for key, sentence in yaml.safe_load(text).items():
        assert isinstance(sentence, str), f"{key}: {sentence!r} is read as {type(sentence).__name__}; put it in quotes"
        assert sentence.strip(), key
        for line in sentence.split("\n"):
            assert "  " not in line, f"{key}: two blanks"
            assert line == line.rstrip(), f"{key}: blank at the end of a line"
        assert sentence == sentence.strip(), f"{key}: `say` drops what stands around a sentence"
        assert not re.search(r" [,.;:?!](?: |$)", sentence), f"{key}: blank before a sign"
        assert all(name.isidentifier() for name in placeholders(sentence)), key


def test_every_error_a_citizen_can_meet_has_its_sentence() -> None:
    without = [code.value for code in ErrorCode if code not in OPERATORS and f"errors.{code.value}" not in sentences()]
    assert without == []
    named = {key.removeprefix("errors.") for key in sentences() if key.startswith("errors.")}
    assert named <= {code.value for code in ErrorCode}


def test_where_an_error_is_raised_its_sentence_can_be_filled() -> None:
    """`Refused(ErrorCode.X, …, limit=…)` gives what the sentence of X names; else the citizen reads the general one."""
    poor = []
    for path, tree in TREES:
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Attribute):
                continue
            first = node.args[0]
            if not (isinstance(first.value, ast.Name) and first.value.id == "ErrorCode"):
                continue
            wanted = placeholders(sentences().get(f"errors.{ErrorCode[first.attr].value}", ""))
            given = {keyword.arg for keyword in node.keywords}
            if None not in given and not wanted <= given:
                poor.append(f"{path.relative_to(ROOT)}:{node.lineno} {first.attr} wants {sorted(wanted)}")
    assert poor == []


def test_a_sentence_refuses_what_does_not_fit() -> None:
    with pytest.raises(KeyError):
        say("answers.no_such_key")
    with pytest.raises(KeyError):
        say("answers.clarify_line", number=1)
    with pytest.raises(KeyError):
        say("answers.clarify", name="thừa")


def test_an_error_without_its_values_is_told_in_general_words() -> None:
    assert say_error(BadInput(ErrorCode.TEXT_TOO_LONG, limit=500)).count("500") == 1
    assert say_error(BadInput(ErrorCode.TEXT_TOO_LONG)) == sentences()["errors.internal"]
    assert say_error(BadInput(ErrorCode.BAD_FILE, "x.yml: secret path")) == sentences()["errors.internal"]
