"""The load generator's half of WebSocket."""

import pytest

from tracking.management.load import wire


def of_server(opcode: int, payload: bytes) -> bytes:
    """Return a frame as a server sends it: without a mask."""
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, size)) + payload
    if size < 65_536:
        return bytes((0x80 | opcode, 126)) + size.to_bytes(2, "big") + payload
    return bytes((0x80 | opcode, 127)) + size.to_bytes(8, "big") + payload


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
def test_take_frames_finds_a_frame_of_any_size(size: int) -> None:
    frames, rest = wire.take_frames(of_server(wire.TEXT, b"x" * size) + b"\x81")

    assert frames == [(wire.TEXT, b"x" * size)]
    assert rest == b"\x81"


@pytest.mark.parametrize("payload", [b"hello", b"y" * 300, b"z" * 70_000])
def test_take_frames_leaves_what_is_not_whole(payload: bytes) -> None:
    whole = of_server(wire.TEXT, payload)

    for cut in (1, 2, 3, 5, len(whole) - 1):
        assert wire.take_frames(whole[:cut]) == ([], whole[:cut])


def test_frame_is_masked_and_told_by_its_kind() -> None:
    assert wire.frame(wire.PONG, b"ab") == bytes((0x8A, 0x82, 0, 0, 0, 0)) + b"ab"
    assert wire.text_frame(b"q" * 126) == bytes((0x81, 0xFE, 0, 126, 0, 0, 0, 0)) + b"q" * 126
