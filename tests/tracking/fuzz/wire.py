"""WebSocket by hand: frames good and bad, as raw bytes.

No library stands between: a library would refuse to send most of what is sent here.
Source: RFC 6455 §5.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
_LONG, _LONGER = 126, 127
_SHORT_MAX, _LONG_MAX = 125, 65_535


def handshake(port: int, session_key: str, *, origin: str | None = None) -> bytes:
    """Return the request of a browser that is signed in."""
    lines = [
        "GET /ws/track/ HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: aG91cmJvb2sgZnV6emluZw==",
        "Sec-WebSocket-Protocol: trk.v1",
        f"Origin: {origin or f'http://127.0.0.1:{port}'}",
        f"Cookie: sessionid={session_key}",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def frame(  # each keyword is one rule of the RFC that a frame may break
    opcode: int,
    payload: bytes,
    *,
    is_last: bool = True,
    is_masked: bool = True,
    reserved_bits: int = 0,
    said_length: int | None = None,
    mask: bytes = b"\0\0\0\0",
) -> bytes:
    """Return one client's frame; a mask of zeros is as good as any other, and quick."""
    length = len(payload) if said_length is None else said_length
    head = bytes([(0x80 if is_last else 0) | reserved_bits << 4 | opcode])
    mask_bit = 0x80 if is_masked else 0
    if length <= _SHORT_MAX:
        head += bytes([mask_bit | length])
    elif length <= _LONG_MAX:
        head += bytes([mask_bit | _LONG]) + struct.pack("!H", length)
    else:
        head += bytes([mask_bit | _LONGER]) + struct.pack("!Q", length)
    return head + (mask + _masked(payload, mask) if is_masked else payload)


def fragments(chance: random.Random, payload: bytes, opcode: int = TEXT) -> list[bytes]:
    """Return a message in pieces, cut anywhere, even inside a character; pings may stand between."""
    cuts = sorted(chance.randint(0, len(payload)) for _ in range(chance.randint(1, 4)))
    pieces = [payload[a:b] for a, b in zip([0, *cuts], [*cuts, len(payload)], strict=True)]
    frames = []
    for number, piece in enumerate(pieces):
        is_last = number == len(pieces) - 1
        frames.append(frame(CONTINUATION if number else opcode, piece, is_last=is_last))
        if chance.random() < 0.2:
            frames.append(frame(PING, b"still here"))
    return frames


def frames_in(buffer: bytearray) -> Iterator[tuple[int, bytes]]:
    """Take whole frames of the server (never masked, never in pieces) out of a buffer."""
    while len(buffer) >= 2:
        length, at = buffer[1] & 0x7F, 2
        if length == _LONG:
            if len(buffer) < 4:
                return
            (length,), at = struct.unpack_from("!H", buffer, 2), 4
        elif length == _LONGER:
            if len(buffer) < 10:
                return
            (length,), at = struct.unpack_from("!Q", buffer, 2), 10
        if len(buffer) < at + length:
            return
        opcode, payload = buffer[0] & 0x0F, bytes(buffer[at : at + length])
        del buffer[: at + length]
        yield opcode, payload


def _masked(payload: bytes, mask: bytes) -> bytes:
    if not any(mask):
        return payload
    return bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
