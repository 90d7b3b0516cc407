"""The audit desk: its auditor alone sees it, the longest wait first, evidence beside it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from learning.actions import credits
from learning.models import (
    CreditDecision,
    CreditEntry,
    Membership,
    Organisation,
    Person,
    Role,
)
from learning.rules.requirements import SubjectKind
from tests.factories import learning as make
from tests.factories import years
from tests.factories.learning import NOON
from tests.factories.offices import Office, seen_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def desk(client: Client, office: Office) -> Client:
    client.force_login(office.auditor)
    return client


def url(office: Office, query: str = "") -> str:
    return f"/en/base/{office.base.slug}/audit/{query}"


def rows(response: object) -> list[CreditEntry]:
    return [row.entry for row in response.context["rows"]]  # type: ignore[attr-defined]


# Who may come in ----------------------------------------------------------------


def test_audit_asks_a_visitor_to_sign_in(client: Client, office: Office) -> None:
    response = client.get(url(office))

    assert response.status_code == 302
    assert response["Location"].startswith("/en/accounts/login/")


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("who", ["outsider", "learner", "other auditor", "officer", "editor", "administrator"])
def test_audit_is_not_there_for_anyone_but_its_auditor(client: Client, office: Office, who: str, method: str) -> None:
    other = Office(entries=0)
    people: dict[str, Person] = {
        "outsider": make.PersonFactory(),
        "learner": office.entries[0].person,
        "other auditor": other.auditor,
        "officer": office.officer,
        "editor": years.member(office.base, Role.EDITOR),
        "administrator": years.member(office.base, Role.ADMINISTRATOR),
    }
    client.force_login(people[who])

    data = {"do": "approve", "pick": str(seen_of(office.entries)[0])} if method == "post" else {}
    assert getattr(client, method)(url(office), data).status_code == 404
    assert CreditDecision.objects.count() == 0


def test_audit_of_a_body_that_does_not_exist_is_not_there(desk: Client) -> None:
    assert desk.get("/en/base/no-such-base/audit/").status_code == 404


def test_an_auditor_of_a_bureau_has_no_audit_desk(client: Client) -> None:
    bureau = make.BureauFactory()
    client.force_login(years.member(bureau, Role.AUDITOR))

    assert client.get(f"/en/base/{bureau.slug}/audit/").status_code == 404


def test_a_department_audits_as_a_base_does(client: Client) -> None:
    office = Office(entries=0)
    department = make.OrganisationFactory(kind=Organisation.Kind.DEPARTMENT)
    client.force_login(years.member(department, Role.AUDITOR))

    response = client.get(f"/en/base/{department.slug}/audit/")

    assert (response.status_code, response.context["standing"].all.count) == (200, 0)
    assert office.bureau.pk


# What is seen -------------------------------------------------------------------


def test_audit_shows_the_longest_wait_first_and_only_this_bases(desk: Client, office: Office) -> None:
    Office(entries=2)

    response = desk.get(url(office))

    assert rows(response) == sorted(office.entries, key=lambda entry: entry.pk)
    assert "3 entries to audit" in response.content.decode()


def test_audit_shows_score_coverage_and_opens_the_first_row(desk: Client, office: Office) -> None:
    response = desk.get(url(office))

    row = response.context["rows"][0]
    assert (row.score_percent, row.coverage_percent) == (88, 100)
    assert response.context["dossier"].entry == row.entry
    assert [line.needed_s for line in response.context["dossier"].lessons] == [58, 58]


def test_audit_asks_the_database_as_often_for_three_rows_as_for_one(client: Client) -> None:
    office = Office(entries=1)
    client.force_login(office.auditor)
    with CaptureQueriesContext(connection) as for_one:
        client.get(url(office))
    for _number in range(2):
        years.earn(person=make.PersonFactory(), edition=office.edition)

    with CaptureQueriesContext(connection) as for_three:
        response = client.get(url(office))

    assert len(rows(response)) == 3
    assert len(for_three) == len(for_one)


def test_audit_pages_the_queue(desk: Client, office: Office) -> None:
    for _number in range(20):
        years.earn(person=make.PersonFactory(), edition=office.edition)

    first, second = desk.get(url(office)), desk.get(url(office, "?page=2"))

    assert (len(rows(first)), len(rows(second))) == (20, 3)
    assert not set(rows(first)) & set(rows(second))


def test_audit_finds_by_name_course_number_and_subject(desk: Client, office: Office) -> None:
    wanted = office.entries[1]
    public = years.published(base=office.base, requirement=wanted.requirement, kind=SubjectKind.PUBLIC, centihours=400)
    other = years.earn(person=make.PersonFactory(full_name="独孤求败"), edition=public)

    assert rows(desk.get(url(office, "?q=独孤"))) == [other]
    assert rows(desk.get(url(office, f"?q={public.title_zh}"))) == [other]
    assert rows(desk.get(url(office, f"?q=%23{wanted.pk}"))) == [wanted]
    assert rows(desk.get(url(office, "?subject=public"))) == [other]
    assert "Nothing matches" in desk.get(url(office, "?q=nobody-at-all")).content.decode()


@pytest.mark.parametrize("query", ["?page=x", "?order=x", "?subject=x", "?tab=x", "?entry=x", "?done=x", "?decided=9"])
def test_audit_takes_an_unknown_address_as_unsaid(desk: Client, office: Office, query: str) -> None:
    assert len(rows(desk.get(url(office, query)))) == 3


def test_audit_does_not_open_another_bases_entry(desk: Client, office: Office) -> None:
    foreign = Office(entries=1).entries[0]

    assert desk.get(url(office, f"?entry={foreign.pk}")).status_code == 404


def test_audit_gives_htmx_the_evidence_alone(desk: Client, office: Office) -> None:
    entry = office.entries[0]

    response = desk.get(url(office, f"?entry={entry.pk}&next=7"), headers={"HX-Request": "true"})

    text = response.content.decode()
    assert f'data-open="{entry.pk}"' in text
    assert "<html" not in text
    assert 'name="next" value="7"' in text


def test_audit_says_when_nothing_waits(client: Client) -> None:
    office = Office(entries=0)
    client.force_login(office.auditor)

    assert "Nothing to audit" in client.get(url(office)).content.decode()


def test_ones_own_entry_is_shown_as_a_colleagues(client: Client, office: Office) -> None:
    learner = office.entries[0].person
    Membership.objects.create(person=learner, organisation=office.base, role=Role.AUDITOR)
    client.force_login(learner)

    response = client.get(url(office, f"?entry={office.entries[0].pk}&select=page"))

    barred = [row.entry for row in response.context["rows"] if row.is_barred]
    assert barred == [office.entries[0]]
    assert "These are your own hours. A colleague decides on them." in response.content.decode()
    assert response.context["selected_amount"].count == 2


def test_the_bureaus_words_are_read_at_the_base(desk: Client, office: Office) -> None:
    entry = office.entries[0]
    credits.approve(entry=entry, by=office.auditor, now=NOON)
    credits.send_back(entry=entry, by=office.officer, reason_code="overlap", reason_text="Please look", now=NOON)

    page = desk.get(url(office, f"?entry={entry.pk}")).content.decode()

    assert "sent back by the bureau" in page
    assert "The times overlap with study elsewhere" in page
    assert "Please look" in page


def test_names_are_escaped(desk: Client, office: Office) -> None:
    years.earn(person=make.PersonFactory(full_name_en="<script>alert(1)</script>"), edition=office.edition)

    assert "<script>alert" not in desk.get(url(office)).content.decode()


def test_chinese_page_speaks_chinese(desk: Client, office: Office) -> None:
    page = desk.get(f"/base/{office.base.slug}/audit/").content.decode()

    assert "还有 3 条待审核" in page
