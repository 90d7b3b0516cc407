"""Where a day of a ledger begins and ends, and the line that is left with others for it.

Days are Beijing days, the days of the learners and the regulator: UTC+8 without summer time,
whatever the server's settings say. Knows text; nothing of keys or rows.
Source: TRACKING §4, daily root; docs/decisions/0008.
"""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

BEIJING: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
#: What stands for the root before the first one.
NO_ROOT: Final = "0" * 64
_MS: Final = 1_000


def anchor_line(statement: str, *, digest: str, signature: str, public_key: str) -> str:
    """Return the one line that is left with others: the statement, its digest, signature and key."""
    return f"{statement}|{digest}|{signature}|{public_key}"


def day_of(at_ms: int) -> date:
    """Return the Beijing day of an instant."""
    return datetime.fromtimestamp(at_ms / _MS, tz=BEIJING).date()


def day_start_ms(day: date) -> int:
    """Return the first instant of a Beijing day; that of the next day is its end."""
    start = datetime(day.year, day.month, day.day, tzinfo=BEIJING)
    return int(start.astimezone(UTC).timestamp()) * _MS
