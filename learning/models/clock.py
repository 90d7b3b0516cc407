"""The database's clock: the authority for credit and deadlines (D5).

Doors read it once and pass `now` down; no rule and no verb reads a clock.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

_SQL = {
    "postgresql": "SELECT clock_timestamp()",
    "sqlite": "SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')",
}


def database_now() -> datetime:
    """Return the database server's present time, aware, in UTC."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL[connection.vendor])
        value: datetime | str = cursor.fetchone()[0]
    at = datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value
    return at.astimezone(UTC)


def local_date(now: datetime) -> date:
    """Return the date an instant has for people here."""
    return now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
