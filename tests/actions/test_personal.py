from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from actions.personal import ALPHABET, PersonalKeys, clean_name, new_id, normalise_phone
from knowledge_base.errors import BadInput, ErrorCode, Misconfigured
from tests.actions.appointments.conftest import BOOKING_KEY, DATA_KEY

KEYS = PersonalKeys(BOOKING_KEY, DATA_KEY)


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("0912345678", "0912345678"),
        (" 0912 345 678 ", "0912345678"),
        ("0912.345.678", "0912345678"),
        ("(091) 234-5678", "0912345678"),
        ("+84912345678", "0912345678"),
        ("+84 (0) 912 345 678", "0912345678"),
        ("84912345678", "0912345678"),
        ("0084912345678", "0912345678"),
        ("０９１２３４５６７８", "0912345678"),
        ("024 3825 3536", "02438253536"),
        ("+84 24 3825 3536", "02438253536"),
    ],
)
def test_phones(said: str, number: str) -> None:
    assert normalise_phone(said) == number


@pytest.mark.parametrize(
    "said",
    ["", "abc", "12345", "0112345678", "091234567", "09123456789", "01234567890", "+1 202 555 0123", "0912345678x"],
)
def test_malformed_phones(said: str) -> None:
    with pytest.raises(BadInput) as caught:
        normalise_phone(said)
    assert caught.value.code is ErrorCode.PHONE_MALFORMED
    assert said == "" or said not in str(caught.value)


@given(st.text())
def test_any_text_is_a_phone_or_refused(said: str) -> None:
    try:
        number = normalise_phone(said)
    except BadInput:
        return
    assert number.isascii()
    assert number[0] == "0"
    assert len(number) in (10, 11)
    assert normalise_phone(number) == number


def test_names() -> None:
    assert clean_name("  Nguyễn \u200b Thị\nHoà ") == "Nguyễn Thị Hoà"
    assert clean_name(" \u0000 ") is None
    assert clean_name(None) is None
    assert len(clean_name("a" * 500) or "") == 80


def test_encryption_and_key_change() -> None:
    token = KEYS.encrypt("0912345678")
    newest = Fernet.generate_key().decode()
    rotated = PersonalKeys(BOOKING_KEY, f"{newest}, {DATA_KEY}")
    assert rotated.decrypt(token) == "0912345678"
    assert PersonalKeys(BOOKING_KEY, newest).decrypt(rotated.encrypt("x")) == "x"
    with pytest.raises(Misconfigured):
        PersonalKeys(BOOKING_KEY, newest).decrypt(token)


@pytest.mark.parametrize(("booking", "data"), [("short", DATA_KEY), (BOOKING_KEY, "no key"), (BOOKING_KEY, "")])
def test_bad_keys_are_refused_at_start(booking: str, data: str) -> None:
    with pytest.raises(Misconfigured):
        PersonalKeys(booking, data)


def test_hashes_depend_on_key_and_purpose() -> None:
    assert KEYS.hash("phone", "0912345678") == KEYS.hash("phone", "0912345678")
    assert KEYS.hash("phone", "0912345678") != KEYS.hash("field", "0912345678")
    assert KEYS.hash("phone", "0912345678") != PersonalKeys("z" * 32, DATA_KEY).hash("phone", "0912345678")
    assert KEYS.hash("a", "b", "c") != KEYS.hash("a", "bc")


def test_secrets() -> None:
    codes = {KEYS.secret(new_id()) for _ in range(500)}
    assert len(codes) == 500
    assert all(len(code) >= 6 and set(code) <= set(ALPHABET) for code in codes)
    assert not set("01OILU") & set(ALPHABET)
    said = KEYS.secret("a")
    assert KEYS.secret_hash("a", f" {said[:4].lower()}-{said[4:]} ") == KEYS.secret_hash("a", said)
    assert KEYS.secret_hash("b", said) != KEYS.secret_hash("a", said)
