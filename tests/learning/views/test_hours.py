"""The hour record: one's own entries, filtered, paged, exported without formulas."""

import csv
import datetime as dt
import io
import re
from html import unescape

import pytest
from django.test import Client

from learning.actions import credits, reversals
from learning.models import CreditEntry, Edition, Organisation, Person, Requirement, Role
from learning.rules.reasons import SendBackReason
from learning.rules.requirements import SubjectKind
from learning.views.hours import PAGE_SIZE
from tests.factories import learning as make
from tests.factories import years
from tests.factories.learning import NOON

pytestmark = pytest.mark.django_db
HOURS = "/me/hours/"
HOUR = dt.timedelta(hours=1)


def edition(kind: SubjectKind = SubjectKind.PUBLIC, centihours: int = 600) -> Edition:
    base = Organisation.objects.bases().first() or make.BaseFactory()
    return years.published(base=base, requirement=Requirement.objects.get(), kind=kind, centihours=centihours)


@pytest.fixture
def entries(learner: Person) -> list[CreditEntry]:
    """A confirmed public entry of 6.0 and a pending professional one of 9.0."""
    public = years.earn(person=learner, edition=edition(), now=NOON)
    professional = years.earn(person=learner, edition=edition(SubjectKind.PROFESSIONAL, 900), now=NOON)
    credits.approve(entry=public, by=years.member(public.auditor, Role.AUDITOR), now=NOON)
    credits.confirm(entry=public, by=years.member(public.bureau, Role.OFFICER), now=NOON)
    return [public, professional]


def shown(client: Client, person: Person, query: str = "") -> list[int]:
    client.force_login(person)
    return [row.pk for row in client.get(f"{HOURS}{query}").context["page"].object_list]


def test_hours_shows_all_of_ones_own_with_the_balance(
    client: Client, learner: Person, entries: list[CreditEntry]
) -> None:
    assert set(shown(client, learner)) == {entry.pk for entry in entries}
    assert '已确认 <b class="num">6.0</b>，待确认 <b class="num">9.0</b>' in client.get(HOURS).text


def test_hours_shows_nobody_elses(client: Client, cy: Person, entries: list[CreditEntry]) -> None:
    assert shown(client, cy) == []


def test_hours_asks_for_sign_in(client: Client) -> None:
    for path in (HOURS, "/me/hours/export/"):
        assert client.get(path)["Location"] == f"/accounts/login/?next={path}"


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("?subject=public", [0]),
        ("?subject=professional", [1]),
        ("?state=confirmed", [0]),
        ("?state=pending", [1]),
        ("?state=returned", []),
        ("?year=2026", [1, 0]),
        ("?year=2025", [1, 0]),  # not one of the years that have entries: filters nothing
        ("?subject=nonsense&state=%27", [1, 0]),
        ("?subject=public&state=pending", []),
    ],
)
def test_hours_keeps_what_the_filters_say(
    client: Client, learner: Person, entries: list[CreditEntry], query: str, kept: list[int]
) -> None:
    assert shown(client, learner, query) == [entries[index].pk for index in kept]


def test_what_the_year_calls_pending_opens_as_much(client: Client, learner: Person, entries: list[CreditEntry]) -> None:
    """Hours that were returned are pending too, though it is the learner whom they wait for."""
    auditor = years.member(entries[1].auditor, Role.AUDITOR)
    returned = years.earn(person=learner, edition=edition(SubjectKind.PROFESSIONAL, 300), now=NOON)
    credits.return_to_learner(entry=returned, by=auditor, reason_code="exam", reason_text="?", now=NOON)
    client.force_login(learner)
    year = client.get("/en/me/2026/")
    (link,) = re.findall(r'href="([^"]+)">\+ 12.0 pending</a>', year.text)[:1]

    behind = client.get(unescape(link))

    assert year.context["facts"].pending.total_centihours == 1_200
    assert {row.pk for row in behind.context["page"].object_list} == {entries[1].pk, returned.pk}
    assert behind.context["sums"]["pending"] == 1_200


def test_hours_pages_and_keeps_the_filters(client: Client, learner: Person, requirement: object) -> None:
    for _entry in range(PAGE_SIZE + 1):
        years.earn(person=learner, edition=edition(SubjectKind.PROFESSIONAL, 100), now=NOON)

    first = shown(client, learner, "?subject=professional")
    second = shown(client, learner, "?subject=professional&page=2")

    assert (len(first), len(second)) == (PAGE_SIZE, 1)
    assert not set(first) & set(second)
    assert 'href="?subject=professional&amp;page=2"' in client.get(f"{HOURS}?subject=professional").text


@pytest.mark.parametrize("page", ["0", "-1", "999", "x"])
def test_hours_answers_any_page_number(client: Client, learner: Person, entries: list[CreditEntry], page: str) -> None:
    assert len(shown(client, learner, f"?page={page}")) == 2


def test_export_holds_the_filtered_rows(client: Client, learner: Person, entries: list[CreditEntry]) -> None:
    client.force_login(learner)

    response = client.get("/me/hours/export/?subject=public")

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert len(rows) == 2
    assert rows[1][:3] == [str(entries[0].pk), "2026-11-19", "2026"]
    assert rows[1][5] == "6.00"


def test_export_of_nobody_elses_rows(client: Client, cy: Person, entries: list[CreditEntry]) -> None:
    client.force_login(cy)

    assert client.get("/me/hours/export/").content.decode("utf-8-sig").count("\r\n") == 1


def test_hours_taken_back_stay_and_are_named_so(client: Client, learner: Person, entries: list[CreditEntry]) -> None:
    officer = years.member(entries[0].bureau, Role.OFFICER)
    reversal = reversals.reverse(
        entry=entries[0], by=officer, reason_code=SendBackReason.HOURS, reason_text="重复", now=NOON
    )

    assert set(shown(client, learner)) == {*(entry.pk for entry in entries), reversal.pk}
    page = client.get(HOURS).text
    assert '已确认 <b class="num">0.0</b>，待确认 <b class="num">9.0</b>' in page
    assert page.count("已冲销") >= 2
    for pk in (entries[0].pk, reversal.pk):
        assert client.get(f"{HOURS}{pk}/").status_code == 200
    why = client.get(f"{HOURS}{reversal.pk}/why/").text
    assert f'href="/me/hours/{entries[0].pk}/why/"' in why
    assert "重复" in why


def test_hours_shows_the_balance_of_the_year_beside_what_is_confirmed(
    client: Client, learner: Person, entries: list[CreditEntry]
) -> None:
    public, professional = entries
    credits.approve(entry=professional, by=years.member(professional.auditor, Role.AUDITOR), now=NOON)
    credits.confirm(entry=professional, by=years.member(professional.bureau, Role.OFFICER), now=NOON)
    waiting = years.earn(person=learner, edition=edition(SubjectKind.PROFESSIONAL, 100), now=NOON)

    client.force_login(learner)
    balances = {row.pk: row.balance_centihours for row in client.get(HOURS).context["page"].object_list}

    assert balances == {public.pk: 600, professional.pk: 1500, waiting.pk: None}


def test_hours_balance_leaves_nothing_out_when_rows_are_filtered(
    client: Client, learner: Person, entries: list[CreditEntry]
) -> None:
    professional = entries[1]
    credits.approve(entry=professional, by=years.member(professional.auditor, Role.AUDITOR), now=NOON)
    credits.confirm(entry=professional, by=years.member(professional.bureau, Role.OFFICER), now=NOON)

    client.force_login(learner)
    (row,) = client.get(f"{HOURS}?subject=professional").context["page"].object_list

    assert row.balance_centihours == 1500


def test_hours_balance_ends_at_what_is_confirmed_after_a_reversal(
    client: Client, learner: Person, entries: list[CreditEntry]
) -> None:
    officer = years.member(entries[0].bureau, Role.OFFICER)
    reversal = reversals.reverse(
        entry=entries[0], by=officer, reason_code=SendBackReason.HOURS, reason_text="Counted twice.", now=NOON
    )

    client.force_login(learner)
    balances = {row.pk: row.balance_centihours for row in client.get(HOURS).context["page"].object_list}

    assert (balances[entries[0].pk], balances[reversal.pk]) == (600, 0)


def test_hours_balance_counts_what_was_judged_again_once(
    client: Client, learner: Person, entries: list[CreditEntry]
) -> None:
    first = entries[0]
    auditor, officer = years.member(first.auditor, Role.AUDITOR), years.member(first.bureau, Role.OFFICER)
    reversal = reversals.reverse(
        entry=first, by=officer, reason_code=SendBackReason.OTHER, reason_text="误", now=NOON + HOUR, is_again=True
    )
    restored = CreditEntry.objects.get(restores=reversal)
    credits.approve(entry=restored, by=auditor, now=NOON + 2 * HOUR)
    credits.confirm(entry=restored, by=officer, now=NOON + 3 * HOUR)

    client.force_login(learner)
    balances = {row.pk: row.balance_centihours for row in client.get(HOURS).context["page"].object_list}

    assert [balances[row.pk] for row in (first, reversal, restored)] == [600, 0, 600]


def test_hours_export_button_says_how_many(client: Client, learner: Person, entries: list[CreditEntry]) -> None:
    client.force_login(learner)

    assert "Export 2 entries (CSV)" in client.get(f"/en{HOURS}").text
    assert "Export 1 entry (CSV)" in client.get(f"/en{HOURS}?subject=public").text
