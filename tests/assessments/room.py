"""What a learner does at the doors of the exam room."""

from __future__ import annotations

import datetime as dt
import json

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from assessments.actions import attempts
from assessments.models import Attempt
from learning.models import Enrolment, Person
from learning.models.clock import database_now
from tests.factories import assessments as make


def address(name: str, enrolment: Enrolment) -> str:
    return reverse(f"assessments:{name}", args=[enrolment.pk])


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def started(ada: Person, **facts: object) -> Attempt:
    return attempts.start(enrolment=make.ready(ada, **facts), now=database_now())  # type: ignore[arg-type]


def post_json(client: Client, attempt: Attempt, **change: object) -> HttpResponse:
    facts = {"attempt": attempt.number, "position": 1, "choices": ["A"], "flagged": False, "revision": 1} | change
    response: HttpResponse = client.post(
        address("save", attempt.enrolment), json.dumps(facts), content_type="application/json"
    )  # type: ignore[assignment]
    return response


def overdue(ada: Person) -> Attempt:
    """Return an attempt whose bell rang hours ago, noticed by nobody."""
    return attempts.start(enrolment=make.ready(ada), now=database_now() - dt.timedelta(hours=3))
