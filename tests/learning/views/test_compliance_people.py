"""People by name: only those the bureau answers for, narrowed, sorted and paged; each file of them is noted."""

from __future__ import annotations

import csv
import datetime as dt
import io

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from learning.actions import tallies
from learning.models import AnnualRecord, AuditLogEntry, Organisation, Person, Region, Role
from learning.views.compliance_people import PAGE_SIZE
from tests.factories import learning as make
from tests.factories import years
from tests.factories.learning import NOON
from tests.factories.tallies import people

pytestmark = pytest.mark.django_db
URL = "/en/bureau/compliance/people/"
ID_NUMBER = "410203198802032626"


@pytest.fixture
def city() -> Organisation:
    return make.BureauFactory(slug="kaifeng", region=make.kaifeng())


@pytest.fixture
def desk(client: Client, city: Organisation) -> Client:
    client.force_login(years.member(city, Role.OFFICER))
    return client


def count(now: dt.datetime = NOON) -> None:
    tallies.take(year=2026, now=now)


def names(client: Client, query: str = "") -> list[str]:
    """Return whom a list names, counted at its first opening."""
    count()
    return [row.person.full_name_en for row, *_others in client.get(f"{URL}{query}").context["rows"]]


def test_people_are_sorted_by_what_is_to_study(desk: Client) -> None:
    people(make.kaifeng(), qualified=1, at_risk=1, on_track=1, not_started=1)
    count()

    rows = desk.get(URL).context["rows"]

    assert [(row.status, to_study) for row, to_study, _until in rows] == [
        ("not_started", 8_600), ("at_risk", 6_000), ("on_track", 100), ("qualified", 0),
    ]  # fmt: skip


def test_people_of_a_county_with_its_own_bureau_are_not_listed(desk: Client) -> None:
    below = Region.objects.create(code="410222", name_zh="通许县", name_en="Tongxu", parent=make.kaifeng())
    make.BureauFactory(slug="lankao", region=make.lankao())
    people(make.lankao(), at_risk=1)
    (own,) = people(below, at_risk=1)

    assert names(desk) == [own.full_name_en]
    assert names(desk, "?region=410225") == []
    theirs = Person.objects.get(region=make.lankao(), title_level="intermediate")
    assert desk.get(f"{URL}{theirs.pk}/").status_code == 404
    assert theirs.full_name_en not in desk.get(f"{URL}export/").content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?status=at_risk", 2),
        ("?status=qualified", 1),
        ("?status=nonsense", 4),
        ("?level=junior", 1),
        ("?region=410222", 1),
        ("?region=410200", 3),
        ("?region=999999", 0),
        ("?q=at_risk", 2),
        ("?q=nobody", 0),
        ("?employer=unit", 1),
        ("?employer=none", 3),
        ("?industry=health", 1),
        ("?industry=county-health", 0),
        ("?industry=none", 3),
        ("?base=some-base", 0),
    ],
)
def test_people_are_narrowed_as_asked_for(desk: Client, query: str, found: int) -> None:
    below = Region.objects.create(code="410222", name_zh="通许县", name_en="Tongxu", parent=make.kaifeng())
    people(below, at_risk=1)
    people(make.kaifeng(), level="junior", at_risk=1)
    (first, _second) = people(make.kaifeng(), qualified=1, not_started=1)
    health = make.OrganisationFactory(kind="department", slug="health")
    county = make.OrganisationFactory(kind="department", slug="county-health", region=below, supervisor=health)
    make.MembershipFactory(person=first, organisation=make.OrganisationFactory(slug="unit", department=county))

    assert len(names(desk, query)) == found


def test_people_of_a_base_are_those_who_earned_hours_there(desk: Client, city: Organisation, ada: Person) -> None:
    year = years.fulfilled_year(bureau=city)

    assert names(desk, f"?base={year.base.slug}") == [year.person.full_name_en]


def test_a_list_is_as_long_as_its_figure_and_says_when_it_was_counted(desk: Client) -> None:
    (person,) = people(make.kaifeng(), at_risk=1)
    count()
    AnnualRecord.objects.filter(person=person).update(state=AnnualRecord.State.MET, met_at=NOON)
    people(make.kaifeng(), at_risk=1)

    page = desk.get(f"{URL}?status=at_risk")

    assert [row.person for row, *_others in page.context["rows"]] == [person]
    assert "Counted at 11/19 12:00." in page.content.decode()
    assert "2026 is fulfilled" in desk.get(f"{URL}{person.pk}/").content.decode()


def test_nobody_is_listed_who_moved_away_since_the_count(desk: Client) -> None:
    make.BureauFactory(slug="lankao", region=make.lankao())
    (person,) = people(make.kaifeng(), at_risk=1)
    count()
    Person.objects.filter(pk=person.pk).update(region=make.lankao())

    assert names(desk) == []
    assert person.full_name_en not in desk.get(f"{URL}export/").content.decode()


def test_a_year_not_counted_yet_lists_nobody_and_sends_nothing(desk: Client) -> None:
    people(make.kaifeng(), at_risk=1)

    assert "The count runs by itself" in desk.get(URL).content.decode()
    assert desk.get(f"{URL}export/").status_code == 404


def test_a_year_that_is_being_made_up_says_until_when(desk: Client) -> None:
    make.RequirementFactory(cutoff_on=dt.date(2026, 11, 18), makeup_until_on=dt.date(2027, 6, 30))
    (person,) = people(make.kaifeng(), on_track=1)

    assert names(desk, "?status=making_up") == [person.full_name_en]
    assert names(desk, "?status=missed") == []
    assert "In its make-up window until 2027-06-30" in desk.get(URL).content.decode()
    assert "In its make-up window until 2027-06-30" in desk.get(f"{URL}{person.pk}/").content.decode()
    assert "in its make-up window until 2027-06-30" in desk.get(f"{URL}export/").content.decode()


def test_people_are_paged(desk: Client) -> None:
    people(make.kaifeng(), not_started=PAGE_SIZE + 1)

    assert len(names(desk, "?page=2")) == 1


def test_a_very_long_list_is_paged_only_so_far(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("learning.views.compliance_people.MOST_PAGED", 2)
    people(make.kaifeng(), not_started=3)
    count()

    page = desk.get(URL)

    assert "More than 2 people" in page.content.decode()
    assert len(page.context["rows"]) == 2


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize(("query", "questions"), [("", 16), ("?industry=health", 19)])
def test_people_cost_the_same_questions_for_many(desk: Client, query: str, questions: int, number: int) -> None:
    health = make.OrganisationFactory(kind="department", slug="health")
    for person in people(make.kaifeng(), at_risk=number, not_started=number):
        make.MembershipFactory(person=person, organisation=make.OrganisationFactory(department=health))
    count()
    desk.get(f"{URL}{query}")

    with CaptureQueriesContext(connection) as asked:
        page = desk.get(f"{URL}{query}")

    assert len(page.context["rows"]) == 2 * number
    assert len(asked) == questions


def test_a_person_opens_into_the_evidence_of_their_year(desk: Client, city: Organisation) -> None:
    year = years.fulfilled_year(bureau=city)

    page = desk.get(f"{URL}{year.person.pk}/").content.decode()

    assert "Chen Hui: 2026 is fulfilled" in page
    assert "410*************26" in page
    assert ID_NUMBER not in page
    for entry in year.entries:
        assert f"/en/me/hours/{entry.pk}/why/" in page


def test_entries_of_another_bureau_stay_with_it(desk: Client, city: Organisation) -> None:
    elsewhere = make.BureauFactory(region=make.lankao())
    year = years.fulfilled_year(bureau=elsewhere, person=make.PersonFactory(region=make.lankao()))
    Person.objects.filter(pk=year.person.pk).update(region=make.kaifeng())

    page = desk.get(f"{URL}{year.person.pk}/").content.decode()

    assert "No entry to show" in page


@pytest.mark.parametrize("person", ["new", "without a rule"])
def test_a_person_without_a_record_is_shown_what_is_owed(desk: Client, person: str) -> None:
    if person == "new":
        make.RequirementFactory()
    found = make.PersonFactory()

    page = desk.get(f"{URL}{found.pk}/").content.decode()

    assert ("has 86.0 hours to study" in page) == (person == "new")
    assert ("No rule binds this person" in page) == (person == "without a rule")


@pytest.fixture
def mischief(city: Organisation) -> Person:
    person = years.fulfilled_year(bureau=city).person
    person.full_name_en = '=HYPERLINK("http://elsewhere.test","here")'
    person.save()
    count()
    return person


def test_the_list_goes_out_as_csv_without_formulas_and_with_ids_masked(desk: Client, mischief: Person) -> None:
    response = desk.get(f"{URL}export/?status=qualified")

    (head, line) = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert response["Content-Disposition"] == 'attachment; filename="people-2026.csv"'
    assert head[:2] == ["Name", "ID number"]
    assert line[:2] == [f"'{mischief.full_name_en}", "410*************26"]
    assert line[-3:] == ["88.00", "0.00", "0.00"]


def test_the_list_goes_out_as_a_workbook_whose_cells_are_text(desk: Client, mischief: Person) -> None:
    response = desk.get(f"{URL}export/?as=xlsx")

    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).worksheets[0]
    name, id_number, *_others, confirmed, _pending, _to_study = next(sheet.iter_rows(min_row=2))
    assert (name.value, name.data_type) == (mischief.full_name_en, "s")
    assert (id_number.value, id_number.data_type) == ("410*************26", "s")
    assert (confirmed.value, confirmed.data_type) == (88, "n")
    assert [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"] == []


def test_every_file_of_people_is_noted(desk: Client, city: Organisation, mischief: Person) -> None:
    desk.get(f"{URL}export/?as=xlsx&status=qualified&q=HYPER")

    entry = AuditLogEntry.objects.get(action="export.people")
    assert (entry.subject, entry.organisation, entry.actor) == ("people-2026", city, years.member(city, Role.OFFICER))
    assert entry.facts == {"kind": "xlsx", "lines": 1, "asked": {"status": "qualified", "q": "HYPER"}}


@pytest.mark.parametrize("typed", [ID_NUMBER, "4102 0319 8802 0326 26", "41020319880203262x", "138-0000-0001"])
def test_the_note_of_a_file_holds_no_number_of_a_person(desk: Client, city: Organisation, typed: str) -> None:
    """Pasted into the search, it would stand in the audit log for ever (RELIABILITY S15)."""
    people(make.kaifeng(), not_started=1)
    count()

    desk.get(f"{URL}export/", {"q": f"李 {typed}", "region": "410200", "year": "2026", "x\x00": "\x00y"})

    asked = AuditLogEntry.objects.get(action="export.people").facts["asked"]
    assert asked == {"q": f"李 {typed[:3]}…", "region": "410200", "year": "2026", "x": "y"}


def test_a_file_is_bounded_and_says_so(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("learning.views.exports.MOST_LINES", 2)
    people(make.kaifeng(), not_started=3)
    count()
    *lines, last = desk.get(f"{URL}export/").content.decode().splitlines()

    assert len(lines) == 3
    assert "This file ends here, after 2 lines" in last
    assert AuditLogEntry.objects.get(action="export.people").facts["lines"] == 2


def test_a_file_that_holds_everybody_says_nothing_more(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("learning.views.exports.MOST_LINES", 3)
    people(make.kaifeng(), not_started=3)
    count()

    assert desk.get(f"{URL}export/").content.decode().count("\r\n") == 4
