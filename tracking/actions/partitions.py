"""Partitions ahead of time: the ledger always has a place for this month and the next two.

On SQLite every verb does nothing. A second call does nothing either; two at once follow each other.
"""

import logging
from datetime import datetime
from typing import Final

from tracking.models import partitions
from tracking.rules.months import Month

logger = logging.getLogger(__name__)

_AHEAD: Final = 2
#: Moving keeps readers waiting, some 10 µs a row; more than this waits for a quiet hour.
CHEAP_ROWS: Final = 20_000
#: A row dated beyond these is a fault to be looked at, not a month to be made.
_EARLIEST: Final = Month(2020, 1)
_MONTHS_TO_COME: Final = 12


def make_ahead(*, now: datetime) -> list[Month]:
    """Make the partitions of this month and the next two; return those that were made.

    A month that has rows in the default partition already is left to `move_strays`.
    Raises: OperationalError, when a lock was not to be had; the next call tries again.
    """
    if not partitions.are_kept():
        return []
    wanted = {_month(now).plus(months) for months in range(_AHEAD + 1)}
    if partitions.months() >= wanted:
        return []
    with partitions.shaping():
        missing = sorted(wanted - partitions.months() - _stray_months(now))
        for month in missing:
            partitions.make(month)
    return missing


def move_strays(*, now: datetime, most: int | None = CHEAP_ROWS) -> int:
    """Move the rows of the default partition into their months, if there are no more than `most`.

    Returns how many moved. What stays is said to the operator: rows too many to move by the way,
    or dated where no viewing can be. Raises: as `make_ahead`.
    """
    if not partitions.are_kept():
        return 0
    count = partitions.count_in_default(limit=None if most is None else most + 1)
    moved = 0
    if count and (most is None or count <= most):
        with partitions.shaping():
            missing = _stray_months(now)
            moved = partitions.move_out_of_default(missing) if missing else 0
    if count > moved:
        logger.error("The default partition of the viewing ledger holds %d rows or more", count - moved)
    return moved


def _stray_months(now: datetime) -> set[Month]:
    """Return the months of the rows in the default partition for which one may be made."""
    return partitions.months_in_default(_EARLIEST, _month(now).plus(_MONTHS_TO_COME))


def _month(now: datetime) -> Month:
    return Month.of(int(now.timestamp() * 1_000))
