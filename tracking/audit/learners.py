"""The rows of an audit: one learner's whole timeline at a time, read some learners at once."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from learning.models import Enrolment, Evidence, Lesson
from learning.models.one_moment import one_moment
from tracking.audit.canonical import WATCHED_KINDS
from tracking.audit.scope import Chosen
from tracking.models import Coverage, LiveViewing, Seal, ViewingEntry, ViewingPolicy, ViewingSession, WatchedProof
from tracking.models.bundle import BrokenBundleError
from tracking.models.viewing_archive import fill_from_bundles

_CHUNK: Final = 100


@dataclass(slots=True)
class Sitting:
    """One session with its lines as stored; `policy` are the facts its policy's digest stands for."""

    row: ViewingSession
    lines: list[ViewingEntry]
    #: None: the row it names is gone.
    enrolment: Enrolment | None
    lesson: Lesson | None
    policy: Mapping[str, Any] | None
    seal: Seal | None
    is_asked_about: bool
    open_segment: LiveViewing | None = None

    @property
    def name(self) -> str:
        """How findings name it."""
        return f"viewing session {self.row.key}"

    @property
    def is_rewind(self) -> bool:
        """Whether its seconds wait for a passed check."""
        return self.row.missed_check == "rewind"

    @property
    def watched(self) -> list[ViewingEntry]:
        """The lines that say which seconds were played."""
        return [line for line in self.lines if line.kind in WATCHED_KINDS]

    @property
    def open_run(self) -> tuple[int, int]:
        """The seconds of the segment still open; none for an ended session."""
        segment = self.open_segment
        return (segment.segment_from_s, segment.segment_to_s) if segment else (0, 0)


@dataclass(slots=True)
class Learner:
    """Everything the ledger says of one person."""

    person_id: int
    live: LiveViewing | None = None
    sittings: list[Sitting] = field(default_factory=list)
    coverages: list[Coverage] = field(default_factory=list)
    proofs: list[WatchedProof] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    #: Why lines that are archived could not be read: nothing of this learner can be judged then.
    unread: list[str] = field(default_factory=list)

    @property
    def asked_about(self) -> list[Sitting]:
        """The sessions that the audit is about."""
        return [sitting for sitting in self.sittings if sitting.is_asked_about]


def learners(chosen: Chosen) -> Iterator[Learner]:
    """Yield everyone concerned, oldest session first in each."""
    ids = chosen.person_ids()
    while chunk := list(islice(ids, _CHUNK)):
        yield from _chunk(chunk, chosen)


def _chunk(person_ids: Sequence[int], chosen: Chosen) -> Iterator[Learner]:
    """Read some people with a fixed number of queries, as they stood at one moment: they may be watching."""
    found = {person_id: Learner(person_id) for person_id in person_ids}
    with one_moment():
        for live in LiveViewing.objects.filter(pk__in=person_ids):
            found[live.pk].live = live
        _read_sittings(found, chosen)
        for coverage in Coverage.objects.filter(enrolment__person_id__in=person_ids).select_related("enrolment"):
            found[coverage.enrolment.person_id].coverages.append(coverage)
        for proof in WatchedProof.objects.filter(enrolment__person_id__in=person_ids).select_related("enrolment"):
            found[proof.enrolment.person_id].proofs.append(proof)
        for evidence in Evidence.objects.filter(kind="watched", person_id__in=person_ids).order_by("pk"):
            found[evidence.person_id].evidence.append(evidence)
    yield from found.values()


def _read_sittings(found: Mapping[int, Learner], chosen: Chosen) -> None:
    # NB: what a session points at is read apart: a join would hide a session that points at nothing.
    rows = list(ViewingSession.objects.filter(person_id__in=found))
    enrolments = Enrolment.objects.in_bulk({row.enrolment_id for row in rows})
    lessons = Lesson.objects.in_bulk({row.lesson_id for row in rows})
    # Of two that opened together, the one that ended first comes first.
    sessions = sorted(rows, key=lambda row: (row.opened_ms, row.ended_ms is None, row.ended_ms, row.pk))
    lines: dict[int, list[ViewingEntry]] = defaultdict(list)
    stored = ViewingEntry.objects.filter(session__person_id__in=found).order_by("session_id", "line_index", "pk")
    for line in stored.iterator():
        lines[line.session_id].append(line)
    for person_id, learner in found.items():
        try:
            fill_from_bundles(lines, [row for row in rows if row.person_id == person_id])
        except BrokenBundleError as reason:
            learner.unread.append(str(reason))
    seals = {seal.session_id: seal for seal in Seal.objects.filter(session__person_id__in=found)}
    # NB: from the table each time, not from the memory that judging keeps.
    recorded = ViewingPolicy.objects.filter(pk__in={row.policy_digest for row in sessions})
    policies: dict[str, Mapping[str, Any]] = dict(recorded.values_list("pk", "facts"))
    for row in sessions:
        learner = found[row.person_id]
        live = learner.live
        has_segment = live is not None and live.session_id == row.pk and live.segment_beat_count > 0
        learner.sittings.append(
            Sitting(
                row,
                lines[row.pk],
                enrolments.get(row.enrolment_id),
                lessons.get(row.lesson_id),
                policies.get(row.policy_digest),
                seals.get(row.pk),
                chosen.is_about(row),
                live if has_segment else None,
            )
        )
