"""Network addresses as keyed hashes: equal addresses can be counted, and nobody reads one out of memory or a log."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress

_PURPOSE = b"tthc-address-v1"
IPV6_NET = 64  # bits: what one household or phone is given; within it addresses cost nothing


class Addresses:
    """`secret` must be the same on all machines."""

    def __init__(self, secret: str) -> None:
        # a key of its own, so that a hash of this room can never pass as a signature elsewhere
        self._key = hmac.new(secret.encode(), _PURPOSE, hashlib.sha256).digest()

    def hash(self, host: str | None) -> str:
        """32 hexadecimal digits; empty for what is no address, and for this machine itself.

        Everybody behind a proxy that does not tell addresses on looks like this machine: they must not be counted
        as one.
        """
        try:
            address = ipaddress.ip_address((host or "").partition("%")[0])
        except ValueError:
            return ""
        address = getattr(address, "ipv4_mapped", None) or address
        if address.is_loopback or address.is_unspecified:
            return ""
        if address.version == 6:
            address = ipaddress.ip_network((address, IPV6_NET), strict=False).network_address
        return hmac.new(self._key, address.packed, hashlib.sha256).hexdigest()[:32]
