"""Daily roots: one signed statement for every Beijing day of a ledger that is over, none left out.

A root names the root before it, so nobody can take a day out or put one in. The key is of roots alone; its
public half goes with every root. Knows days, trees and signatures; which rows are a ledger's leaves is told
by whoever keeps it. Source: TRACKING §4; docs/decisions/0008, 0012.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, Generic, TypeVar

from django.conf import settings
from django.db import models, transaction

from learning.actions import anchors
from learning.models.daily_root import RootAnchor, SignedDay
from learning.rules.daily_root import NO_ROOT, day_of, day_start_ms
from learning.rules.merkle import root_of
from learning.rules.signatures import public_key, sign

_CHUNK: Final = 2_000
R = TypeVar("R", bound=SignedDay)


@dataclass(frozen=True, slots=True)
class DailyLedger(Generic[R]):
    """A ledger by days: rows whose `number` leaves none out, their times rising with it."""

    root: type[R]
    anchor: type[RootAnchor]
    rows: type[models.Model]
    #: The column of when a row got its number, ms.
    numbered_ms: str
    #: The columns a leaf is made of, `number` among them, and how.
    columns: tuple[str, ...]
    leaf: Callable[..., bytes]
    #: Keeps new rows out until the transaction ends, and returns the last day that is signed.
    lock: Callable[[], date | None]
    #: Column of the root → column of the rows: digests (hexadecimal) that are hashed in a row beside the tree.
    beside: Mapping[str, str] = field(default_factory=dict)
    #: Told each day that is signed, in the same transaction.
    signed: Callable[[date], object] = lambda _day: None

    def close_days(self, *, now: datetime) -> list[R]:
        """Sign a root for every day that is over and has none; return the new ones, oldest first.

        The first day is that of the first row. A second call signs none.
        """
        roots = []
        while (root := self._close_next(int(now.timestamp() * 1_000))) is not None:
            roots.append(root)
        return roots

    def anchor_roots(self, *, now: datetime) -> int:
        """Leave every root with every place that does not have it yet; return how many were left.

        Never inside a transaction: the network must not hold the database.
        """
        return anchors.leave(self.root, self.anchor, now=now)

    @transaction.atomic
    def _close_next(self, now_ms: int) -> R | None:
        """Sign the next day's root, or None when no day is over."""
        closed_on = self.lock()
        day = closed_on + timedelta(days=1) if closed_on else self._first_day()
        if day is None or day >= day_of(now_ms):
            return None
        previous = self.root._default_manager.filter(day=closed_on).first() if closed_on else None
        root = self._over(day, previous)
        root.signed_ms = now_ms
        root.digest = root.facts().digest()
        root.signature = sign(root.digest, seed=settings.ROOT_SIGNING_SEED)
        root.public_key = public_key(settings.ROOT_SIGNING_SEED)
        root.save()
        self.signed(day)
        return root

    def _first_day(self) -> date | None:
        numbered = self.rows._default_manager.order_by("number").values_list(self.numbered_ms, flat=True)
        first_ms = numbered.first()
        return None if first_ms is None else day_of(first_ms)

    def _over(self, day: date, previous: R | None) -> R:
        """Return the day's root, not yet signed; the rows of a day stand in one range."""
        first = previous.last_number + 1 if previous else 1
        until_ms = day_start_ms(day + timedelta(days=1))
        rows = self.rows._default_manager.filter(number__gte=first, **{f"{self.numbered_ms}__lt": until_ms})
        beside = {column: hashlib.sha256() for column in self.beside}
        last = first - 1

        def leaves() -> Iterator[bytes]:
            nonlocal last
            for row in rows.order_by("number").values(*self.columns, *self.beside.values()).iterator(_CHUNK):
                last = row["number"]
                for column, digest in beside.items():
                    digest.update(bytes.fromhex(row[self.beside[column]]))
                yield self.leaf(*(row[column] for column in self.columns))

        tree_root = root_of(leaves()).hex()
        stated: dict[str, Any] = {column: digest.hexdigest() for column, digest in beside.items()}
        return self.root(
            day=day,
            first_number=first,
            last_number=last,
            tree_root=tree_root,
            previous_digest=previous.digest if previous else NO_ROOT,
            **stated,
        )
