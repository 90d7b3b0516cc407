"""What an attacker says: messages the parser takes and the rule must judge, and messages that are none.

Everything comes from one seeded generator, so that a run can be repeated.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

LESSON_S = 36_000
_STATES = "pppihw"
_KEY = "3f0a4c1e-5b6d-4e7f-8a9b-0c1d2e3f4a5b"
_ODD_VALUES: tuple[Any, ...] = (
    None, True, False, -1, 1.5, 1e308, 2**31, 2**53, 2**63, -(2**63), 2**64, 10**300, "", "p", "1", "\0", "\ud800",
    "学时", [], {}, [[]], [[0]], [[0, 1, 2]], [[1, 0]], [[-1, 5]], [[0, True]], [["0", "1"]], [[0, 10**9]],
    [[0, 1]] * 17, {"t": "hb"}, {"__proto__": {}}, [[[[[[]]]]]], "x" * 900,
)  # fmt: skip
_RAW_VALUES = (
    b"NaN", b"-Infinity", b"Infinity", b"1e3", b"1E999", b"-0", b"01", b"0x10", b"9" * 700, b"-" + b"9" * 700, b"1.0",
    b"9223372036854775808", b"18446744073709551616", b"'p'", b"undefined", b'"\\ud800"', b'"\\u0000"', b'"\\x"',
    b"[" * 100 + b"]" * 100, b'{"a":' * 100 + b"1" + b"}" * 100, b"// comment\n1", b"",
)  # fmt: skip


def beat(chance: random.Random, sequence: int) -> dict[str, Any]:
    """Return a beat the parser takes; its claims are as bold as the chance."""
    return {
        "t": "hb",
        "q": sequence,
        "c": _claims(chance),
        "pt": chance.choice([0, 15_000, 3_600_000, 2**53 - 1]),
        "p": chance.randint(0, LESSON_S),
        "s": chance.choice(_STATES),
        "f": chance.randint(0, 127),
    }


def well_formed(chance: random.Random, sequence: int) -> tuple[dict[str, Any], int]:
    """Return a message that is `trk.v1`, and the sequence after it: new, replayed or out of order."""
    kind = chance.random()
    if kind < 0.06:
        answer = {"t": "ans", "id": chance.choice(["c1", _KEY, "~"]), "v": chance.choice(["", "here", "学"]), "ms": 9}
        return answer, sequence
    if kind < 0.25:  # replayed, overtaken
        return beat(chance, max(0, sequence - chance.randint(0, 3))), sequence
    step = 1 if kind < 0.9 else chance.choice([2, 7, 1_000])
    return beat(chance, min(sequence + step, 2**31 - 1)), sequence + step


def malformed(chance: random.Random, sequence: int, ticket: str) -> bytes:
    """Return bytes that are no message, or hardly one."""
    return chance.choice(_WAYS)(chance, _some_message(chance, sequence, ticket))


def text_of(message: dict[str, Any]) -> bytes:
    """Return a message as it goes over the wire."""
    return json.dumps(message, separators=(",", ":")).encode()


def _claims(chance: random.Random) -> list[list[int]]:
    kind = chance.random()
    if kind < 0.2:
        return [[0, LESSON_S]]
    if kind < 0.25:  # past the end: refused, and nothing of it applied
        return [[0, 10], [LESSON_S - 5, LESSON_S + chance.randint(1, 500)]]
    runs = []
    for _number in range(chance.choice([0, 1, 1, 1, 3, 16])):
        from_s = chance.randint(0, LESSON_S - 61)
        runs.append([from_s, from_s + chance.randint(1, 60)])
    return runs


def _some_message(chance: random.Random, sequence: int, ticket: str) -> dict[str, Any]:
    kind = chance.randint(0, 5)
    if kind <= 2:
        return beat(chance, sequence)
    if kind == 3:
        return {**beat(chance, sequence), "t": "bye", "why": chance.choice(["user", "ended", "unload", "idle"])}
    if kind == 4:
        return {"t": "ans", "id": "c1", "v": "here", "ms": 900}
    previous = {"sid": _KEY, "c": _claims(chance)}
    return {"t": "open", "v": 1, "ticket": ticket, "dev": "d", "take": True, "resume": None, "prev": previous}


def _random_bytes(chance: random.Random, _message: dict[str, Any]) -> bytes:
    return chance.randbytes(chance.choice([0, 1, 2, 10, 100, 1_000, 4_000]))


def _mutated(chance: random.Random, message: dict[str, Any]) -> bytes:
    data = bytearray(text_of(message))
    for _number in range(chance.randint(1, 5)):
        at = chance.randrange(len(data))
        way = chance.randint(0, 3)
        if way == 0:
            data[at] ^= 1 << chance.randint(0, 7)
        elif way == 1:
            del data[at : at + chance.randint(1, 8)]
        elif way == 2:
            data[at:at] = data[: chance.randint(1, 40)]
        else:
            data[at : at + 1] = chance.choice([b'"', b"[", b"}", b"\\", b",", b"\0", b"\xff", b"\xed\xa0\x80"])
        if not data:
            break
    return bytes(data[:4_096])


def _wrong_type(chance: random.Random, message: dict[str, Any]) -> bytes:
    return text_of({**message, chance.choice(list(message)): chance.choice(_ODD_VALUES)})


def _wrong_token(chance: random.Random, message: dict[str, Any]) -> bytes:
    name = chance.choice([name for name in message if name != "t"])
    text = text_of({**message, name: "@@"})
    return text.replace(b'"@@"', chance.choice(_RAW_VALUES))[:4_096]


def _said_twice(chance: random.Random, message: dict[str, Any]) -> bytes:
    name = chance.choice(list(message))
    return text_of(message)[:-1] + f',"{name}":{json.dumps(chance.choice(_ODD_VALUES))}}}'.encode()


def _field_missing(chance: random.Random, message: dict[str, Any]) -> bytes:
    name = chance.choice(list(message))
    return text_of({key: value for key, value in message.items() if key != name})


def _field_too_many(chance: random.Random, message: dict[str, Any]) -> bytes:
    return text_of({**message, chance.choice(["x", "n", "tok", "ep", "\u202e"]): chance.choice(_ODD_VALUES)})


def _deep(chance: random.Random, _message: dict[str, Any]) -> bytes:
    depth = chance.choice([100, 2_000])
    kind = chance.randint(0, 2)
    if kind == 0:
        return b"[" * depth
    if kind == 1:
        return b'{"t":"ans","id":"a","ms":1,"v":' + b"[" * (depth - 50) + b"]" * (depth - 50) + b"}"
    return b'{"a":' * min(depth, 800)


def _too_big(chance: random.Random, message: dict[str, Any]) -> bytes:
    return text_of(message) + b" " * chance.choice([1_024, 2_000, 3_500])


_WAYS: list[Callable[[random.Random, dict[str, Any]], bytes]] = [
    _random_bytes, _mutated, _mutated, _mutated, _wrong_type, _wrong_type, _wrong_token, _said_twice, _field_missing,
    _field_too_many, _deep, _too_big,
]  # fmt: skip
