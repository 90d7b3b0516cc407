"""The file of a lecture's visits says what its page says."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
from django.test import Client
from django.utils import translation

from learning.models import Membership, Person, Role
from tests.factories import learning as make_learning
from tests.factories import tracking as make
from tests.factories.learning import NOON
from tests.factories.tracking import Learner
from tests.tracking.rules.lines import segment
from tests.tracking.watching import visit
from tests.tracking.why import english, export, said
from tracking.demo import history

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(ada: Person) -> Learner:
    at = make.learner(ada)
    history.watch(at.enrolment, at.lesson, 45, NOON - dt.timedelta(days=1))
    return at


def rows_of(at: Learner) -> list[dict[str, str]]:
    with translation.override("en"):
        answer = at.client.get(export(at))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_file_has_the_pages_lines(at: Learner) -> None:
    visit(at, segment(0, 15_000, 45, 55, 10, flags=17, deferred_s=2), ended_s=15)

    rows = rows_of(at)

    page = english(at)
    told = [what for place in (1, 0) for what, _effect in said(page, place)]
    assert [row["What happened"] for row in rows] == told
    played = next(row for row in rows if row["Visit"] == "2" and row["Credited, s"] == "10")
    assert played["From (Beijing time)"] == "2026-11-19 12:00:05.000"
    assert played["Circumstances"] == "connection lost for a part of it; sound off"
    assert (played["Lecture from, s"], played["Lecture to, s"], played["Claims deferred, s"]) == ("45", "55", "2")
    assert played["Ledger lines"] == "1…1"


def test_file_adds_up_to_what_the_page_says(at: Learner) -> None:
    visit(at, segment(0, 30_000, 30, 59, 14), ended_s=30)

    rows = rows_of(at)

    gained = sum(int(row["Credited, s"]) - int(row["Voided, s"]) for row in rows)
    assert gained == english(at).context["sums"].credited_s == 59


def test_file_holds_no_formula(at: Learner) -> None:
    visit(at, segment(0, 10_000, 45, 55, 10), ended_s=10, label="=HYPERLINK(1)")

    assert next(row["Device"] for row in rows_of(at) if row["Visit"] == "2") == "'=HYPERLINK(1)"


@pytest.mark.parametrize("who", ["anonymous", "cy", "another base's auditor"])
def test_outsiders_get_no_file(at: Learner, cy: Person, who: str) -> None:
    client = Client()
    if who != "anonymous":
        client.force_login(cy)
    if who == "another base's auditor":
        Membership.objects.create(person=cy, organisation=make_learning.BaseFactory(), role=Role.AUDITOR)

    assert client.get(export(at)).status_code == (302 if who == "anonymous" else 404)
