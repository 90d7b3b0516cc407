"""Networks: which sittings of one day came from the same place, without keeping where that is.

What is kept is a keyed digest of the address's network (its first 24 bits, or 48 of an IPv6 address)
and the day: it tells the same from another on one day, and nothing else. Source: docs/decisions/0014.
"""

import hashlib
import hmac
from datetime import date
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address, ip_network

KEY_BYTES = 16
_PREFIX_BITS = {4: 24, 6: 48}


def network_key(address: str, *, on: date, secret: str) -> bytes:
    """Return the day's key of the address's network; empty for what is no address."""
    try:
        host = ip_address(address)
    except (ValueError, AddressValueError):
        return b""
    network = ip_network((_plain(host), _PREFIX_BITS[_plain(host).version]), strict=False)
    text = f"network:{on.isoformat()}:{network}"
    return hmac.digest(secret.encode(), text.encode(), hashlib.sha256)[:KEY_BYTES]


def _plain(host: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return an IPv4 address that came dressed as IPv6 as what it is."""
    return (host.ipv4_mapped or host) if isinstance(host, IPv6Address) else host
