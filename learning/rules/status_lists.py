"""Status lists: one bit a credential, saying whether it is set, and nothing about whom it is of.

A list is long, and its used places lie at random among unused ones, so that who
asks for it does not say which credential they hold. Knows bits; nothing of
certificates.

Source: W3C Bitstring Status List v1.0 §2.2, §6.1 (group privacy: 131,072 entries at least).
"""

import base64
import gzip
from collections.abc import Iterable
from enum import StrEnum

#: Bits in a list.
LENGTH = 131_072
#: At most half of the places are ever used: the rest are decoys, and a free one is found in two tries.
CREDENTIALS_MOST = LENGTH // 2


class Purpose(StrEnum):
    """What a set bit says; a list has one purpose."""

    REVOCATION = "revocation"
    #: A newer page stands for it. The credential stays genuine.
    MESSAGE = "message"


def encoded(positions: Iterable[int]) -> str:
    """Return the list with the bits at these places set: GZIP, then multibase base64url.

    The same places give the same text.
    """
    bits = bytearray(LENGTH // 8)
    for position in positions:
        bits[position // 8] |= 0x80 >> (position % 8)
    return "u" + base64.urlsafe_b64encode(gzip.compress(bytes(bits), mtime=0)).rstrip(b"=").decode()
