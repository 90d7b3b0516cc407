"""The xAPI Video Profile as a judge: every rule of its templates and text that a statement can break.

Written from the profile's text (version 1.0) and its JSON-LD (1.0.3) by reading them; shares nothing
with the code under test. `faults` names each breach in words.
Where the profile says MUST of something the ledger cannot know, decision 0010 says what was chosen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

PROFILE: Final = "https://w3id.org/xapi/video"
EXTENSION: Final = "https://w3id.org/xapi/video/extensions/"
INITIALIZED: Final = "http://adlnet.gov/expapi/verbs/initialized"
PLAYED: Final = "https://w3id.org/xapi/video/verbs/played"
PAUSED: Final = "https://w3id.org/xapi/video/verbs/paused"
SEEKED: Final = "https://w3id.org/xapi/video/verbs/seeked"
COMPLETED: Final = "http://adlnet.gov/expapi/verbs/completed"
TERMINATED: Final = "http://adlnet.gov/expapi/verbs/terminated"

#: Verb: what the context's and what the result's extensions must hold.
REQUIRED: Final = {
    INITIALIZED: ({"length"}, set()),
    PLAYED: (set(), {"time"}),
    PAUSED: ({"length"}, {"time", "progress", "played-segments"}),
    SEEKED: (set(), {"time-from", "time-to"}),
    COMPLETED: ({"length"}, {"time", "progress", "played-segments"}),
    TERMINATED: ({"length"}, {"time", "progress", "played-segments"}),
}
#: Where a threshold other than 1 must be said.
NEEDS_THRESHOLD: Final = {INITIALIZED, PAUSED, COMPLETED, TERMINATED}
VERSION_4: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
TIMESTAMP: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
SEGMENTS: Final = re.compile(r"(\d+(\.\d{1,3})?\[\.\]\d+(\.\d{1,3})?(\[,\]|$))*")
SPEED: Final = re.compile(r"-?\d+(\.\d+)?x")

Statement = dict[str, Any]


def faults(sessions: Sequence[Sequence[Statement]]) -> list[str]:
    """Judge the sessions of one learner, in their order."""
    found = [fault for session in sessions for statement in session for fault in _of_statement(statement)]
    found += [fault for session in sessions for fault in _of_session(session)]
    return found + list(_of_registrations(sessions))


def said(statement: Statement, where: str, word: str) -> Any:
    """Return an extension of the profile; None when it is not there."""
    return statement.get(where, {}).get("extensions", {}).get(EXTENSION + word)


def segments(statement: Statement) -> list[tuple[Decimal, Decimal]]:
    text = said(statement, "result", "played-segments") or ""
    pairs = [part.split("[.]") for part in text.split("[,]") if part]
    return [(Decimal(start), Decimal(end)) for start, end in pairs]


def _of_statement(statement: Statement) -> Iterator[str]:
    verb = statement["verb"]["id"]
    name = f"{verb.rsplit('/', 1)[-1]} {statement.get('id')}"
    if verb not in REQUIRED:
        yield f"{name}: no verb of the profile"
        return
    for where, words in zip(("context", "result"), REQUIRED[verb], strict=True):
        yield from (f"{name}: {where} lacks {word}" for word in sorted(words) if said(statement, where, word) is None)
    threshold = said(statement, "context", "completion-threshold")
    if threshold is not None and not (0 <= threshold <= 1 and _is_fine(threshold)):
        yield f"{name}: completion-threshold {threshold}"
    yield from (f"{name}: {fault}" for fault in _of_envelope(statement))
    yield from (f"{name}: {fault}" for fault in _of_result(statement, verb))


def _of_envelope(statement: Statement) -> Iterator[str]:
    try:
        UUID(statement["id"])
        UUID(statement["context"]["registration"])
    except (KeyError, ValueError):
        yield "id or registration is no UUID"
    if not TIMESTAMP.fullmatch(statement.get("timestamp", "")):
        yield f"timestamp {statement.get('timestamp')}"
    if set(statement["actor"]) != {"objectType", "account"} or set(statement["actor"]["account"]) != {
        "homePage",
        "name",
    }:
        yield "the actor is more, or less, than an account"
    activity = statement["object"]
    if activity.get("objectType") != "Activity" or activity["definition"]["type"] != f"{PROFILE}/activity-type/video":
        yield "the object is no video"
    if PROFILE not in [each["id"] for each in statement["context"]["contextActivities"]["category"]]:
        yield "the category does not name the profile"
    yield from _of_context(statement)


def _of_context(statement: Statement) -> Iterator[str]:
    length = said(statement, "context", "length")
    if length is not None and not (length > 0 and _is_fine(length)):
        yield f"length {length}"
    session_id = said(statement, "context", "session-id")
    if session_id is not None and not VERSION_4.fullmatch(session_id):
        yield f"session-id {session_id}"
    speed = said(statement, "context", "speed")
    if speed is not None and not SPEED.fullmatch(speed):
        yield f"speed {speed}"
    for part in ("context", "result"):
        for iri in statement.get(part, {}).get("extensions", {}):
            if not iri.startswith(("https://", "http://")):
                yield f"extension {iri} is no IRI"


def _of_result(statement: Statement, verb: str) -> Iterator[str]:
    result = statement.get("result", {})
    length = said(statement, "context", "length")
    if (result.get("completion") is True) != (verb == COMPLETED) or ("completion" in result) != (verb == COMPLETED):
        yield "completion belongs to completed, and only there"
    if verb == COMPLETED and not re.fullmatch(r"PT\d+(\.\d+)?S", result.get("duration", "")):
        yield "completed without a duration"
    for word in ("time", "time-from", "time-to"):
        value = said(statement, "result", word)
        if value is not None and not (_is_fine(value) and 0 <= value <= length):
            yield f"{word} {value}"
        if value is not None and word != "time" and verb != SEEKED:
            yield f"{word} belongs to seeked only"
    progress = said(statement, "result", "progress")
    if progress is not None and not (0 <= progress <= 1 and _is_fine(progress)):
        yield f"progress {progress}"
    text = said(statement, "result", "played-segments")
    if text is not None and (not SEGMENTS.fullmatch(text) or text.endswith("[,]")):
        yield f"played-segments {text}"
    elif any(not 0 <= start < end <= length for start, end in segments(statement)):
        yield f"played-segments {text} leave the media"


def _of_session(session: Sequence[Statement]) -> Iterator[str]:
    """Judge the order: initialized once and first, terminated last, paused before it, no time runs back."""
    verbs = [statement["verb"]["id"] for statement in session]
    if verbs[0] != INITIALIZED or verbs.count(INITIALIZED) != 1:
        yield "initialized is not the one first statement"
    if verbs[-1] != TERMINATED or verbs.count(TERMINATED) != 1:
        yield "terminated is not the one last statement"
    moves = [verb for verb in verbs if verb in (PLAYED, PAUSED)]
    if moves != [PLAYED, PAUSED] * (len(moves) // 2):
        yield "played and paused do not take turns, paused before the end"
    stamps = [statement["timestamp"] for statement in session]
    if stamps != sorted(stamps):
        yield "a timestamp runs back"
    own = session[0]["object"]["id"]
    for statement in session:
        if statement["object"]["id"] == own and said(statement, "context", "session-id") != session[0]["id"]:
            yield "session-id is not the id of the initialized statement"
    if len({(said(each, "context", "length")) for each in session if each["object"]["id"] == own}) != 1:
        yield "the length changes"


def _of_registrations(sessions: Sequence[Sequence[Statement]]) -> Iterator[str]:
    """Judge what grows over a registration: played segments, progress, the one completion; and all ids."""
    everything = [statement for session in sessions for statement in session]
    ids = [statement["id"] for statement in everything]
    if len(set(ids)) != len(ids):
        yield "an id is used twice"
    begun: dict[Any, set[Decimal]] = {}
    ended: dict[Any, set[Decimal]] = {}
    history: dict[Any, list[tuple[Decimal, Decimal]]] = {}
    completed: set[Any] = set()
    for statement in everything:
        key = (statement["context"]["registration"], statement["object"]["id"])
        verb = statement["verb"]["id"]
        starts, stops = begun.setdefault(key, set()), ended.setdefault(key, set())
        starts |= _values(statement, [(PLAYED, "time"), (SEEKED, "time-to")])
        stops |= _values(statement, [(PAUSED, "time"), (SEEKED, "time-from")])
        now = segments(statement)
        # A completion may be told while playing goes on: the last stretch ends at its own time.
        own = _values(statement, [(COMPLETED, "time")])
        if any(start not in starts for start, _end in now) or any(end not in stops | own for _start, end in now):
            yield f"{statement['id']}: a played segment matches no time that was told"
        if said(statement, "result", "played-segments") is not None:
            before = history.get(key, [])
            if verb != COMPLETED and now[: len(before)] != before:
                yield f"{statement['id']}: played segments are not in their order"
            history[key] = before if verb == COMPLETED else now
            if _union(now) < said(statement, "result", "progress") * said(statement, "context", "length") - 1e-6:
                yield f"{statement['id']}: more progress than was played"
        if verb == COMPLETED:
            if key in completed:
                yield f"{statement['id']}: completed twice"
            completed.add(key)
            threshold = said(statement, "context", "completion-threshold")
            if said(statement, "result", "progress") < (1 if threshold is None else threshold):
                yield f"{statement['id']}: completed below its threshold"


def _values(statement: Statement, wanted: list[tuple[str, str]]) -> set[Decimal]:
    values = (said(statement, "result", word) for verb, word in wanted if statement["verb"]["id"] == verb)
    return {Decimal(str(value)) for value in values if value is not None}


def _union(parts: list[tuple[Decimal, Decimal]]) -> float:
    total = reach = Decimal(0)
    for start, end in sorted(parts):
        total += max(end - max(start, reach), Decimal(0))
        reach = max(reach, end)
    return float(total)


def _is_fine(value: Any) -> bool:
    """Say whether a value is a number with at most three decimals."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    exponent = Decimal(str(value)).as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -3
