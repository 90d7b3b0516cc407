"""The first step of the demo: places, people and what happened before the visitor came."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.db import transaction

from learning.actions import flags, notices, overdue_queues, reminders
from learning.actions.enrolments import local_year
from learning.demo import crowd, history, leave, people, places, rules, thresholds
from learning.models import Notice, Organisation

#: How long back a learner of the demo has not looked at their messages.
UNREAD_FOR = timedelta(days=45)


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
    people.build_people(begun_at)
    history.build_history(now)
    leave.build_leave(now)
    report("the city's other people, and the count of how they stand")
    crowd.build_crowd(now)
    while flags.screen_due(now=now):
        pass
    rules.build_coming_version(now)
    thresholds.build_proposal(now)
    _let_the_past_be_read(now)


def _let_the_past_be_read(now: datetime) -> None:
    """Remind whoever is due, leave only the last weeks' notices unread, and mail none of them: nobody waited for it."""
    reminders.remind_at_risk(now=now)
    overdue_queues.tell_overdue_queues(now=now)
    notices.mark_read(Notice.objects.filter(created_at__lt=now - UNREAD_FOR), now=now)
    Notice.objects.update(planned_at=now)
