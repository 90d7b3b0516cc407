"""The pages of the flags' thresholds: read by officers, drafted by one of the province, issued by another."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from learning.models import AuditLogEntry, CreditScreening, FlagPolicy, FlagProposal, Person, Role
from learning.rules.flags.thresholds import THRESHOLDS, ThresholdUnit
from tests.factories import learning as make
from tests.factories import years
from tests.factories.flags import policy
from tests.factories.learning import NOON, PASSWORD
from tests.factories.offices import Office
from tests.factories.provinces import Province

pytestmark = pytest.mark.django_db
DRAFT, POLICY = "/bureau/flags/draft/", "/bureau/flags/"


@pytest.fixture
def province() -> Province:
    return Province()


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def english(client: Client, name: str) -> str:
    with translation.override("en"):
        return str(client.get(reverse(name)).text)


def written(**changes: int | str) -> dict[str, str]:
    """Return what the form posts: what is in force, with changes, in the units people write."""
    terms = policy().as_terms()
    per = {each.name: 60 if each.unit == ThresholdUnit.MINUTES else 1 for each in THRESHOLDS}
    said = {each.name: str(getattr(terms, each.name) // per[each.name]) for each in THRESHOLDS}
    return said | {"reason": "夜间学习较多"} | {name: str(value) for name, value in changes.items()}


def address(proposal: FlagProposal) -> str:
    return reverse("learning:flag-proposal", args=[proposal.pk])


def test_a_version_goes_from_draft_to_force_through_the_pages(province: Province) -> None:
    writer, second = signed_in(province.writer), signed_in(province.second)
    asked = writer.post(DRAFT, written(night_s_min=150) | {"do": "propose"})
    proposal = FlagProposal.objects.get()
    assert asked["Location"] == address(proposal)
    assert (proposal.night_s_min, proposal.reason_text, FlagPolicy.objects.count()) == (9_000, "夜间学习较多", 1)

    assert not writer.get(address(proposal)).context["may_issue"]
    second.post(address(proposal), {"do": "issue", "password": PASSWORD})

    issued = FlagPolicy.objects.in_force()
    assert issued is not None
    assert (issued.version, issued.night_s_min, issued.proposal.ended_by) == (2, 9_000, province.second)
    page = english(second, "learning:flag-policy")
    assert "Version 2, in force since" in page
    assert "3 h → 2 h 30 min" in page


def test_looking_shows_what_would_be_flagged_and_keeps_nothing(province: Province) -> None:
    office = Office(entries=2)
    CreditScreening.objects.bulk_create(
        CreditScreening(
            entry=entry, policy=policy(), edition=office.edition, figures={"night_marathon": 9_000}, screened_at=NOON
        )
        for entry in office.entries
    )
    page = signed_in(province.writer).post(DRAFT, written(night_s_min=150, night_hours=5, reason="") | {"do": "look"})

    outlooks = {row.code: row.anew for row in page.context["preview"].outlooks}
    assert (page.status_code, page.context["preview"].looked_at, outlooks["night_marathon"]) == (200, 2, 2)
    assert [each.name for each in page.context["unforeseen"]] == ["night_hours"]
    assert not FlagProposal.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"peers_min": 1}, "peers_min"),
        ({"night_s_min": "夜"}, "night_s_min"),
        ({"night_hours": 1}, "night_s_min"),
        ({"night_from_hour": 24}, "night_from_hour"),
        ({"reason": " "}, "reason"),
    ],
)
def test_what_cannot_be_set_is_said_beside_its_field(province: Province, changes: dict[str, Any], field: str) -> None:
    page = signed_in(province.writer).post(DRAFT, written(**changes) | {"do": "propose"})

    assert (page.status_code, list(page.context["form"].errors)) == (422, [field])
    assert not FlagProposal.objects.exists()


def test_a_figure_out_of_bounds_is_refused_with_its_bound_and_unit(province: Province) -> None:
    said = written(night_s_min=721, peers_min="") | {"do": "propose"}
    with translation.override("en"):
        page = signed_in(province.writer).post(reverse("learning:flag-draft"), said).text

    assert "Study in one night from which it is told (minutes)" in page
    assert "Give 720 or less." in page
    assert "Give a whole number." in page


def test_proposing_what_is_in_force_is_refused_in_words(province: Province) -> None:
    page = signed_in(province.writer).post(DRAFT, written() | {"do": "propose"})

    assert (page.status_code, list(page.context["form"].errors)) == (422, ["__all__"])


def test_while_one_waits_drafting_leads_to_it(province: Province) -> None:
    proposal = province.proposal(overlap_s_min=90)
    client = signed_in(province.second)

    assert client.get(DRAFT)["Location"] == address(proposal)
    assert client.post(DRAFT, written(overlap_s_min=70) | {"do": "propose"})["Location"] == address(proposal)
    assert FlagProposal.objects.count() == 1


def test_nothing_is_issued_without_the_password_or_by_its_writer(province: Province) -> None:
    proposal = province.proposal(overlap_s_min=90)

    wrong = signed_in(province.second).post(address(proposal), {"do": "issue", "password": "wrong"})
    writer = signed_in(province.writer).post(address(proposal), {"do": "issue", "password": PASSWORD})

    assert (wrong.status_code, writer.status_code, FlagPolicy.objects.count()) == (422, 403, 1)


def test_a_second_issue_is_told_that_somebody_was_first(province: Province) -> None:
    proposal = province.proposal(overlap_s_min=90)
    client = signed_in(province.second)
    for _time in range(2):
        answer = client.post(address(proposal), {"do": "issue", "password": PASSWORD})
        assert answer["Location"] == address(proposal)

    assert FlagPolicy.objects.count() == 2
    assert AuditLogEntry.objects.filter(action="flag_policy.issue").count() == 1


def test_withdrawing_asks_for_a_reason(province: Province) -> None:
    proposal = province.proposal(overlap_s_min=90)
    client = signed_in(province.writer)
    assert client.post(address(proposal), {"do": "withdraw", "reason": ""}).status_code == 422

    client.post(address(proposal), {"do": "withdraw", "reason": "重拟"})
    proposal.refresh_from_db()
    assert (proposal.state, proposal.end_text) == ("withdrawn", "重拟")


def test_a_bureau_reads_and_changes_nothing(province: Province) -> None:
    proposal = province.proposal(overlap_s_min=90)
    client = signed_in(years.member(make.BureauFactory(), Role.OFFICER))

    assert client.get(POLICY).status_code == client.get(address(proposal)).status_code == 200
    assert client.get(DRAFT).status_code == client.post(DRAFT, written()).status_code == 403
    for act in ("issue", "withdraw"):
        said = {"do": act, "password": PASSWORD, "reason": "不同意"}
        assert client.post(address(proposal), said).status_code == 403


def test_nobody_else_finds_the_pages(province: Province, ada: Person) -> None:
    proposal = province.proposal(overlap_s_min=90)
    auditor = years.member(make.BaseFactory(), Role.AUDITOR)

    for person in (ada, auditor):
        codes = {signed_in(person).get(path).status_code for path in (POLICY, DRAFT, address(proposal))}
        assert codes == {404}


def test_the_history_costs_as_much_with_three_versions_as_with_one(province: Province) -> None:
    client, counts = signed_in(province.second), []
    for _version in range(3):
        province.issue(province.proposal(overlap_s_min=policy().overlap_s_min + 1))
        with CaptureQueriesContext(connection) as queries:
            client.get(POLICY)
        counts.append(len(queries))

    assert counts[0] == counts[-1]
