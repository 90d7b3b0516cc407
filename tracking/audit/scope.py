"""Which rows an audit is asked about: one session, one credit, one person, some days, or everything."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Q

from learning.models import CreditEntry, Evidence, Person
from learning.models.credit import CreditEntryEvidence
from tracking.audit.canonical import day_start_ms
from tracking.models import Coverage, LiveViewing, ViewingSession, WatchedProof


class NothingToAudit(Exception):
    """What was asked for is not in the database; that cannot be judged."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What was asked for; nothing set means everything. Days are Beijing days, both included."""

    session: str | None = None
    credit: int | None = None
    person: int | None = None
    first_day: date | None = None
    last_day: date | None = None

    @property
    def is_everything(self) -> bool:
        """Whether nothing was left out."""
        return self == Scope()


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a scope means in rows: whose timelines are read, and which sessions are asked about.

    A timeline is always read whole: whether sessions overlap, checks were passed and seconds are
    held can be told from all of a learner's sessions only.
    """

    scope: Scope
    sessions: Q = field(default_factory=Q)
    #: None: everything that person has.
    enrolment_id: int | None = None
    #: None: all proofs of the people asked about.
    evidence_ids: frozenset[int] | None = None

    def person_ids(self) -> Iterator[int]:
        """Yield every person concerned, in order; for everything also those whose sessions are gone."""
        if self.scope.person is not None:
            yield self.scope.person
            return
        found = set(ViewingSession.objects.filter(self.sessions).values_list("person_id", flat=True).distinct())
        if self.scope.is_everything:
            found |= set(LiveViewing.objects.values_list("pk", flat=True))
            found |= set(Coverage.objects.values_list("enrolment__person_id", flat=True).distinct())
            found |= set(WatchedProof.objects.values_list("enrolment__person_id", flat=True).distinct())
            found |= set(Evidence.objects.filter(kind="watched").values_list("person_id", flat=True).distinct())
        yield from sorted(found)

    def is_about(self, row: ViewingSession) -> bool:
        """Say whether this session itself is asked about."""
        scope = self.scope
        if scope.session is not None:
            return str(row.key) == scope.session
        if self.enrolment_id is not None:
            return row.enrolment_id == self.enrolment_id
        is_late_enough = scope.first_day is None or row.opened_ms >= day_start_ms(scope.first_day)
        return is_late_enough and (scope.last_day is None or row.opened_ms < _end_ms(scope.last_day))


def choose(scope: Scope) -> Chosen:
    """Find the rows. Raises: NothingToAudit."""
    if scope.session is not None:
        return _session(scope.session)
    if scope.credit is not None:
        return _credit(scope, scope.credit)
    if scope.person is not None:
        if not Person.objects.filter(pk=scope.person).exists():
            raise NothingToAudit(f"there is no person {scope.person}")
        return Chosen(scope, Q(person_id=scope.person))
    days = Q()
    if scope.first_day is not None:
        days &= Q(opened_ms__gte=day_start_ms(scope.first_day))
    if scope.last_day is not None:
        days &= Q(opened_ms__lt=_end_ms(scope.last_day))
    return Chosen(scope, days)


def _session(text: str) -> Chosen:
    try:
        key = UUID(text)
    except ValueError:
        raise NothingToAudit(f"{text} is no session's key") from None
    row = ViewingSession.objects.filter(key=key).first()
    if row is None:
        raise NothingToAudit(f"there is no viewing session {key}")
    return Chosen(Scope(session=str(key)), Q(key=key), evidence_ids=frozenset())


def _credit(scope: Scope, number: int) -> Chosen:
    entry = CreditEntry.objects.filter(pk=number).first()
    if entry is None:
        raise NothingToAudit(f"there is no credit entry {number}")
    if entry.enrolment_id is None:
        raise NothingToAudit(f"credit entry {number} rests on no viewing")
    behind = CreditEntryEvidence.objects.filter(entry_id=number).values_list("evidence_id", flat=True)
    return Chosen(scope, Q(enrolment_id=entry.enrolment_id), entry.enrolment_id, frozenset(behind))


def _end_ms(day: date) -> int:
    return day_start_ms(day + timedelta(days=1))
