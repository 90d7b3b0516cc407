"""The first step of the demo: places, people and what happened before the visitor came."""

from collections.abc import Callable
from datetime import UTC, datetime

from django.db import transaction

from learning.actions import flags
from learning.actions.enrolments import local_year
from learning.demo import history, leave, people, places, rules
from learning.models import Organisation


@transaction.atomic
def build(now: datetime, report: Callable[[str], None]) -> None:
    """Build the small province; a second call changes nothing."""
    if Organisation.objects.filter(slug="kaifeng-university").exists():
        return
    report("regions, organisations and requirements")
    places.build_regions()
    places.build_organisations()
    this_year = local_year(now)
    begun_at = datetime(this_year - 1, 1, 1, tzinfo=UTC)
    for year in (this_year - 1, this_year):
        places.build_requirements(year, now=begun_at)
    report("people and their earlier hours")
    people.build_people()
    history.build_history(now)
    leave.build_leave(now)
    while flags.screen_due(now=now):
        pass
    rules.build_coming_version(now)
