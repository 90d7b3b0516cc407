"""xAPI statements of a sealed session, after the Video Profile 1.0.

Knows the vocabulary and what a lesson's registration holds so far; nothing of rows or of the store
that statements are sent to. The same lines give the same statements with the same ids, always.
Sources: TRACKING §6; xAPI 1.0.3; the Video Profile's text and its JSON-LD 1.0.3. Where these and
the ledger leave a choice: docs/decisions/0010.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid5

from tracking.rules.chain import RULE_VERSION, LedgerLine, LineKind
from tracking.rules.playback import Act, Event, events_of
from tracking.rules.runs import mask_of_run

Statement = dict[str, Any]

PROFILE: Final = "https://w3id.org/xapi/video"
_EXTENSION: Final = f"{PROFILE}/extensions/"
_VERBS: Final = {
    "initialized": "http://adlnet.gov/expapi/verbs/initialized",
    "played": f"{PROFILE}/verbs/played",
    "paused": f"{PROFILE}/verbs/paused",
    "seeked": f"{PROFILE}/verbs/seeked",
    "completed": "http://adlnet.gov/expapi/verbs/completed",
    "terminated": "http://adlnet.gov/expapi/verbs/terminated",
}
_TOLD: Final = {
    Act.OPENED: "initialized",
    Act.STARTED: "played",
    Act.SOUGHT: "seeked",
    Act.STOPPED: "paused",
    Act.ENDED: "terminated",
}
#: Thousandths, cut and not rounded: no share is told that is not there.
_THOUSAND: Final = 1_000


@dataclass(frozen=True, slots=True)
class LessonFacts:
    """One lesson under one enrolment: what xAPI calls an activity under a registration.

    `names` are by language tag. The lesson is complete at `needed_s` distinct seconds.
    """

    registration: UUID
    activity: str
    names: Mapping[str, str]
    course: str
    course_names: Mapping[str, str]
    duration_s: int
    needed_s: int


@dataclass(frozen=True, slots=True)
class SealedSession:
    """A sealed session with all its lines.

    The learner stands in it by the commitment of the ledger's header: no name, no number.
    `is_provisional`: its policy keeps seconds provisional until a check is passed.
    """

    session_key: UUID
    learner_key: str
    lesson: LessonFacts
    seal_digest: str
    is_provisional: bool
    lines: Sequence[LedgerLine]


@dataclass(slots=True)
class _Standing:
    """What a registration holds of its lesson: seconds, and the stretches as they were played."""

    lesson: LessonFacts
    confirmed: int = 0
    provisional: int = 0
    position_s: int = 0
    is_completed: bool = False
    segments: list[tuple[int, int]] = field(default_factory=list)

    @property
    def credited_s(self) -> int:
        return self.confirmed.bit_count()

    def begin(self, at_s: int) -> None:
        """Begin a stretch; whoever sought while stopped begins where they will start."""
        if self.segments[-1:] != [(at_s, at_s)]:
            self.segments.append((at_s, at_s))

    def hold(self, from_s: int, to_s: int, *, is_provisional: bool) -> None:
        """Take a run in, and lengthen the stretch being played."""
        run = mask_of_run(from_s, to_s)
        if is_provisional:
            self.provisional |= run & ~self.confirmed
        else:
            self.confirmed |= run
        self.position_s = to_s
        self.segments[-1] = (self.segments[-1][0], to_s)

    def completes(self) -> bool:
        """Say whether the lesson became complete just now; true once."""
        if self.is_completed or self.credited_s < self.lesson.needed_s:
            return False
        self.is_completed = True
        return True


class Teller:
    """Tells one learner's sessions in the order of the learner's timeline.

    What a registration holds grows from session to session, so the earlier ones must be passed
    over first; telling and passing over walk the same way.
    """

    def __init__(self, platform: str) -> None:
        """Begin before the first session; `platform` is the IRI under which our own words stand."""
        self._platform = platform.rstrip("/")
        self._standings: dict[tuple[UUID, str], _Standing] = {}

    def pass_over(self, session: SealedSession) -> None:
        """Take a session in without telling it."""
        for _statement in self.tell(session):
            pass

    def tell(self, session: SealedSession) -> Iterator[Statement]:
        """Yield a session's statements, `initialized` first and `terminated` last.

        Take them all: what follows in the timeline rests on them.
        """
        own = self._standing_of(session.lesson)
        told_ms = 0
        for event in events_of(session.lines):
            verb = self._take_in(own, event, is_provisional=session.is_provisional)
            if verb is not None:
                told_ms = max(told_ms, event.at_ms)
                yield self._statement(session, own, event, verb, told_ms)
            for standing in self._completed(own, event):
                told_ms = max(told_ms, event.at_ms)
                yield self._statement(session, standing, event, "completed", told_ms)

    def _standing_of(self, lesson: LessonFacts) -> _Standing:
        return self._standings.setdefault((lesson.registration, lesson.activity), _Standing(lesson))

    def _take_in(self, own: _Standing, event: Event, *, is_provisional: bool) -> str | None:
        """Change the standing as the event does, and return the verb it is told with."""
        if event.act in (Act.STARTED, Act.SOUGHT):
            own.begin(event.to_s)
        elif event.act is Act.RAN:
            own.hold(event.from_s, event.to_s, is_provisional=is_provisional)
        elif event.act is Act.CHECKED:
            self._settle(is_pass=event.line.kind is LineKind.ANSWER)
        return _TOLD.get(event.act)

    def _settle(self, *, is_pass: bool) -> None:
        """Confirm or void what is provisional, in all of the learner's lessons."""
        for standing in self._standings.values():
            if is_pass:
                standing.confirmed |= standing.provisional
            standing.provisional = 0

    def _completed(self, own: _Standing, event: Event) -> Iterable[_Standing]:
        """Yield what became complete: the lesson played or, when a check is passed, any of them."""
        if event.act is Act.RAN:
            return [own] if own.completes() else []
        if event.act is Act.CHECKED:
            return [standing for standing in self._standings.values() if standing.completes()]
        return []

    def _statement(self, session: SealedSession, standing: _Standing, event: Event, verb: str, at_ms: int) -> Statement:
        own = standing.lesson.registration == session.lesson.registration and (
            standing.lesson.activity == session.lesson.activity
        )
        told: Statement = {
            "id": str(_statement_id(session, standing, event, verb, is_own=own)),
            "actor": {
                "objectType": "Agent",
                "account": {"homePage": f"{self._platform}/", "name": session.learner_key},
            },
            "verb": {"id": _VERBS[verb], "display": {"en": verb}},
            "object": _activity(standing.lesson),
            "context": {
                "registration": str(standing.lesson.registration),
                "platform": "Hourbook",
                "contextActivities": {
                    "category": [{"objectType": "Activity", "id": PROFILE}],
                    "parent": [_course(standing.lesson)],
                },
                "extensions": self._context_extensions(session, standing.lesson, event, verb, is_own=own),
            },
            "timestamp": _timestamp(at_ms),
        }
        result = self._result(standing, event, verb)
        if result:
            told["result"] = result
        return told

    def _context_extensions(
        self, session: SealedSession, lesson: LessonFacts, event: Event, verb: str, *, is_own: bool
    ) -> Statement:
        extensions: Statement = {
            f"{_EXTENSION}length": lesson.duration_s,
            f"{_EXTENSION}completion-threshold": _share(lesson.needed_s, lesson.duration_s),
            self._own("seal-digest"): session.seal_digest,
            self._own("rule-version"): RULE_VERSION,
            self._own("ledger-session"): str(session.session_key),
            self._own("ledger-line"): event.line.index,
        }
        if is_own:
            extensions[f"{_EXTENSION}session-id"] = str(session.session_key)
        if verb == "initialized":
            extensions[f"{_EXTENSION}speed"] = f"{event.line.flags / 100:g}x"
        if verb == "terminated":
            extensions[self._own("end-reason")] = event.line.kind.value.removeprefix("end:")
        return extensions

    def _result(self, standing: _Standing, event: Event, verb: str) -> Statement:
        """Return what a statement measures; every media time in it is a whole second."""
        if verb == "initialized":
            return {}
        if verb == "played":
            return {"extensions": {f"{_EXTENSION}time": event.to_s}}
        extensions: Statement = {
            f"{_EXTENSION}progress": _share(standing.credited_s, standing.lesson.duration_s),
            self._own("credited-seconds"): standing.credited_s,
        }
        if verb == "seeked":
            # NB: no played-segments here. Optional, and a list that grows with every seek grows by its square.
            extensions |= {f"{_EXTENSION}time-from": event.from_s, f"{_EXTENSION}time-to": event.to_s}
            return {"extensions": extensions}
        extensions[f"{_EXTENSION}time"] = standing.position_s
        extensions[f"{_EXTENSION}played-segments"] = "[,]".join(
            f"{from_s}[.]{to_s}" for from_s, to_s in standing.segments
        )
        if verb != "completed":
            return {"extensions": extensions}
        return {"completion": True, "duration": f"PT{standing.credited_s}S", "extensions": extensions}

    def _own(self, word: str) -> str:
        return f"{self._platform}/xapi/extensions/{word}"


def _statement_id(session: SealedSession, standing: _Standing, event: Event, verb: str, *, is_own: bool) -> UUID:
    """Return UUIDv5(sid, idx, verb); of the first statement, the session's own key.

    The profile wants a session-id that is the id of the `initialized` statement, and of version 4.
    """
    if verb == "initialized":
        return session.session_key
    words = [str(event.line.index), verb]
    if not is_own:
        # One passed check may complete several lessons.
        words += [str(standing.lesson.registration), standing.lesson.activity]
    return uuid5(session.session_key, "|".join(words))


def _activity(lesson: LessonFacts) -> Statement:
    return {
        "objectType": "Activity",
        "id": lesson.activity,
        "definition": {"type": f"{PROFILE}/activity-type/video", "name": dict(lesson.names)},
    }


def _course(lesson: LessonFacts) -> Statement:
    return {
        "objectType": "Activity",
        "id": lesson.course,
        "definition": {"type": "http://adlnet.gov/expapi/activities/course", "name": dict(lesson.course_names)},
    }


def _share(part_s: int, whole_s: int) -> float:
    return part_s * _THOUSAND // whole_s / _THOUSAND


def _timestamp(at_ms: int) -> str:
    """Return ISO 8601 in UTC with milliseconds."""
    moment = datetime.fromtimestamp(at_ms // 1_000, tz=UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at_ms % 1_000:03d}Z"
