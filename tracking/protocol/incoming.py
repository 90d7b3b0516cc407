"""What a player may send: every frame parsed once into a frozen dataclass.

Knows shapes and limits; whether a claim lies inside the media is the rule's to say, since only
it knows the length. Source: TRACKING §2.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from tracking.protocol.limits import BEAT_MAX_BYTES, MESSAGE_MAX_BYTES, VERSION, ErrorCode
from tracking.rules.runs import LONGEST_MEDIA_S, MAX_RUNS, Run

_TICKET_MAX_CHARS: Final = 2_048
_KEY_MAX_CHARS: Final = 64
_VALUE_MAX_CHARS: Final = 256
_COUNT_MAX: Final = 2**31 - 1
_MS_MAX: Final = 2**53 - 1  # the largest integer a JavaScript number holds exactly
_FLAGS_MAX: Final = 127
_KEY = re.compile(rf"[!-~]{{1,{_KEY_MAX_CHARS}}}")
_TICKET = re.compile(rf"[!-~]{{1,{_TICKET_MAX_CHARS}}}")
_SESSION_KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
#: A beat as our player spells it, with a run or none, every number far within its limit: nine of ten
#: messages. It is read at a third of the cost; whatever else is said, even a beat, goes the long way.
_SECOND: Final = "(0|[1-7][0-9]{0,4}|[89][0-9]{0,3})"
_USUAL_BEAT = re.compile(
    rf'\{{"t":"hb","q":(0|[1-9][0-9]{{0,8}}),"c":\[(?:\[{_SECOND},{_SECOND}\])?\],'
    rf'"pt":(0|[1-9][0-9]{{0,14}}),"p":{_SECOND},"s":"([pihw])","f":(0|[1-9][0-9]{{0,2}})\}}'
)
_STATES: Final = frozenset("pihw")
_FAREWELLS: Final = frozenset({"user", "ended", "unload", "idle"})


class MalformedMessage(Exception):
    """A message is not `trk.v1`; `code` says how."""

    def __init__(self, code: ErrorCode = ErrorCode.BAD_MESSAGE) -> None:
        """Refuse with a code of the `err` message."""
        super().__init__(code.value)
        self.code = code


@dataclass(frozen=True, slots=True)
class PreviousClaims:
    """What a dead session still had to claim."""

    session_key: str
    claims: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Open:
    """`open`: begin a session, or attach to the running one again."""

    ticket: str
    device: str
    is_takeover: bool
    resume: str | None
    previous: PreviousClaims | None


@dataclass(slots=True)
class Beat:
    """`hb`: all seconds not yet acknowledged, and the client's own account of its play time.

    Not frozen only because a frozen one costs the hot path a microsecond; treat it as a value.
    """

    sequence: int
    claims: tuple[Run, ...]
    played_ms: int
    position_s: int
    state: str
    flags: int


@dataclass(frozen=True, slots=True)
class Answer:
    """`ans`: the answer to a presence check; the reaction time is evidence only."""

    check_key: str
    value: str
    reaction_ms: int


@dataclass(slots=True)
class Bye(Beat):
    """`bye`: a last beat."""

    why: str


Message = Open | Beat | Answer | Bye
_Fields = dict[str, Any]


def parse(raw: bytes | str) -> Message:
    """Return the message in a frame.

    Every listed field must be there, of its exact type and in range; `take`, `resume` and `prev`
    alone may be left out. A field nobody knows is refused: that bounds depth, and tells us early.

    Raises: MalformedMessage, and nothing else whatever the bytes.
    """
    usual = _USUAL_BEAT.fullmatch(raw) if type(raw) is str else None
    if usual is not None:
        sequence, from_s, to_s, played_ms, position_s, state, flags = usual.groups()
        begin, end, flag_bits = int(from_s or 0), int(to_s or 0), int(flags)
        if (begin < end or from_s is None) and flag_bits <= _FLAGS_MAX:
            claims = () if from_s is None else ((begin, end),)
            return Beat(int(sequence), claims, int(played_ms), int(position_s), state, flag_bits)
    return _parse_any(raw)


def _parse_any(raw: bytes | str) -> Message:
    """Return the message in a frame, whatever its kind and however it is spelt. Raises: MalformedMessage."""
    data, size_bytes = _text(raw)
    try:
        fields = _DECODER.decode(data)
    except (ValueError, RecursionError) as error:
        raise MalformedMessage from error
    if type(fields) is not dict:
        raise MalformedMessage
    kind = fields.pop("t", None)
    reader = _READERS.get(kind) if type(kind) is str else None
    if reader is None:
        raise MalformedMessage
    if kind == "hb" and size_bytes > BEAT_MAX_BYTES:
        raise MalformedMessage(ErrorCode.TOO_BIG)
    return reader(fields)


def _text(raw: bytes | str) -> tuple[str, int]:
    """Return a frame as text, and its size in bytes."""
    if len(raw) > MESSAGE_MAX_BYTES:
        raise MalformedMessage(ErrorCode.TOO_BIG)
    try:
        if isinstance(raw, str):
            size_bytes = len(raw) if raw.isascii() else len(raw.encode())
            text = raw
        else:
            size_bytes, text = len(raw), raw.decode()
    except UnicodeError as error:
        raise MalformedMessage from error
    if size_bytes > MESSAGE_MAX_BYTES:
        raise MalformedMessage(ErrorCode.TOO_BIG)
    return text, size_bytes


def _refuse(token: str) -> NoReturn:
    """Refuse what only Python takes for JSON (NaN, Infinity), and every number with a point."""
    raise ValueError(token)


def _unique(pairs: list[tuple[str, Any]]) -> _Fields:
    """Return an object's fields; a name said twice has no one meaning."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError
    return fields


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_refuse)


def _exactly(fields: _Fields, names: frozenset[str], optional: frozenset[str]) -> None:
    """Refuse a field too few or too many."""
    given = fields.keys()
    if not names <= given <= names | optional:
        raise MalformedMessage


def _whole(value: object, limit: int, *, code: ErrorCode = ErrorCode.BAD_MESSAGE) -> int:
    """Return an integer in [0, limit]. NB: True is an int to Python, not to us."""
    if type(value) is not int:
        raise MalformedMessage
    if not 0 <= value <= limit:
        raise MalformedMessage(code)
    return value


def _matching(value: object, pattern: re.Pattern[str]) -> str:
    """Return a string that a pattern matches whole."""
    if type(value) is not str or not pattern.fullmatch(value):
        raise MalformedMessage
    return value


def _one_of(value: object, words: frozenset[str]) -> str:
    """Return one of the words."""
    if type(value) is not str or value not in words:
        raise MalformedMessage
    return value


def _free_text(value: object) -> str:
    """Return a short text that UTF-8 and every database can hold."""
    if type(value) is not str or len(value) > _VALUE_MAX_CHARS or "\0" in value:
        raise MalformedMessage
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise MalformedMessage
    return value


def _runs(value: object) -> tuple[Run, ...]:
    """Return claimed runs as they were sent; the rule checks them against the media."""
    if type(value) is not list or len(value) > MAX_RUNS:
        raise MalformedMessage
    runs: list[Run] = []
    for run in value:
        if type(run) is not list or len(run) != 2:  # noqa: PLR2004 - a pair
            raise MalformedMessage
        from_s = _whole(run[0], LONGEST_MEDIA_S, code=ErrorCode.BAD_RANGE)
        to_s = _whole(run[1], LONGEST_MEDIA_S, code=ErrorCode.BAD_RANGE)
        if from_s >= to_s:
            raise MalformedMessage(ErrorCode.BAD_RANGE)
        runs.append((from_s, to_s))
    return tuple(runs)


_BEAT_FIELDS = frozenset({"q", "c", "pt", "p", "s", "f"})
_NONE: frozenset[str] = frozenset()


def _read_beat(fields: _Fields) -> Beat:
    """Read `hb`."""
    _exactly(fields, _BEAT_FIELDS, _NONE)
    return Beat(
        _whole(fields["q"], _COUNT_MAX),
        _runs(fields["c"]),
        _whole(fields["pt"], _MS_MAX),
        _whole(fields["p"], LONGEST_MEDIA_S),
        _one_of(fields["s"], _STATES),
        _whole(fields["f"], _FLAGS_MAX),
    )


def _read_bye(fields: _Fields) -> Bye:
    """Read `bye`: a beat and why."""
    _exactly(fields, _BEAT_FIELDS | {"why"}, _NONE)
    why = _one_of(fields.pop("why"), _FAREWELLS)
    said = _read_beat(fields)
    return Bye(said.sequence, said.claims, said.played_ms, said.position_s, said.state, said.flags, why)


def _read_answer(fields: _Fields) -> Answer:
    """Read `ans`."""
    _exactly(fields, frozenset({"id", "v", "ms"}), _NONE)
    return Answer(
        _matching(fields["id"], _KEY),
        _free_text(fields["v"]),
        _whole(fields["ms"], _COUNT_MAX),
    )


def _read_open(fields: _Fields) -> Open:
    """Read `open`. The version comes first: of another one, nothing else can be judged."""
    if "v" in fields and _whole(fields["v"], _COUNT_MAX) != VERSION:
        raise MalformedMessage(ErrorCode.VERSION)
    _exactly(fields, frozenset({"v", "ticket", "dev"}), frozenset({"take", "resume", "prev"}))
    is_takeover = fields.get("take", False)
    if type(is_takeover) is not bool:
        raise MalformedMessage
    resume = fields.get("resume")
    previous = fields.get("prev")
    return Open(
        _matching(fields["ticket"], _TICKET),
        _matching(fields["dev"], _KEY),
        is_takeover,
        None if resume is None else _matching(resume, _SESSION_KEY),
        None if previous is None else _read_previous(previous),
    )


def _read_previous(fields: object) -> PreviousClaims:
    """Read `open.prev`."""
    if type(fields) is not dict:
        raise MalformedMessage
    _exactly(fields, frozenset({"sid", "c"}), _NONE)
    return PreviousClaims(_matching(fields["sid"], _SESSION_KEY), _runs(fields["c"]))


_READERS: Final[dict[str, Callable[[_Fields], Message]]] = {
    "open": _read_open,
    "hb": _read_beat,
    "ans": _read_answer,
    "bye": _read_bye,
}
