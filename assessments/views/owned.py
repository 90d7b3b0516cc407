"""Whose exam is it: everyone but its learner is told that there is none."""

from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from assessments import access
from assessments.actions import attempts
from learning.models import Enrolment, Person


def enrolment_of(user: Person | AnonymousUser, enrolment_id: int, *, now: datetime) -> Enrolment:
    """Return the learner's own enrolment with what the room shows; an overdue attempt is closed first.

    Raises: Http404, for anyone else's and for courses without an exam.
    """
    if not isinstance(user, Person):
        raise Http404
    enrolment = (
        Enrolment.objects.of(user)
        .select_related("edition__base", "requirement", "person")
        .filter(pk=enrolment_id, edition__exam_required=True)
        .first()
    )
    if enrolment is None or not access.may_sit(user, enrolment):
        raise Http404
    attempts.expire_overdue(enrolment=enrolment, now=now)
    return enrolment
