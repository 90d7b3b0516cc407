"""Daily roots of the ledger: one signed statement for every Beijing day that is over, none left out.

A root names the root before it, so nobody can take a day out or put one in. Signed with the key of
roots; its public half goes with every root. Source: docs/decisions/0012, TRACKING §4.
"""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction

from learning.actions import anchors, audit_log
from learning.models import LedgerAnchor, LedgerLink, LedgerRoot
from learning.rules.daily_root import NO_ROOT, day_of, day_start_ms
from learning.rules.ledger_root import LedgerRootFacts, link_leaf
from learning.rules.merkle import root_of
from learning.rules.signatures import public_key, sign


def close_days(*, now: datetime) -> list[LedgerRoot]:
    """Sign a root for every day that is over and has none; return the new ones, oldest first.

    The first day is that of the first link. A second call signs none.
    """
    roots = []
    while (root := _close_next(int(now.timestamp() * 1_000))) is not None:
        roots.append(root)
    return roots


def anchor_roots(*, now: datetime) -> int:
    """Leave every root with every place that does not have it yet; return how many were left.

    Never inside a transaction: the network must not hold the database.
    """
    return anchors.leave(LedgerRoot, LedgerAnchor, now=now)


@transaction.atomic
def _close_next(now_ms: int) -> LedgerRoot | None:
    """Sign the next day's root, or None when no day is over. The lock of all acts keeps links out meanwhile."""
    audit_log.lock_head()
    previous = LedgerRoot.objects.order_by("-day").first()
    day = _day_after(previous)
    if day is None or day >= day_of(now_ms):
        return None
    facts = _facts(day, previous, now_ms)
    digest = facts.digest()
    root = LedgerRoot(
        day=day,
        first_number=facts.first_number,
        last_number=facts.last_number,
        tree_root=facts.tree_root,
        previous_digest=facts.previous_digest,
        signed_ms=now_ms,
        digest=digest,
        signature=sign(digest, seed=settings.ROOT_SIGNING_SEED),
        public_key=public_key(settings.ROOT_SIGNING_SEED),
    )
    root.save()
    return root


def _day_after(previous: LedgerRoot | None) -> date | None:
    if previous is not None:
        return previous.day + timedelta(days=1)
    first_ms = LedgerLink.objects.order_by("number").values_list("linked_ms", flat=True).first()
    return None if first_ms is None else day_of(first_ms)


def _facts(day: date, previous: LedgerRoot | None, now_ms: int) -> LedgerRootFacts:
    """Return the day's statement; the links of a day stand in one row, since times rise with numbers."""
    first = previous.last_number + 1 if previous else 1
    links = LedgerLink.objects.filter(number__gte=first, linked_ms__lt=day_start_ms(day + timedelta(days=1)))
    last = links.order_by("-number").values_list("number", flat=True).first() or first - 1
    rows = links.order_by("number").values_list("number", "head").iterator(chunk_size=2_000)
    tree_root = root_of(link_leaf(number, head) for number, head in rows)
    return LedgerRootFacts(day, first, last, tree_root.hex(), previous.digest if previous else NO_ROOT, now_ms)
