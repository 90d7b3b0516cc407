"""Hours appear only here: centihours, seconds and waiting times become words at the edge."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

from learning.models import Person
from learning.models.bilingual import localized
from learning.rules.requirements import TitleLevel

register = template.Library()

LEVELS: dict[str, object] = {
    TitleLevel.SENIOR_FULL: pgettext_lazy("title level", "senior"),
    TitleLevel.SENIOR_ASSOCIATE: pgettext_lazy("title level", "associate senior"),
    TitleLevel.INTERMEDIATE: pgettext_lazy("title level", "intermediate"),
    TitleLevel.JUNIOR: pgettext_lazy("title level", "junior"),
}

CENTI = 100
TENTH = 10


@register.filter
def hours(centihours: int | None) -> str:
    """Show hundredths of a credit hour as 52.5, or 0.93 where tenths would hide something.

    52.5+ is a sum that stopped there.
    """
    if centihours is None:
        return ""
    sign = "−" if centihours < 0 else ""
    whole, rest = divmod(abs(centihours), CENTI)
    more = "+" if getattr(centihours, "is_cut", False) else ""
    return f"{sign}{whole}.{rest // TENTH if rest % TENTH == 0 else f'{rest:02d}'}{more}"


@register.filter
def hours_short(centihours: int) -> str:
    """Show a rule's hours as laws write them: 86, or 22.5."""
    return hours(centihours).removesuffix(".0")


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


@register.filter
def duration(seconds: int) -> str:
    """Show a length as people say it: 1 h 57 min, 35 s."""
    minutes, second = divmod(int(seconds), 60)
    hour, minute = divmod(minutes, 60)
    if hour and not minute:
        return pgettext("length", "%(hours)s h") % {"hours": hour}
    if hour:
        return _("%(hours)s h %(minutes)s min") % {"hours": hour, "minutes": minute}
    if minute and second:
        return _("%(minutes)s min %(seconds)s s") % {"minutes": minute, "seconds": second}
    if minute:
        return _("%(minutes)s min") % {"minutes": minute}
    return _("%(seconds)s s") % {"seconds": second}


@register.filter
def month_here(day: date) -> str:
    """Show a month as calendars here write it: 7月, Jul."""
    if (get_language() or "").startswith("en"):
        return date_format(day, "M")
    return f"{day.month}月"


@register.filter
def name_here(person: Person) -> str:
    """Show a person's name as this page's readers write it."""
    if person.full_name_en and (get_language() or "").startswith("en"):
        return person.full_name_en
    return person.full_name


@register.filter
def title_here(person: Person) -> str:
    """Show a professional's title and level: 工程师 · 中级."""
    parts = [localized(person, "title")]
    if person.title_level:
        parts.append(str(level_word(person.title_level)))
    return " · ".join(part for part in parts if part)


@register.filter
def level_word(level: str) -> object:
    """Name a title level."""
    return LEVELS.get(level, level)


@register.filter
def key_of(mapping: Mapping[object, object], key: object) -> object:
    """Return the value under a key the template holds in a variable."""
    return mapping.get(key)


@register.filter
def rate(percent: int) -> str:
    """Show a playing speed: 100 as 1.0."""
    return f"{percent / CENTI:.1f}"
