"""The counter page's words: every key used exists, every word is used, the Vietnamese is clean."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from actions.appointments.counter_port import ActKind, Lane, VisitState
from assistant.staff import routes
from assistant.staff.officers import Role

PAGE = Path(routes.__file__).parent / "page"
SCRIPTS = "\n".join(path.read_text("utf-8") for path in sorted(PAGE.glob("*.js")))
INDEX = (PAGE / "index.html").read_text("utf-8")


def flat(group: dict[str, Any], start: str = "") -> Iterator[tuple[str, str]]:
    for name, value in group.items():
        if isinstance(value, dict):
            yield from flat(value, f"{start}{name}.")
        else:
            yield start + name, value


WORDS = dict(flat(json.loads((PAGE / "strings.vi.json").read_text("utf-8"))))
WRITTEN = set(re.findall(r'"([a-z_]+(?:\.[a-z_]+)+)"', SCRIPTS)) | set(re.findall(r"\{\{([a-z_.]+)\}\}", INDEX))
MADE = set(re.findall(r"t\(`([a-z_.]+)\$\{", SCRIPTS))


NO_WORDS = {"static", "strings.vi.json", "tthc.theme"}  # an address, a file, a name in the browser's storage


def test_every_key_used_exists() -> None:
    assert WRITTEN - set(WORDS) - NO_WORDS == set()
    for start in MADE:
        assert any(key.startswith(start) for key in WORDS), start


def test_every_word_is_used() -> None:
    assert [key for key in WORDS if key not in WRITTEN and not any(key.startswith(start) for start in MADE)] == []


def test_every_value_of_the_server_has_its_word() -> None:
    wanted = [
        *(f"trail.kinds.{kind.value}" for kind in ActKind),
        *(f"visit.states.{state.value}" for state in VisitState),
        *(f"{group}.{lane.value}" for lane in Lane for group in ("lane", "done.lanes")),
        *(f"menu.{role.value}" for role in Role),
    ]
    assert [key for key in wanted if key not in WORDS] == []
    codes = re.search(r"WORDS_OF_OUR_OWN = new Set\(\[([^\]]+)\]", SCRIPTS)
    assert codes
    assert {f"refused.{code}" for code in re.findall(r"\w+", codes[1])} == {
        k for k in WORDS if k.startswith("refused.")
    }


def test_the_words_are_clean() -> None:
    for key, text in WORDS.items():
        assert unicodedata.is_normalized("NFC", text), key
        assert text == text.strip() or key == "done.at_desk", key
        assert "  " not in text, key
        assert not re.search(r" [,.;:?!](?: |$)", text), key
