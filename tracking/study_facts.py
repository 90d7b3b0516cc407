"""What tracking tells `learning.rules.flags`: when was watched for an entry, and how checks were answered.

Reads the ledger; the number of queries does not depend on how many are asked about.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Final

from django.db.models import Min

from learning.rules.flags import Doing, Stretch, Study
from tracking.models import ViewingEntry, ViewingSession
from tracking.protocol.limits import LONGEST_SESSION_MS
from tracking.rules.chain import LineKind

_MISSES: Final = (LineKind.MISS.value, LineKind.VOID.value)
_TELLING: Final = (LineKind.SEGMENT.value, LineKind.ANSWER.value, *_MISSES)


def studies(enrolment_ids: Collection[int]) -> dict[int, Study]:
    """Return, for each place, when new seconds were watched and what became of the presence checks."""
    sessions = ViewingSession.objects.filter(enrolment__in=enrolment_ids)
    since_ms = sessions.aggregate(since_ms=Min("opened_ms"))["since_ms"]
    found: dict[int, Study] = defaultdict(Study)
    if since_ms is None:
        return found
    # `start_ms` is implied; PostgreSQL looks into the months it allows only.
    lines = ViewingEntry.objects.filter(session__in=sessions.values("pk"), kind__in=_TELLING, start_ms__gte=since_ms)
    for enrolment_id, person_id, kind, start_ms, end_ms, new_s, has_passed in lines.order_by().values_list(
        "session__enrolment_id", "session__person_id", "kind", "start_ms", "end_ms", "new_s", "flags"
    ):
        if kind in _MISSES:
            found[enrolment_id] |= Study(missed_checks=1)
        elif kind == LineKind.ANSWER.value:
            found[enrolment_id] |= Study(reactions_ms=(end_ms - start_ms,) if has_passed else ())
        elif new_s:
            stretch = Stretch(start_ms, end_ms, Doing.VIEWING, person_id, enrolment_id)
            found[enrolment_id] |= Study(stretches=(stretch,))
    return found


def used_up(enrolment_ids: Collection[int]) -> set[int]:
    """Return none of these places: a lecture may be watched again."""
    return set().intersection(enrolment_ids)


def stretches(person_ids: Collection[int], *, since_ms: int, until_ms: int) -> Iterator[Stretch]:
    """Yield every stretch of this time in which these people watched new seconds."""
    lines = ViewingEntry.objects.filter(
        session__person__in=person_ids,
        # No session is longer: said for the index of sessions, and for the ledger's months.
        session__opened_ms__gte=since_ms - LONGEST_SESSION_MS,
        start_ms__gte=since_ms - LONGEST_SESSION_MS,
        start_ms__lt=until_ms,
        end_ms__gt=since_ms,
        kind=LineKind.SEGMENT.value,
        new_s__gt=0,
    )
    for start_ms, end_ms, person_id, enrolment_id in lines.order_by().values_list(
        "start_ms", "end_ms", "session__person_id", "session__enrolment_id"
    ):
        yield Stretch(start_ms, end_ms, Doing.VIEWING, person_id, enrolment_id)
