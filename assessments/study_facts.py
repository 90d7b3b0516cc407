"""What assessments tells learning: the sitting behind an entry, who shared its network, what was sat in vain.

Reads; the number of queries does not depend on how many are asked about.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import UTC, datetime

from django.db.models import F

from assessments.models import Attempt
from learning.rules.flags import Doing, Sitting, Stretch, Study

_Group = dict[int, int]


def studies(enrolment_ids: Collection[int]) -> dict[int, Study]:
    """Return, for each place, the sitting that was passed."""
    passed = list(Attempt.objects.filter(enrolment__in=enrolment_ids, has_passed=True).select_related("enrolment"))
    groups = _groups({bytes(attempt.network_key) for attempt in passed if attempt.network_key})
    return {attempt.enrolment_id: _study(attempt, groups) for attempt in passed}


def stretches(person_ids: Collection[int], *, since_ms: int, until_ms: int) -> Iterator[Stretch]:
    """Yield every closed sitting of these people that touches this time."""
    rows = Attempt.objects.closed().filter(
        enrolment__person__in=person_ids, started_at__lt=_instant(until_ms), submitted_at__gt=_instant(since_ms)
    )
    for person_id, enrolment_id, started_at, submitted_at in rows.values_list(
        "enrolment__person_id", "enrolment_id", "started_at", "submitted_at"
    ):
        if submitted_at is not None:
            yield Stretch(_ms(started_at), _ms(submitted_at), Doing.EXAM, person_id, enrolment_id)


def used_up(enrolment_ids: Collection[int]) -> set[int]:
    """Return the places whose last attempt was not passed: nothing is left to sit."""
    last = Attempt.objects.filter(number__gte=F("enrolment__edition__attempts_max"), has_passed=False)
    return set(last.filter(enrolment__in=enrolment_ids).order_by().values_list("enrolment_id", flat=True))


def _study(attempt: Attempt, groups: dict[tuple[bytes, int], _Group]) -> Study:
    start_ms, end_ms = _ms(attempt.started_at), _ms(attempt.submitted_at or attempt.deadline_at)
    key = bytes(attempt.network_key or b"")
    group = groups.get((key, attempt.enrolment.edition_id), {})
    sitting = Sitting(start_ms, end_ms, len(group), tuple(sorted(group.values())))
    stretch = Stretch(start_ms, end_ms, Doing.EXAM, attempt.enrolment.person_id, attempt.enrolment_id)
    return Study(stretches=(stretch,), sitting=sitting)


def _groups(keys: set[bytes]) -> dict[tuple[bytes, int], _Group]:
    """Return, for each network's day and course, each person who sat there, and by which place."""
    found: dict[tuple[bytes, int], _Group] = defaultdict(dict)
    rows = Attempt.objects.filter(network_key__in=keys) if keys else Attempt.objects.none()
    for key, edition_id, person_id, enrolment_id in rows.values_list(
        "network_key", "enrolment__edition_id", "enrolment__person_id", "enrolment_id"
    ):
        found[bytes(key or b""), edition_id][person_id] = enrolment_id
    return found


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1_000)


def _instant(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1_000, tz=UTC)
