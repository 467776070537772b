"""What every plain page of the platform must keep: as strict a policy as the chat's, and nothing that it would stop."""

from __future__ import annotations

import base64
import hashlib
import re

from httpx import Response

DIRECTIVES = ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'")


def check_plain_page(page: Response, sends: str = "'none'") -> None:
    """`sends`: where its forms may go."""
    policy = [directive.strip() for directive in page.headers["content-security-policy"].split(";")]
    assert {*DIRECTIVES, f"form-action {sends}"} <= set(policy)
    assert "unsafe" not in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    [style] = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy  # the page's own style, to the letter, and no other
    assert "<script" not in page.text
    assert not re.search(r"<[^>]*\s(?:style|src|on\w+)=", page.text)
    assert not re.search(r"<link|href=[\"'](?!https://)", page.text)
