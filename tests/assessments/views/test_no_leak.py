"""S16: before the start no question, and never the key, in anything a learner receives."""

import datetime as dt
import json

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from assessments.actions import attempts
from assessments.models import Attempt
from learning.models import Enrolment, Person
from learning.models.clock import database_now
from tests.factories import assessments as make

pytestmark = pytest.mark.django_db
STEM_ZH, STEM_EN = "题目 q-", "Question q-"
FAR = dt.datetime(2200, 1, 1, tzinfo=dt.UTC)


def pages(client: Client, enrolment: Enrolment) -> list[str]:
    """Return every answer of the room in both languages, redirects followed."""
    found = []
    for language in ("zh-hans", "en"):
        with override(language):
            for name in ("exam", "take", "submit", "result"):
                target = reverse(f"assessments:{name}", args=[enrolment.pk])
                found.append(client.get(target, follow=True).content.decode())
            save = client.post(
                reverse("assessments:save", args=[enrolment.pk]),
                json.dumps({"attempt": 1, "position": 1, "choices": [], "flagged": True, "revision": 1}),
                content_type="application/json",
            )
            found.append(save.content.decode())
    return found


def secrets_of(attempt: Attempt) -> list[str]:
    return [str(attempt.seed), attempt.paper_digest, json.dumps(attempt.key), str(attempt.key), make.CANARY]


def test_no_question_is_sent_before_the_start(ada: Person, bureau: object, client: Client) -> None:
    enrolment = make.ready(ada)
    client.force_login(ada)

    for page in pages(client, enrolment):
        assert STEM_ZH not in page
        assert STEM_EN not in page
        assert make.CANARY not in page


@pytest.mark.parametrize("outcome", ["open", "failed", "passed"])
def test_no_key_is_ever_sent(ada: Person, bureau: object, client: Client, outcome: str) -> None:
    attempt = attempts.start(enrolment=make.ready(ada), now=database_now())
    if outcome == "passed":
        for position, letters in attempt.right_letters().items():
            make.AnswerFactory(attempt=attempt, position=position, choices=list(letters))
    if outcome != "open":
        attempts.submit(attempt=attempt, now=database_now())
    client.force_login(ada)

    for page in pages(client, attempt.enrolment):
        for secret in secrets_of(attempt):
            assert secret not in page


def test_paper_looks_the_same_whatever_the_key_says(ada: Person, bureau: object, client: Client) -> None:
    client.force_login(ada)
    pages = []
    for letter in "AC":
        attempt = make.AttemptFactory(
            enrolment__person=ada, key={str(position): [letter] for position in range(1, 5)}, deadline_at=FAR
        )
        page = client.get(reverse("assessments:take", args=[attempt.enrolment_id])).context["sheet"]
        pages.append(page)

    assert pages[0] == pages[1]
