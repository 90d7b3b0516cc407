"""Hours appear only here: centihours, seconds and waiting times become words at the edge."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.utils import timezone

register = template.Library()

CENTI = 100
TENTH = 10


@register.filter
def hours(centihours: int | None) -> str:
    """Show hundredths of a credit hour as 52.5, or 0.93 where tenths would hide something."""
    if centihours is None:
        return ""
    sign = "−" if centihours < 0 else ""
    whole, rest = divmod(abs(centihours), CENTI)
    return f"{sign}{whole}.{rest // TENTH}" if rest % TENTH == 0 else f"{sign}{whole}.{rest:02d}"


@register.filter
def signed_hours(centihours: int) -> str:
    """Show a change of hours with its sign: +9.0, −0.5."""
    return hours(centihours) if centihours < 0 else f"+{hours(centihours)}"


@register.filter
def clock(seconds: int | None) -> str:
    """Show seconds as a position in a video: 18:42, or 1:02:03 from an hour on."""
    if seconds is None:
        return ""
    minutes, second = divmod(int(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02d}:{second:02d}" if hour else f"{minutes:02d}:{second:02d}"


@register.filter
def percent_of(part: int, whole: int) -> str:
    """Show a share as a length for SVG attributes: 44.770 (capped at 100; 0 of nothing is 0)."""
    if not whole:
        return "0"
    return f"{min(max(part, 0), whole) * 100 / whole:.3f}"


@register.filter
def working_days_since(at: datetime) -> int:
    """Count the working days (Monday to Friday) that have passed since an instant."""
    zone = ZoneInfo(settings.TIME_ZONE)
    day: date = at.astimezone(zone).date()
    today = timezone.now().astimezone(zone).date()
    count = 0
    while day < today:
        day += timedelta(days=1)
        count += day.weekday() < 5  # noqa: PLR2004 -- Saturday is 5
    return count
