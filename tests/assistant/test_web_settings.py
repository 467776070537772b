"""Settings of the web page, from the environment's words to what the channel is given."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.app.channels import web_options
from connectors.web import web_router
from knowledge_base.errors import Misconfigured
from tests.assistant.whole_platform import make_settings, running


def test_what_is_set_arrives(tmp_path: Path) -> None:
    (tmp_path / "theme.json").write_text(json.dumps({"vi": {"name": "Trợ lý phường"}}), "utf-8")
    options = web_options(
        make_settings(
            tmp_path,
            web_theme=str(tmp_path / "theme.json"),
            web_voice=True,
            frame_ancestors="https://a.vn, https://*.b.vn",
        )
    )
    assert options.brand is not None
    assert options.brand.words("vi").name == "Trợ lý phường"
    assert options.voice
    assert options.frame_ancestors == ("'self'", "https://a.vn", "https://*.b.vn")


def test_a_bad_theme_or_site_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="TTHC_WEB_THEME"):
        web_options(make_settings(tmp_path, web_theme=str(tmp_path / "none.json")))
    options = web_options(make_settings(tmp_path, frame_ancestors="a.vn/path"))
    with pytest.raises(Misconfigured, match=r"a\.vn/path is not an origin"):
        web_router(None, "a-key-of-these-tests-only-0123456789", options)  # type: ignore[arg-type]


def test_the_running_platform_serves_the_widget(tmp_path: Path) -> None:
    with running(tmp_path, frame_ancestors="https://a.vn") as platform:
        assert "a\\\\.vn" in platform.client.get("/widget.js").text
        assert "frame-ancestors 'self' https://a.vn" in platform.client.get("/").headers["content-security-policy"]
