"""R8, R9, R12: who makes rules, who answers for whom, and who never signs for themselves."""

from __future__ import annotations

import pytest
from django.test import Client

from learning import access
from learning.actions import credit_batches, credits
from learning.models import CreditEntry, Membership, Organisation, Person, Role
from learning.rules.credit_states import State
from learning.rules.snapshots import Seen
from tests.factories import learning as make
from tests.factories import years
from tests.factories.learning import NOON
from tests.factories.rules import Studio
from tests.factories.years import fulfilled_year

pytestmark = pytest.mark.django_db


def desk_of(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def county() -> Organisation:
    return make.BureauFactory(slug="lankao-bureau", region=make.lankao(), tier="county")


def test_r8_only_the_citys_own_bureau_makes_the_citys_rules(county: Organisation) -> None:
    studio = Studio()
    submitted = studio.submitted()
    others = [
        years.member(county, Role.OFFICER),
        years.member(make.BaseFactory(), Role.EDITOR),
        years.member(make.OrganisationFactory(kind=Organisation.Kind.DEPARTMENT), Role.OFFICER),
        years.member(studio.office, Role.CLERK),
    ]

    assert access.may_issue_rules(studio.second, submitted)
    for person in others:
        assert not access.may_draft_rules(person, studio.region)
        assert desk_of(person).get(f"/en/bureau/rules/{submitted.pk}/").status_code == 404
    assert desk_of(studio.second).get(f"/en/bureau/rules/{submitted.pk}/").status_code == 200


@pytest.mark.parametrize("who", ["city", "county"])
def test_r9_each_bureau_confirms_its_own_people(who: str, bureau: Organisation, county: Organisation) -> None:
    """Hours of the county's people go to the county, wherever they were taught."""
    offices = {"city": bureau, "county": county}
    person = make.PersonFactory(region=make.kaifeng() if who == "city" else make.lankao())
    year = fulfilled_year(
        person=person,
        requirement=make.RequirementFactory(),
        base=make.BaseFactory(),
        bureau=offices[who],
        stop_at="audited",
    )
    entry = CreditEntry.objects.get(pk=year.entries[0].pk)
    other = years.member(offices["county" if who == "city" else "city"], Role.OFFICER)

    assert entry.bureau == offices[who]
    assert access.may_confirm(year.officer, entry)
    assert not access.may_confirm(other, entry)
    assert entry not in CreditEntry.objects.visible_to(other)


def test_r9_a_county_without_a_bureau_is_the_citys(bureau: Organisation) -> None:
    assert credits.bureau_of(make.PersonFactory(region=make.lankao())) == bureau


def test_r12_an_officer_who_works_for_the_base_leaves_its_hours_to_colleagues() -> None:
    """The bureau organises and confirms, a base carries out: nobody does both on the same hours."""
    year = fulfilled_year(stop_at="audited")
    Membership.objects.create(person=year.officer, organisation=year.base, role=Role.EDITOR)
    seen = [Seen(year.entries[0].pk, 1)]
    snapshot = credit_batches.snapshot_of(year.entries[:1], seen)

    with pytest.raises(credits.OwnHours):
        credits.confirm(entry=year.entries[0], by=year.officer, now=NOON)
    told = credit_batches.confirm_all(seen=seen, snapshot=snapshot, bureau=year.bureau, by=year.officer, now=NOON)

    assert [left.why for left in told.left] == ["own_hours"]
    assert CreditEntry.objects.get(pk=year.entries[0].pk).standing.state == State.AUDITED


@pytest.mark.parametrize("kind", [Organisation.Kind.BASE, Organisation.Kind.DEPARTMENT, Organisation.Kind.EMPLOYER])
def test_r12_no_body_but_a_bureau_confirms(kind: Organisation.Kind) -> None:
    """An officer's role at any other body opens no confirmation desk."""
    body = make.OrganisationFactory(kind=kind)
    person = years.member(body, Role.OFFICER)

    assert not access.may_confirm_for(person, body)
    assert desk_of(person).get("/en/bureau/confirm/").status_code == 404
