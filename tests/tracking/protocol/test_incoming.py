"""Messages from a player: each kind parsed, each deviation refused with its code."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracking.protocol import (
    Answer,
    Beat,
    Bye,
    ErrorCode,
    MalformedMessage,
    Open,
    PreviousClaims,
    parse,
)
from tracking.protocol.limits import BEAT_MAX_BYTES, MESSAGE_MAX_BYTES

KEY = "3f0a4c1e-5b6d-4e7f-8a9b-0c1d2e3f4a5b"
BEAT: dict[str, Any] = {
    "t": "hb", "q": 7, "c": [[0, 15], [30, 31]], "pt": 16_000, "p": 31, "s": "p", "f": 8,
}  # fmt: skip
BYE = {**BEAT, "t": "bye", "why": "unload"}
ANSWER: dict[str, Any] = {"t": "ans", "id": "c-1", "v": "在", "ms": 2_300}
OPEN: dict[str, Any] = {
    "t": "open", "v": 1, "ticket": "abc:def", "dev": "d1", "take": True, "resume": KEY,
    "prev": {"sid": KEY, "c": [[5, 9]]},
}  # fmt: skip
MISSING = object()


def code_of(raw: bytes | str) -> ErrorCode | None:
    try:
        parse(raw)
    except MalformedMessage as malformed:
        return malformed.code
    return None


def changed(message: dict[str, Any], name: str, value: Any) -> str:
    fields = {**message, name: value}
    return json.dumps({key: value for key, value in fields.items() if value is not MISSING})


def test_parse_reads_a_beat() -> None:
    assert parse(json.dumps(BEAT)) == Beat(7, ((0, 15), (30, 31)), 16_000, 31, "p", 8)


def test_parse_reads_a_bye() -> None:
    assert parse(json.dumps(BYE)) == Bye(7, ((0, 15), (30, 31)), 16_000, 31, "p", 8, "unload")


def test_parse_reads_an_answer_as_bytes_too() -> None:
    assert parse(json.dumps(ANSWER, ensure_ascii=False).encode()) == Answer("c-1", "在", 2_300)


def test_parse_reads_an_open() -> None:
    assert parse(json.dumps(OPEN)) == Open(
        ticket="abc:def", device="d1", is_takeover=True, resume=KEY, previous=PreviousClaims(KEY, ((5, 9),))
    )


@pytest.mark.parametrize("absent", [MISSING, None], ids=["left_out", "null"])
def test_parse_lets_an_open_leave_out_what_it_has_not(absent: object) -> None:
    message = {"t": "open", "v": 1, "ticket": "abc", "dev": "d1", "resume": absent, "prev": absent}
    fields = {name: value for name, value in message.items() if value is not MISSING}

    assert parse(json.dumps(fields)) == Open("abc", "d1", is_takeover=False, resume=None, previous=None)


@pytest.mark.parametrize(
    ("message", "name"),
    [(message, name) for message in (BEAT, BYE, ANSWER) for name in message]
    + [(OPEN, name) for name in ("t", "v", "ticket", "dev")],
    ids=lambda value: value["t"] if isinstance(value, dict) else value,
)
@pytest.mark.parametrize(
    "value",
    [MISSING, None, True, 1.5, -1, 2**63, "", "\ud800", "\0", [], {}, [[]], {"t": {}}],
    ids=[
        "left_out", "null", "true", "fraction", "negative", "huge", "empty", "surrogate", "nul",
        "list", "object", "nested", "deep",
    ],
)  # fmt: skip
def test_parse_refuses_a_field_of_the_wrong_kind(message: dict[str, Any], name: str, value: Any) -> None:
    # No claims and an empty answer are good messages.
    is_good = (name == "c" and value == []) or (message is ANSWER and name == "v" and value == "")
    code = None if is_good else ErrorCode.BAD_MESSAGE

    assert code_of(changed(message, name, value)) is code


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("take", 1),
        ("take", None),
        ("resume", "not-a-uuid"),
        ("resume", KEY.upper()),
        ("resume", "3f0a4c1e-5b6d-1e7f-8a9b-0c1d2e3f4a5b"),
        ("prev", []),
        ("prev", {"sid": KEY}),
        ("prev", {"sid": KEY, "c": [], "x": 1}),
        ("dev", "d" * 65),
        ("dev", "with space"),
        ("ticket", "t" * 2_049),
    ],
)
def test_parse_refuses_a_wrong_open(name: str, value: Any) -> None:
    assert code_of(changed(OPEN, name, value)) is ErrorCode.BAD_MESSAGE


def test_parse_says_that_the_version_is_another() -> None:
    assert code_of('{"t":"open","v":2,"new":"field"}') is ErrorCode.VERSION


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ([[0, 1]] * 16, None),
        ([[0, 1]] * 17, ErrorCode.BAD_MESSAGE),
        ([[0]], ErrorCode.BAD_MESSAGE),
        ([[0, 1, 2]], ErrorCode.BAD_MESSAGE),
        ([[False, True]], ErrorCode.BAD_MESSAGE),
        ([["0", "1"]], ErrorCode.BAD_MESSAGE),
        ([{"0": 1}], ErrorCode.BAD_MESSAGE),
        ([[5, 5]], ErrorCode.BAD_RANGE),
        ([[9, 5]], ErrorCode.BAD_RANGE),
        ([[-1, 5]], ErrorCode.BAD_RANGE),
        ([[0, 86_401]], ErrorCode.BAD_RANGE),
    ],
)
def test_parse_bounds_claims(claims: Any, code: ErrorCode | None) -> None:
    assert code_of(changed(BEAT, "c", claims)) is code


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "null",
        "[]",
        '"hb"',
        "{",
        "{}",
        '{"t":"nope"}',
        '{"t":["hb"]}',
        '{"t":"ans","id":"a","id":"a","v":"","ms":1}',
        '{"t":"ans","id":"a","v":"","ms":NaN}',
        '{"t":"ans","id":"a","v":"","ms":-Infinity}',
        '{"t":"ans","id":"a","v":"","ms":1e3}',
        '{"t":"ans","id":"a","v":"","ms":1.0}',
        '{"t":"ans","id":"a","v":"","ms":' + "9" * 4_000 + "}",
        '{"t":"ans","id":"a","v":"","ms":1,"x":1}',
        '{"t":"ans","id":"a","v":"","ms":1} trailing',
        "[" * MESSAGE_MAX_BYTES,
        '{"a":' * (MESSAGE_MAX_BYTES // 5),
        '{"t":"ans","id":"a","v":' + "[" * 2_000 + "]" * 2_000 + ',"ms":1}',
        b"\xff\xfe",
        b'\xef\xbb\xbf{"t":"ans","id":"a","v":"","ms":1}',
        '{"t":"ans","id":"a","v":"\ud800","ms":1}',
    ],
    ids=lambda raw: repr(raw)[:40],
)
def test_parse_refuses_what_is_no_message(raw: bytes | str) -> None:
    assert code_of(raw) is ErrorCode.BAD_MESSAGE


@pytest.mark.parametrize(("message", "limit"), [(BEAT, BEAT_MAX_BYTES), (OPEN, MESSAGE_MAX_BYTES)], ids=["hb", "open"])
@pytest.mark.parametrize("is_bytes", [False, True], ids=["text", "bytes"])
def test_parse_bounds_the_size(message: dict[str, Any], limit: int, *, is_bytes: bool) -> None:
    text = json.dumps(message)
    full = text + " " * (limit - len(text))

    assert code_of(full.encode() if is_bytes else full) is None
    assert code_of((full + " ").encode() if is_bytes else full + " ") is ErrorCode.TOO_BIG


def test_parse_counts_bytes_not_characters() -> None:
    text = json.dumps({**ANSWER, "v": "学" * 256}, ensure_ascii=False)
    padded = text + " " * (MESSAGE_MAX_BYTES - len(text))

    assert code_of(padded) is ErrorCode.TOO_BIG


def test_parse_bounds_an_answer() -> None:
    assert code_of(changed(ANSWER, "v", "学" * 256)) is None
    assert code_of(changed(ANSWER, "v", "学" * 257)) is ErrorCode.BAD_MESSAGE


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(max_size=4), children),
    max_leaves=20,
)
NAMES = st.sampled_from(["t", "q", "c", "pt", "p", "s", "f", "v", "id", "ms", "why", "take", "resume", "prev", "dev"])


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """Return a good message with some fields replaced and some text cut or doubled."""
    message = draw(st.sampled_from([BEAT, BYE, ANSWER, OPEN]))
    text = json.dumps({**message, **draw(st.dictionaries(NAMES, JSON, max_size=3))})
    from_at = draw(st.integers(0, len(text)))
    to_at = draw(st.integers(from_at, len(text)))
    return text[:from_at] + draw(st.sampled_from(["", text[from_at:to_at] * 2])) + text[to_at:]


@given(st.one_of(st.binary(max_size=5_000), st.text(max_size=5_000), JSON.map(json.dumps), damaged()))
@example(b"[" * 4_096)
def test_parse_returns_a_message_or_refuses(raw: bytes | str) -> None:
    assert code_of(raw) in {
        None,
        ErrorCode.BAD_MESSAGE,
        ErrorCode.BAD_RANGE,
        ErrorCode.TOO_BIG,
        ErrorCode.VERSION,
    }
