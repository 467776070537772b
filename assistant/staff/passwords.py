"""Passwords of officers: scrypt (RFC 7914) with a salt each, compared in constant time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import unicodedata
from functools import cache

from knowledge_base.errors import BadInput, ErrorCode

LEAST = 12  # characters
MOST = 128
_COST, _BLOCK, _LANES = 15, 8, 3  # 32 MB; of equal strength to 2^17, 8, 1 with a quarter of its memory
_MEMORY = 64 * 1024 * 1024
_SALT = 16
_ALPHABET = "abcdefghjkmnpqrstvwxyz23456789"


def hash_password(password: str) -> str:
    """`scrypt$<log2 n>$<r>$<p>$<salt>$<hash>`.  Takes about 0.3 s and 32 MB."""
    salt = secrets.token_bytes(_SALT)
    parts = [_COST, _BLOCK, _LANES, _text(salt), _text(_derive(password, salt, _COST, _BLOCK, _LANES))]
    return "scrypt$" + "$".join(map(str, parts))


def matches(password: str, kept: str) -> bool:
    """Whether `password` is the one behind `kept`; an unknown shape matches nothing."""
    try:
        kind, cost, block, lanes, salt, digest = kept.split("$")
        wanted = base64.b64decode(digest, validate=True)
        derived = _derive(password, base64.b64decode(salt, validate=True), int(cost), int(block), int(lanes))
    except ValueError:
        return False
    return kind == "scrypt" and hmac.compare_digest(derived, wanted)


@cache
def nobody() -> str:
    """A hash that no password fits, so that an unknown name takes as long as a wrong password."""
    return hash_password(secrets.token_urlsafe(32))


def random_password() -> str:
    """Twenty letters and digits in four groups, about 97 bits: to be read from paper once."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(4))


def check_strength(password: str, username: str) -> None:
    """Length counts, not signs (NIST SP 800-63B).  Raises: BadInput(BAD_REQUEST) with the reason."""
    if not LEAST <= len(password) <= MOST:
        raise BadInput(ErrorCode.BAD_REQUEST, f"a password has {LEAST} to {MOST} characters")
    if username.lower() in password.lower() or len(set(password)) < LEAST // 2:
        raise BadInput(ErrorCode.BAD_REQUEST, "this password is too easy to guess")


def _derive(password: str, salt: bytes, cost: int, block: int, lanes: int) -> bytes:
    plain = unicodedata.normalize("NFKC", password).encode()
    return hashlib.scrypt(plain, salt=salt, n=2**cost, r=block, p=lanes, maxmem=_MEMORY, dklen=32)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
