"""My year: what is left, what is next, who holds what."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from learning.actions import credits, enrolments, evidence
from learning.models import AnnualRecord, CreditEntry, Edition, Organisation, Person, Requirement, Role
from learning.rules.reasons import ReturnReason
from learning.rules.requirements import SubjectKind
from tests.factories import clock, years
from tests.factories import learning as make
from tests.factories.learning import NOON

pytestmark = pytest.mark.django_db
YEAR = "/me/2026/"


def published(kind: SubjectKind = SubjectKind.PUBLIC, centihours: int = 600) -> Edition:
    base = Organisation.objects.bases().first() or make.BaseFactory()
    return years.published(base=base, requirement=Requirement.objects.get(), kind=kind, centihours=centihours)


def page_of(client: Client, person: Person, path: str = YEAR) -> str:
    client.force_login(person)
    response = client.get(path)
    assert response.status_code == 200
    return response.text


def test_present_year_leads_to_the_year_of_the_servers_clock(client: Client, learner: Person) -> None:
    client.force_login(learner)

    assert client.get("/me/")["Location"] == YEAR
    assert client.get("/en/me/")["Location"] == f"/en{YEAR}"


@pytest.mark.parametrize(
    ("at", "year"),
    [
        (dt.datetime(2026, 12, 31, 15, 59, 59, tzinfo=dt.UTC), 2026),  # a second before midnight here
        (dt.datetime(2026, 12, 31, 16, 0, tzinfo=dt.UTC), 2027),
        (dt.datetime(2027, 12, 31, 15, 59, 59, tzinfo=dt.UTC), 2027),
    ],
    ids=str,
)
def test_present_year_begins_at_midnight_here(client: Client, learner: Person, at: dt.datetime, year: int) -> None:
    client.force_login(learner)

    with clock.standing(at):
        assert client.get("/me/")["Location"] == f"/me/{year}/"
        assert client.get(f"/me/{year}/").status_code == 200
        assert client.get(f"/me/{year + 1}/").status_code == 404


def test_present_year_leads_who_only_works_here_to_their_desk(client: Client, bureau: Organisation) -> None:
    client.force_login(years.member(bureau, Role.OFFICER))

    assert client.get("/me/")["Location"] == "/bureau/confirm/"


def test_year_asks_for_sign_in(client: Client, learner: Person) -> None:
    assert client.get(YEAR)["Location"] == f"/accounts/login/?next={YEAR}"


def test_year_of_somebody_new_shows_three_steps_and_one_primary_button(client: Client, learner: Person) -> None:
    page = page_of(client, learner)

    assert "阿达，今年要学 86.0 学时" in page
    assert page.count("btn primary") == 1
    assert 'href="/courses/">去选课' in page


def test_year_says_what_is_left_with_pending_hours_counted_once(client: Client, learner: Person) -> None:
    first = years.earn(person=learner, edition=published(), now=NOON)
    years.earn(person=learner, edition=published(SubjectKind.PROFESSIONAL, 900), now=NOON)
    confirm(first)

    page = page_of(client, learner)

    assert "阿达，今年还要学 71.0 学时" in page
    assert '已确认 <b class="num">6.0</b>' in page
    assert '另有 <b class="num">9.0</b> 已学完' in page


def confirm(entry: CreditEntry) -> None:
    credits.approve(entry=entry, by=years.member(entry.auditor, Role.AUDITOR), now=NOON)
    credits.confirm(entry=entry, by=years.member(entry.bureau, Role.OFFICER), now=NOON)


def test_year_judges_public_apart_from_the_total(client: Client, learner: Person) -> None:
    years.earn(person=learner, edition=published(SubjectKind.PROFESSIONAL, 9_000), now=NOON)

    page = page_of(client, learner)

    assert "阿达，今年还要学 26.0 学时" in page
    assert "公需科目要求 26 学时：已确认 0.0，待确认 0.0，还要学 26.0" in page
    assert "再选 26.0 学时公需课" in page


def test_year_names_who_holds_what_waits(client: Client, learner: Person) -> None:
    entry = years.earn(person=learner, edition=published(), now=NOON)

    assert entry.auditor.name_zh in page_of(client, learner)

    credits.approve(entry=entry, by=years.member(entry.auditor, Role.AUDITOR), now=NOON)
    assert entry.bureau.name_zh in page_of(client, learner)


def test_year_resumes_at_the_first_lesson_not_yet_watched(client: Client, learner: Person) -> None:
    edition = published()
    place = enrolments.enrol(person=learner, edition=edition, now=NOON)
    lesson = edition.lessons.get(number=1)
    evidence.record_watched(enrolment=place, lesson=lesson, covered_s=lesson.duration_s, digest="aa", now=NOON)

    page = page_of(client, learner)

    assert f'href="/learn/{edition.course_key}/2/"' in page
    assert "还剩 1 讲" in page
    assert page.count("btn primary") == 1


def test_year_sends_to_the_exam_when_only_it_is_left(client: Client, learner: Person) -> None:
    edition = published()
    place = enrolments.enrol(person=learner, edition=edition, now=NOON)
    for lesson in edition.lessons.all():
        evidence.record_watched(enrolment=place, lesson=lesson, covered_s=lesson.duration_s, digest="aa", now=NOON)

    assert f'href="/exams/{place.pk}/"' in page_of(client, learner)


def test_year_shows_a_return_with_its_reason(client: Client, learner: Person) -> None:
    entry = years.earn(person=learner, edition=published(), now=NOON)
    auditor = years.member(entry.auditor, Role.AUDITOR)
    credits.return_to_learner(
        entry=entry, by=auditor, reason_code=ReturnReason.DOCUMENT, reason_text="签到表缺第 3 天", now=NOON
    )

    page = page_of(client, learner)

    assert "签到表缺第 3 天" in page
    assert f'href="/me/hours/{entry.pk}/"' in page


def test_year_that_is_fulfilled_leads_to_its_certificate(client: Client) -> None:
    year = years.fulfilled_year()

    page = page_of(client, year.person)

    assert "2026 年度合格，共 88.0 学时" in page
    assert f'href="/me/certificates/{year.certificate.serial}/"' in page
    assert page.count("btn primary") == 1


def test_year_with_everything_studied_asks_nothing_more(client: Client) -> None:
    year = years.fulfilled_year(stop_at="audited")

    page = page_of(client, year.person)

    assert "2026 年要学的都学完了" in page
    assert "btn primary" not in page


def test_year_that_is_closed_says_so_and_goes_on_processing(client: Client, learner: Person) -> None:
    years.earn(person=learner, edition=published(), now=NOON)
    old = make.RequirementFactory(year=2025, cutoff_on=dt.date(2025, 12, 31))
    AnnualRecord.objects.create(person=learner, year=2025, requirement=old, pending_public_centihours=600)

    page = page_of(client, learner, "/me/2025/")

    assert "2025 年度已于 12月31日截止，还差 80.0 学时" in page
    assert '未确认的 <b class="num">6.0</b> 学时会继续办理' in page


def test_year_without_a_requirement_says_what_to_do(client: Client, learner: Person) -> None:
    Person.objects.filter(pk=learner.pk).update(region=None)

    assert "还没有适用于您的 2026 年要求" in page_of(client, learner)


@pytest.mark.parametrize("path", ["/me/2024/", "/me/2027/", "/me/0000/", "/me/2024/print/"])
def test_year_neither_present_nor_on_record_is_not_found(client: Client, learner: Person, path: str) -> None:
    client.force_login(learner)

    assert client.get(path).status_code == 404


def test_year_shows_nobody_elses_hours(client: Client, learner: Person, cy: Person) -> None:
    entry = years.earn(person=learner, edition=published(), now=NOON)

    page = page_of(client, cy)

    assert entry.title_zh not in page
    assert "今年要学 86.0 学时" in page


def test_every_figure_of_the_year_leads_to_its_why(client: Client, learner: Person) -> None:
    entry = years.earn(person=learner, edition=published(), now=NOON)

    page = page_of(client, learner)

    assert f'href="/me/hours/{entry.pk}/why/"' in page
    assert 'href="/rules/2026/?level=intermediate&amp;region=410200"' in page
    assert 'href="/me/hours/?year=2026&amp;subject=public&amp;state=open"' in page


def test_statement_shows_the_tests_and_every_entry(client: Client, learner: Person) -> None:
    entry = years.earn(person=learner, edition=published(), now=NOON)

    page = page_of(client, learner, "/me/2026/print/")

    assert "2026 年度继续教育学时单" in page
    assert f"#{entry.pk}" in page


def test_statement_without_a_requirement_is_not_found(client: Client, learner: Person) -> None:
    Person.objects.filter(pk=learner.pk).update(region=None)
    client.force_login(learner)

    assert client.get("/me/2026/print/").status_code == 404


def test_the_other_language_shows_the_same_page(client: Client, learner: Person) -> None:
    chinese = page_of(client, learner)
    assert f'href="/en{YEAR}"' in chinese

    english = page_of(client, learner, f"/en{YEAR}")

    assert "Ada, 86.0 hours to study this year" in english
    assert f'href="{YEAR}" lang="zh-Hans"' in english


@pytest.mark.parametrize("path", [YEAR, "/me/2026/print/", "/me/courses/", "/me/hours/"])
def test_pages_ask_the_database_as_often_for_three_courses_as_for_one(
    client: Client, learner: Person, path: str
) -> None:
    counts = []
    client.force_login(learner)
    for courses in (1, 2):
        for _course in range(courses):
            years.earn(person=learner, edition=published(), now=NOON)
            enrolments.enrol(person=learner, edition=published(SubjectKind.PROFESSIONAL), now=NOON)
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert counts[0] <= 16
