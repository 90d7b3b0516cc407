"""The client's half of WebSocket, as little as a load generator needs.

Knows frames and the upgrade; nothing of what is said in them. The mask is zero: the server unmasks
it like any other, and the client, who shares two cores with it, is spared the work. Source: RFC 6455.
"""

import base64
import os
from collections.abc import Mapping
from typing import Final

#: Where the server under load echoes.
ECHO_PATH: Final = "/bench/echo/"
TEXT: Final = 0x1
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA
END_OF_HEAD: Final = b"\r\n\r\n"
#: Sizes that say: two, or eight, bytes of size follow.
_SHORT: Final = 126
_LONG: Final = 127
_MASKED: Final = 0x80
_NO_MASK: Final = b"\x00\x00\x00\x00"

Frame = tuple[int, bytes]


def upgrade(path: str, headers: Mapping[str, str]) -> bytes:
    """Return the request that asks for a socket."""
    lines = [
        f"GET {path} HTTP/1.1",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def text_frame(payload: bytes) -> bytes:
    """Return one text frame from client to server; at most 65,535 bytes."""
    return frame(TEXT, payload)


def frame(opcode: int, payload: bytes) -> bytes:
    """Return one frame from client to server; at most 65,535 bytes, and 125 of a control frame."""
    size = len(payload)
    if size < _SHORT:
        return bytes((0x80 | opcode, _MASKED | size)) + _NO_MASK + payload
    return bytes((0x80 | opcode, _MASKED | _SHORT)) + size.to_bytes(2, "big") + _NO_MASK + payload


def take_frames(data: bytes) -> tuple[list[Frame], bytes]:
    """Return the whole frames at the head of the bytes, each as opcode and payload, and the rest."""
    frames: list[Frame] = []
    at = 0
    while len(data) - at >= 2:  # noqa: PLR2004 -- the shortest frame
        size, head = data[at + 1], 2
        if size == _SHORT:
            size, head = int.from_bytes(data[at + 2 : at + 4], "big"), 4
        elif size == _LONG:
            size, head = int.from_bytes(data[at + 2 : at + 10], "big"), 10
        end = at + head + size
        if end > len(data) or len(data) - at < head:
            break
        frames.append((data[at] & 0xF, data[at + head : end]))
        at = end
    return frames, data[at:]
