"""Addresses as hashes: equal where one person stands behind them, empty where nobody knows."""

from __future__ import annotations

import pytest

from assistant.addresses import Addresses

HASH = Addresses("k" * 32).hash


def test_the_same_address_has_the_same_hash() -> None:
    assert HASH("203.0.113.9") == HASH("203.0.113.9") == HASH("::ffff:203.0.113.9")
    assert len(HASH("203.0.113.9")) == 32
    assert HASH("203.0.113.9") != HASH("203.0.113.10")
    assert HASH("203.0.113.9") != Addresses("x" * 32).hash("203.0.113.9")


def test_an_ipv6_net_is_one_household() -> None:
    assert HASH("2001:db8:1:2::1") == HASH("2001:db8:1:2:ffff::9") == HASH("2001:db8:1:2::1%eth0")
    assert HASH("2001:db8:1:2::1") != HASH("2001:db8:1:3::1")


@pytest.mark.parametrize("host", [None, "", "testclient", "127.0.0.1", "::1", "0.0.0.0", "::", "1.2.3"])  # noqa: S104
def test_what_nobody_knows(host: str | None) -> None:
    assert HASH(host) == ""
