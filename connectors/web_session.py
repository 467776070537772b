"""Who is talking on the web: signed conversation tokens, and which web origins may open a conversation.

A token is `<id>.<issued>.<mac>`: 128 random bits, the second of issue (Unix time, hexadecimal), and an HMAC-SHA256 over
both.  The server keeps nothing: whoever holds the token is the conversation, nobody else can make or guess one, and it
ends by itself after `days`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from actions.clock import Clock
from knowledge_base.errors import ErrorCode, Misconfigured, Refused

CHANNEL = "web"
SECRET_MIN = 16  # characters; a shorter key can be searched through
_PURPOSE = b"tthc-web-session-v1"
_SHAPE = re.compile(r"(?P<id>[A-Za-z0-9_-]{22})\.(?P<issued>[0-9a-f]{1,10})\.(?P<mac>[A-Za-z0-9_-]{43})", re.ASCII)
_CLOCK_SKEW_S = 300  # several machines need not agree to the second


@dataclass(frozen=True)
class Session:
    """A conversation as the browser knows it (`token`) and as the assistant does (`conversation`, `web:<id>`)."""

    token: str
    conversation: str


class Sessions:
    """Issues and reads tokens.

    Raises:
        Misconfigured: the secret is shorter than `SECRET_MIN` characters.
    """

    def __init__(self, secret: str, clock: Clock, days: int = 30) -> None:
        if len(secret) < SECRET_MIN:
            raise Misconfigured(ErrorCode.MISCONFIGURED, f"the web key needs {SECRET_MIN} characters or more")
        # a key of its own, so that a token of this room can never pass as a signature elsewhere
        self._key = hmac.new(secret.encode(), _PURPOSE, hashlib.sha256).digest()
        self._clock = clock
        self._life_s = days * 86_400

    def issue(self) -> Session:
        body = f"{secrets.token_urlsafe(16)}.{int(self._clock.now().timestamp()):x}"
        return Session(f"{body}.{self._sign(body)}", f"{CHANNEL}:{body.partition('.')[0]}")

    def read(self, token: str) -> Session:
        """The session of a token.

        Raises:
            Refused: `session_unknown` for a token that is malformed, forged or too old; the caller is not told which.
        """
        parts = _SHAPE.fullmatch(token)
        if parts is None:
            raise Refused(ErrorCode.SESSION_UNKNOWN, "malformed")
        body = f"{parts['id']}.{parts['issued']}"
        if not hmac.compare_digest(parts["mac"], self._sign(body)):
            raise Refused(ErrorCode.SESSION_UNKNOWN, "forged")
        age = self._clock.now().timestamp() - int(parts["issued"], 16)
        if not -_CLOCK_SKEW_S <= age <= self._life_s:
            raise Refused(ErrorCode.SESSION_UNKNOWN, "expired")
        return Session(token, f"{CHANNEL}:{parts['id']}")

    def _sign(self, body: str) -> str:
        mac = hmac.new(self._key, body.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def bearer(header: str | None) -> str:
    """The token of an `Authorization: Bearer …` header, or "" when there is none."""
    scheme, _, token = (header or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def origin_allowed(origin: str | None, host: str | None, others: Iterable[str]) -> bool:
    """Whether a page of `origin` may talk to us: it is our own `Host`, or one of `others` (`https://…`).

    The scheme is left out of the comparison with our own host, because a proxy that ends TLS speaks plain HTTP to us.
    """
    if not origin:
        return False
    wanted = _parts(origin)
    if wanted is None:
        return False
    if host and wanted[1] == _netloc(host.lower()):
        return True
    return any(wanted == _parts(other) for other in others)


def _parts(origin: str) -> tuple[str, str] | None:
    """(scheme, host[:port]) of an http(s) origin, default ports left out; None for anything else (`null`, `file:`)."""
    try:
        split = urlsplit(origin.strip().lower())
    except ValueError:
        return None
    if split.scheme not in ("http", "https") or not split.netloc or split.path.strip("/") or "@" in split.netloc:
        return None
    return split.scheme, _netloc(split.netloc)


def _netloc(netloc: str) -> str:
    return re.sub(r":(80|443)$", "", netloc)
