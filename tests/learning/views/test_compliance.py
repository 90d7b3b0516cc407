"""The bureau's comparison: shares, gaps, what is withheld, what waits; and its files."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from learning.actions import tallies
from learning.models import AuditLogEntry, Organisation, Person, Region, Role, Tally
from tests.factories import learning as make
from tests.factories import years
from tests.factories.learning import NOON
from tests.factories.tallies import people

pytestmark = pytest.mark.django_db
URL = "/en/bureau/compliance/"


@pytest.fixture
def city() -> Organisation:
    return make.BureauFactory(slug="kaifeng", region=make.kaifeng())


@pytest.fixture
def county() -> Organisation:
    return make.BureauFactory(slug="lankao", region=make.lankao())


@pytest.fixture
def desk(client: Client, city: Organisation) -> Client:
    client.force_login(years.member(city, Role.OFFICER))
    return client


@pytest.fixture
def counted(city: Organisation, county: Organisation) -> Tally:
    people(make.kaifeng(), qualified=30, awaiting=10, on_track=10, at_risk=40, not_started=10)
    people(make.lankao(), qualified=12, awaiting=3, on_track=9, at_risk=6, not_started=20)
    tallies.take(year=2026, now=NOON)
    return Tally.objects.get()


def plain(page: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


def rows(page: Any) -> dict[str, list[str]]:
    """Return the lines of the first table: name → cells."""
    table = page.content.decode().split('<table class="compared">')[1].split("</table>")[0]
    lines = re.findall(r"<tr><th scope=\"row\">(.*?)</th>(.*?)</tr>", table, re.DOTALL)
    return {
        name: [re.sub("<[^>]+>", "", cell) for cell in re.findall(r"<td.*?>(.*?)</td>", cells)] for name, cells in lines
    }


def test_compliance_says_how_many_qualified_and_the_change_in_a_week(desk: Client, counted: Tally) -> None:
    before = Tally.objects.create(year=2026, counted_on=NOON.date() - dt.timedelta(days=7), counted_at=NOON)
    before.years.create(region=make.kaifeng(), title_level="junior", people=100, qualified=20, not_started=80)

    page = plain(desk.get(URL))

    assert "28% of 150 people qualified in 2026" in page
    assert "Up 8 points in a week." in page
    assert "Counted at 11/19 12:00" in page


def test_counties_are_compared_the_widest_gap_first(desk: Client, counted: Tally) -> None:
    page = desk.get(URL)

    assert list(rows(page)) == ["Lankao", "Kaifeng itself", "All"]
    assert rows(page)["All"] == ["150", "42", "13", "19", "46", "30", "28%"]
    assert list(rows(desk.get(f"{URL}?order=name"))) == ["Kaifeng itself", "Lankao", "All"]
    assert list(rows(desk.get(f"{URL}?order=people"))) == ["Kaifeng itself", "Lankao", "All"]


def test_small_numbers_are_withheld_with_what_would_tell_them(desk: Client, counted: Tally) -> None:
    """Three people of Lankao wait for an office; with Kaifeng's ten they would follow from the sum of thirteen."""
    page = desk.get(URL)

    told = rows(page)
    assert told["Lankao"] == ["50", "12", "—", "—", "6", "20", "24%"]
    assert told["Kaifeng itself"] == ["100", "30", "—", "—", "40", "10", "30%"]
    assert page.content.decode().count("f-veiled") == 2
    assert "withheld" in plain(page)


def test_the_files_withhold_the_same_numbers(desk: Client, counted: Tally) -> None:
    lines = list(csv.reader(io.StringIO(desk.get(f"{URL}export/").content.decode("utf-8-sig"))))
    book = openpyxl.load_workbook(io.BytesIO(desk.get(f"{URL}export/?as=xlsx").content))

    assert lines[1] == ["Lankao", "50", "12", "withheld", "withheld", "6", "20", "24"]
    assert [cell.value for cell in next(book.worksheets[0].iter_rows(min_row=2, max_row=2))] == [
        "Lankao", 50, 12, "withheld", "withheld", 6, 20, 24,
    ]  # fmt: skip
    assert not AuditLogEntry.objects.filter(action="export.people").exists()


def test_a_county_too_small_is_told_with_the_next(desk: Client, counted: Tally) -> None:
    tongxu = Region.objects.create(code="410222", name_zh="通许县", name_en="Tongxu", parent=make.kaifeng())
    people(tongxu, qualified=2, at_risk=1)
    tallies.take(year=2026, now=NOON + dt.timedelta(minutes=1))

    page = desk.get(URL)

    assert "Tongxu" not in plain(page)
    assert rows(page)["2 small groups together"][0] == "53"


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("level", ["intermediate", "All"]),
        ("employer", ["Of no employing unit", "All"]),
        ("nonsense", ["Lankao", "Kaifeng itself", "All"]),
    ],
)
def test_people_are_parted_as_asked_for(desk: Client, counted: Tally, by: str, names: list[str]) -> None:
    assert list(rows(desk.get(f"{URL}?by={by}"))) == names


@pytest.fixture
def units(city: Organisation) -> dict[str, Organisation]:
    """Two hospitals, one beneath a county's department that answers to the city's, and a school without one."""
    health = make.OrganisationFactory(kind="department", slug="health", name_en="Health", region=make.kaifeng())
    county = make.OrganisationFactory(
        kind="department", slug="county-health", name_en="County Health", region=make.lankao(), supervisor=health
    )
    made = {"Hospital": health, "County Hospital": county, "School": None}
    return {
        name: make.OrganisationFactory(name_en=name, slug=f"unit-{number}", department=department)
        for number, (name, department) in enumerate(made.items())
    }


def employ(unit: Organisation, region: Region, **stages: int) -> None:
    for person in people(region, level="intermediate", **stages):
        make.MembershipFactory(person=person, organisation=unit)


def test_by_industry_a_county_s_department_is_of_the_city_s(desk: Client, units: dict[str, Organisation]) -> None:
    employ(units["Hospital"], make.kaifeng(), qualified=10, at_risk=6)
    employ(units["County Hospital"], make.lankao(), qualified=5, at_risk=9)
    employ(units["School"], make.kaifeng(), qualified=7, at_risk=8)
    people(make.kaifeng(), qualified=6, at_risk=6)
    tallies.take(year=2026, now=NOON)

    page = desk.get(f"{URL}?by=industry")

    assert rows(page) == {
        "Health": ["30", "15", "15", "50%"],
        "Of no industry department": ["27", "13", "14", "48%"],
        "All": ["57", "28", "29", "49%"],
    }
    assert "people/?bureau=kaifeng&amp;year=2026&amp;industry=health" in page.content.decode()
    lines = list(csv.reader(io.StringIO(desk.get(f"{URL}export/?by=industry").content.decode("utf-8-sig"))))
    assert lines[0][0] == "Industry"
    assert ["Health", "30", "15", "15", "50"] in lines


def test_a_county_sees_its_own_department(client: Client, county: Organisation, units: dict[str, Organisation]) -> None:
    employ(units["County Hospital"], make.lankao(), qualified=5, at_risk=9)
    tallies.take(year=2026, now=NOON)
    client.force_login(years.member(county, Role.OFFICER))

    assert list(rows(client.get(f"{URL}?by=industry"))) == ["County Health", "All"]


def test_units_do_not_tell_what_their_industry_withholds(desk: Client, units: dict[str, Organisation]) -> None:
    """Three of the hospital are on track: with the county hospital's nine they would follow from the industry's."""
    employ(units["Hospital"], make.kaifeng(), qualified=10, on_track=3, at_risk=6)
    employ(units["County Hospital"], make.kaifeng(), qualified=15, on_track=9, at_risk=12)
    employ(units["School"], make.kaifeng(), qualified=20, on_track=7, at_risk=10)
    tallies.take(year=2026, now=NOON)

    assert rows(desk.get(f"{URL}?by=industry"))["Health"] == ["55", "25", "12", "18", "45%"]
    told = rows(desk.get(f"{URL}?by=employer"))
    assert told["Hospital"] == ["19", "10", "—", "—", "52%"]
    assert told["County Hospital"] == ["36", "15", "—", "—", "41%"]
    assert told["School"] == ["37", "20", "7", "10", "54%"]


def test_years_that_are_being_made_up_are_a_number_of_their_own(desk: Client) -> None:
    make.RequirementFactory(cutoff_on=dt.date(2026, 11, 18), makeup_until_on=dt.date(2027, 6, 30))
    people(make.kaifeng(), qualified=10, at_risk=6, not_started=5)
    make.RequirementFactory(title_level="junior", cutoff_on=dt.date(2026, 11, 18))
    people(make.kaifeng(), level="junior", qualified=10, on_track=7)
    tallies.take(year=2026, now=NOON)

    page = desk.get(URL)

    assert rows(page)["All"] == ["38", "20", "6", "7", "5", "52%"]
    assert "Being made up until 2027-06-30" in plain(page)
    assert "f-left" in page.content.decode()
    head = next(csv.reader(io.StringIO(desk.get(f"{URL}export/").content.decode("utf-8-sig"))))
    assert head[3:5] == ["in its make-up window until 2027-06-30", "short at the cut-off"]


def test_by_base_everybody_stands_where_they_earned_hours(desk: Client, city: Organisation) -> None:
    base = make.BaseFactory(name_en="Kaifeng University Base")
    year = years.fulfilled_year(base=base, bureau=city, person=make.PersonFactory())
    for _person in range(4):
        years.fulfilled_year(base=base, bureau=city, person=make.PersonFactory(), requirement=year.requirement)
    tallies.take(year=2026, now=NOON)

    assert rows(desk.get(f"{URL}?by=base"))["Kaifeng University Base"][:2] == ["5", "5"]


def test_what_waits_says_who_holds_it_and_since_when(desk: Client, city: Organisation) -> None:
    year = years.fulfilled_year(bureau=city, stop_at="audited", now=NOON - dt.timedelta(days=8))
    tallies.take(year=2026, now=NOON)

    page = plain(desk.get(URL))

    assert re.search(rf"The longest wait is \d+ working days?, with {city.name_en}\.", page)
    lines = list(csv.reader(io.StringIO(desk.get(f"{URL}waiting/").content.decode("utf-8-sig"))))
    assert lines[1] == [year.base.name_en, city.name_en, "2", "88.00", "2", "0", "2026-11-11"]


def test_a_year_not_counted_yet_says_so(desk: Client) -> None:
    assert "2026 has not been counted yet" in plain(desk.get(URL))
    assert desk.get(f"{URL}export/").status_code == 404


def test_an_office_sees_its_own_region_alone(client: Client, county: Organisation, counted: Tally) -> None:
    client.force_login(years.member(county, Role.OFFICER))

    page = client.get(URL)

    assert "24% of 50 people" in plain(page)
    assert client.get(f"{URL}?bureau=kaifeng").status_code == 404


@pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.AUDITOR, Role.CLERK, Role.ADMINISTRATOR])
def test_only_officers_compare(client: Client, city: Organisation, role: Role) -> None:
    client.force_login(years.member(city, role))

    assert client.get(URL).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("by", "questions"), [("region", 17), ("industry", 17), ("employer", 19), ("level", 16)])
def test_compliance_asks_as_much_for_one_line_as_for_three(
    desk: Client, city: Organisation, by: str, questions: int, count: int
) -> None:
    for number in range(count):
        region = Region.objects.create(code=f"41022{number}", name_zh="县", name_en=f"C{number}", parent=city.region)
        department = make.OrganisationFactory(kind="department", region=region)
        employ(make.OrganisationFactory(department=department), region, qualified=6, at_risk=7)
    tallies.take(year=2026, now=NOON)
    desk.get(f"{URL}?by={by}")

    with CaptureQueriesContext(connection) as asked:
        desk.get(f"{URL}?by={by}")

    assert len(asked) == questions


def test_a_province_compares_its_cities(client: Client, counted: Tally) -> None:
    province = make.OrganisationFactory(kind=Organisation.Kind.PROVINCE, region=make.henan())
    client.force_login(years.member(province, Role.OFFICER))

    page = client.get(URL)

    assert rows(page)["Kaifeng"][0] == "150"
    assert "people/?bureau" in page.content.decode()
    assert client.get(f"{URL}people/").context["rows"] == []


def test_last_year_has_figures_of_its_own(desk: Client, counted: Tally, ada: Person) -> None:
    tallies.take(year=2025, now=NOON)

    assert "Nobody owes hours in Kaifeng" in plain(desk.get(f"{URL}?year=2025"))
    assert "of 150 people" in plain(desk.get(f"{URL}?year=1999"))
