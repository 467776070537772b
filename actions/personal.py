"""Personal data of an appointment: phone numbers, keyed hashes, encryption, secret codes.

Nothing here is logged.  Rule: Luật 91/2025/QH15 and Nghị định 356/2025/NĐ-CP (least data, proof of consent).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import unicodedata

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from knowledge_base.errors import BadInput, ErrorCode, Misconfigured

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0 O, 1 I L, U: read aloud and copied by hand
SECRET_LENGTH = 8
NAME_LIMIT = 80
KEY_LENGTH = 32
_VIEW_KEY_LENGTH = 20

_PHONE_FILLER = re.compile(r"[\s.\-()/]")
_COUNTRY = re.compile(r"^(?:\+84|0084|84(?=\d{9,10}$))0?")
# Mobile: 10 digits since 2018 (Quyết định 798/QĐ-BTTTT); fixed: 02 and nine more.
_PHONE = re.compile(r"^(?:0[35789]\d{8}|02\d{9})$")
_NOT_SECRET = re.compile(r"[^0-9A-Z]")


def normalise_phone(said: str) -> str:
    """A Vietnamese number as `0xxxxxxxxx` (fixed lines: 11 digits), from any usual way to write it.

    Raises: BadInput(PHONE_MALFORMED).
    """
    plain = _PHONE_FILLER.sub("", unicodedata.normalize("NFKC", said))
    national = _COUNTRY.sub("0", plain)
    if not (national.isascii() and _PHONE.match(national)):
        raise BadInput(ErrorCode.PHONE_MALFORMED)
    return national


def clean_name(said: str | None) -> str | None:
    """One line without control characters, cut at 80 characters; None when nothing is left."""
    if not said:
        return None
    letters = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in unicodedata.normalize("NFC", said))
    return " ".join(letters.split())[:NAME_LIMIT] or None


class PersonalKeys:
    """Keyed hashes and encryption.

    `booking_key`: 32 characters or more; hashes made with another key no longer match.  `data_keys`: Fernet keys,
    newest first, comma separated; all of them decrypt, the first encrypts.

    Raises: Misconfigured.
    """

    def __init__(self, booking_key: str, data_keys: str) -> None:
        if len(booking_key) < KEY_LENGTH:
            raise Misconfigured(ErrorCode.MISCONFIGURED, f"TTHC_BOOKING_KEY: wants {KEY_LENGTH} characters or more")
        try:
            self._fernet = MultiFernet([Fernet(key.strip()) for key in data_keys.split(",") if key.strip()])
        except ValueError as error:
            raise Misconfigured(ErrorCode.MISCONFIGURED, "TTHC_PERSONAL_DATA_KEY: not Fernet keys") from error
        self._key = booking_key.encode()

    def hash(self, purpose: str, *parts: str) -> str:
        """64 hex digits of HMAC-SHA256; `purpose` keeps hashes of different uses apart."""
        return self._mac(purpose, *parts).hex()

    def encrypt(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, token: str) -> str:
        """Raises: Misconfigured, when no key fits."""
        try:
            return self._fernet.decrypt(token.encode()).decode()
        except InvalidToken as error:
            raise Misconfigured(ErrorCode.MISCONFIGURED, "TTHC_PERSONAL_DATA_KEY: a key in use is missing") from error

    def secret(self, appointment_id: str) -> str:
        """The secret code of an appointment, the same each time: a repeated request gets the same answer without
        the code being stored.  About 39 bits; tries are limited."""
        digest = int.from_bytes(self._mac("secret", appointment_id))
        return "".join(ALPHABET[(digest // len(ALPHABET) ** place) % len(ALPHABET)] for place in range(SECRET_LENGTH))

    def secret_hash(self, appointment_id: str, said: str) -> str:
        """What is stored of a code.  Case, blanks and dashes do not matter."""
        plain = _NOT_SECRET.sub("", unicodedata.normalize("NFKC", said).upper())
        return self.hash("secret-hash", appointment_id, plain)

    def view_key(self, appointment_id: str) -> str:
        """Opens the ticket read-only: it goes into links and QR codes, where the secret must not."""
        return self.hash("view", appointment_id)[:_VIEW_KEY_LENGTH]

    def _mac(self, purpose: str, *parts: str) -> bytes:
        return hmac.new(self._key, "\x1f".join((purpose, *parts)).encode(), hashlib.sha256).digest()


def new_id() -> str:
    """80 random bits as 16 lower-case letters and digits."""
    return base64.b32encode(secrets.token_bytes(10)).decode().lower()
