"""The theme file, and who may embed: what is taken, what is refused and by which name."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from connectors.web import WebOptions, web_router
from connectors.web_files import PAGE
from connectors.web_pages import parent_pattern
from connectors.web_theme import contrast, load_brand
from knowledge_base.errors import Misconfigured


class Nobody:
    """The files need no assistant."""


def client(options: WebOptions) -> TestClient:
    app = FastAPI()
    app.include_router(web_router(Nobody(), "a-key-of-these-tests-only-0123456789", options))  # type: ignore[arg-type]
    return TestClient(app)


def theme_file(folder: Path, content: Any) -> Path:
    path = folder / "theme.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


def test_the_centers_own_brand_is_that_of_the_stylesheet() -> None:
    colours = load_brand().theme.colours
    tokens = (PAGE / "tokens.css").read_text("utf-8").split('data-theme="dark"')[0]
    assert f"--navy: {colours.primary};" in tokens
    assert f"--navy-deep: {colours.deep};" in tokens
    assert f"--navy-soft: {colours.soft};" in tokens


def test_both_languages_have_the_same_words() -> None:
    def keys(table: Any, path: str = "") -> set[str]:
        if isinstance(table, dict):
            return {key for name, part in table.items() for key in keys(part, f"{path}.{name}")}
        return {f"{path}: {sorted(re.findall(r'{[a-z]+}', table)) if isinstance(table, str) else len(table)}"}

    vi, en = (json.loads((PAGE / f"strings.{name}.json").read_text("utf-8")) for name in ("vi", "en"))
    assert keys(vi) == keys(en)
    starters = [item.get("title") for item in vi["greeting"]["starters"]]
    assert starters == [item["text"] for item in en["greeting"]["starters"]]


def test_a_theme_says_only_what_differs(tmp_path: Path) -> None:
    path = theme_file(tmp_path, {"colours": {"primary": "#1B5E20"}, "vi": {"name": "Trợ lý phường"}})
    web = client(WebOptions(brand=load_brand(path)))
    served = web.get("/static/chat/theme.json").json()
    assert served["colours"]["primary"] == "#1b5e20"
    assert served["colours"]["deep"] == "#10305c"
    assert "--navy: #1b5e20;" in web.get("/static/chat/theme.css").text
    assert "<h1>Trợ lý phường</h1>" in web.get("/").text
    assert "<h1>Public service assistant</h1>" in web.get("/?lang=en").text
    assert "#1b5e20" in web.get("/widget.js").text
    assert web.get("/static/chat/mark.svg").status_code == 200


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("{", "file: JSONDecodeError"),
        ([], "file: not an object"),
        ({"colors": {}}, "colors"),
        ({"colours": {"primary": "blue"}}, "colours.primary"),
        ({"colours": {"primary": "#123456; } body { display: none"}}, "colours.primary"),
        ({"colours": {"primary": "#ffcc00"}}, "colours.primary: 1.5:1 against #ffffff, less than 4.5:1"),
        ({"colours": {"dark_accent": "#17457f"}}, "colours.dark_accent"),
        ({"colours": "navy"}, "colours"),
        ({"vi": {"name": ""}}, "vi.name"),
        ({"vi": {"greeting": "x" * 401}}, "vi.greeting"),
        ({"logo": "../../etc/passwd"}, "logo"),
        ({"logo": "missing.svg"}, "logo: FileNotFoundError"),
        ({"logo": "theme.png"}, "logo: FileNotFoundError"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(tmp_path: Path, content: Any, named: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        load_brand(theme_file(tmp_path, content))
    assert "TTHC_WEB_THEME" in caught.value.detail
    assert named in caught.value.detail


def test_a_logo_must_be_an_image_of_little_weight(tmp_path: Path) -> None:
    path = theme_file(tmp_path, {"logo": "logo.svg"})
    (tmp_path / "logo.svg").write_text("hello")
    with pytest.raises(Misconfigured, match="not a svg image"):
        load_brand(path)
    (tmp_path / "logo.svg").write_text("<svg>" + " " * 30_000)
    with pytest.raises(Misconfigured, match="larger than"):
        load_brand(path)


def test_a_missing_theme_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="FileNotFoundError"):
        load_brand(tmp_path / "none.json")


def test_contrast() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(
    ("source", "yes", "no"),
    [
        ("https://a.vn", ["https://a.vn"], ["http://a.vn", "https://a.vn.evil", "https://b.a.vn", "https://axvn"]),
        ("https://*.a.vn", ["https://b.a.vn", "https://c.b.a.vn"], ["https://a.vn", "https://evila.vn"]),
        ("http://a.vn:8080", ["http://a.vn:8080"], ["http://a.vn", "http://a.vn:80801"]),
        ("https://a.vn:443", ["https://a.vn"], ["https://a.vn:4433"]),
        ("'self'", [], ["null", "", "https://a.vn"]),
    ],
)
def test_origins_that_may_embed(source: str, yes: list[str], no: list[str]) -> None:
    pattern = re.compile(parent_pattern([source]))
    assert all(pattern.search(origin) for origin in yes)
    assert not any(pattern.search(origin) for origin in no)


@pytest.mark.parametrize("source", ["a.vn", "*", "https://a.vn/path", "https:", "https://a.vn; script-src *"])
def test_what_is_no_origin_is_refused_by_name(source: str) -> None:
    with pytest.raises(Misconfigured, match="TTHC_FRAME_ANCESTORS"):
        client(WebOptions(frame_ancestors=("'self'", source)))


def test_no_module_waits_for_another_to_be_asked_for() -> None:
    page = (PAGE / "index.html").read_text("utf-8")
    modules = [path.name for path in PAGE.glob("*.js") if path.name not in ("display.js", "chat.js")]
    assert [name for name in modules if f'rel="modulepreload" href="{{{{static}}}}/{name}"' not in page] == []
    assert page.count("modulepreload") == len(modules)


def test_the_widget_script() -> None:
    web = client(WebOptions(frame_ancestors=("'self'", "https://city.example")))
    answer = web.get("/widget.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    assert "{{" not in answer.text
    assert r'"^(https://city\\.example)$"' in answer.text
    plain = web.get("/widget.js", headers={"Accept-Encoding": "identity"})
    assert plain.content == answer.content
    assert plain.headers["etag"] != answer.headers["etag"]


def test_the_microphone_is_shut_unless_allowed() -> None:
    assert "microphone=()" in client(WebOptions()).get("/").headers["permissions-policy"]
    assert "microphone=(self)" in client(WebOptions(voice=True)).get("/").headers["permissions-policy"]
