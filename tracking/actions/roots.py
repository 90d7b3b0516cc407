"""Daily roots: one signed statement for every Beijing day that is over, none left out.

A root names the root before it, so nobody can take a day out or put one in. The key is of roots
alone; its public half goes with every root. Source: TRACKING §4.
"""

import hashlib
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction

from learning.rules.daily_root import NO_ROOT, day_of, day_start_ms
from learning.rules.merkle import root_of
from learning.rules.signatures import public_key, sign
from tracking.models import DailyRoot, Seal, SealHead
from tracking.rules.daily_root import RootFacts, seal_leaf


def close_days(*, now: datetime) -> list[DailyRoot]:
    """Sign a root for every day that is over and has none; return the new ones, oldest first.

    The first day is that of the first seal. A second call signs none.
    """
    roots = []
    while (root := _close_next(int(now.timestamp() * 1_000))) is not None:
        roots.append(root)
    return roots


@transaction.atomic
def _close_next(now_ms: int) -> DailyRoot | None:
    """Sign the next day's root, or None when no day is over. The head keeps seals out meanwhile."""
    head = SealHead.locked()
    day = _next_day(head)
    if day is None or day >= day_of(now_ms):
        return None
    previous = DailyRoot.objects.filter(day=head.closed_on).first() if head.closed_on else None
    facts = _facts(day, previous, now_ms)
    digest = facts.digest()
    root = DailyRoot(
        day=day,
        first_number=facts.first_number,
        last_number=facts.last_number,
        tree_root=facts.tree_root,
        records_digest=facts.records_digest,
        previous_digest=facts.previous_digest,
        signed_ms=now_ms,
        digest=digest,
        signature=sign(digest, seed=settings.ROOT_SIGNING_SEED),
        public_key=public_key(settings.ROOT_SIGNING_SEED),
    )
    root.save()
    head.closed_on = day
    head.save()
    return root


def _next_day(head: SealHead) -> date | None:
    if head.closed_on is not None:
        return head.closed_on + timedelta(days=1)
    first_ms = Seal.objects.order_by("number").values_list("given_ms", flat=True).first()
    return None if first_ms is None else day_of(first_ms)


def _facts(day: date, previous: DailyRoot | None, now_ms: int) -> RootFacts:
    """Return the day's statement; the seals of a day stand in one row, since times rise with numbers."""
    first = previous.last_number + 1 if previous else 1
    seals = Seal.objects.filter(number__gte=first, given_ms__lt=day_start_ms(day + timedelta(days=1)))
    leaves, records = [], hashlib.sha256()
    rows = seals.order_by("number").values_list("number", "session__key", "digest", "record_digest")
    for number, key, digest, record_digest in rows.iterator(chunk_size=2_000):
        leaves.append(seal_leaf(number, str(key), digest))
        records.update(bytes.fromhex(record_digest))
    return RootFacts(
        day,
        first,
        first + len(leaves) - 1,
        root_of(leaves).hex(),
        records.hexdigest(),
        previous.digest if previous else NO_ROOT,
        now_ms,
    )
