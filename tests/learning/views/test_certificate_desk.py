"""The bureau's certificate desk: what is due, why a page ends, how far a run is."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from learning import tasks
from learning.models import Certificate, CertificateRun, Person, Role
from tests.factories import learning as make
from tests.factories.certificates import met_year
from tests.factories.clock import standing
from tests.factories.learning import NOON
from tests.factories.years import Year, fulfilled_year

pytestmark = pytest.mark.django_db
DESK = "/en/bureau/certificates/"
LATER = NOON + dt.timedelta(days=30)


@pytest.fixture(autouse=True)
def _media(settings: object, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]


def as_person(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def told(year: Year, reason: str, text: str = "按身份证更正姓名。") -> Any:
    body = {"pick": str(year.certificate.pk), "reason": reason, "text": text}
    return as_person(year.officer).post(f"{DESK}change/", body)


def test_desk_says_how_many_are_due_and_issues_them() -> None:
    first = met_year()
    met_year(like=first)
    client = as_person(first.officer)
    assert "Issue 2 certificates" in client.get(DESK).content.decode()

    response = client.post(f"{DESK}issue/")
    run = CertificateRun.objects.get()
    assert response["Location"] == f"{DESK}runs/{run.pk}/"
    under_way = client.get(response["Location"]).content.decode()
    assert "0 of 2 carried out" in under_way
    assert 'hx-trigger="every 2s, hint"' in under_way

    tasks.carry_on_certificate_runs()
    finished = client.get(response["Location"]).content.decode()
    assert "2 certificates issued" in finished
    assert "hx-trigger" not in finished
    assert all(page.serial in finished for page in Certificate.objects.all())


def test_issue_asked_twice_leads_to_the_run_under_way() -> None:
    client = as_person(met_year().officer)
    addresses = {client.post(f"{DESK}issue/")["Location"] for _time in range(2)}

    assert len(addresses) == 1
    assert addresses.pop() in client.get(DESK).content.decode()


def test_the_runs_next_page_is_the_same_bureau_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("learning.views.certificate_desk.TAB_PAGE_SIZE", 1)
    first = met_year()
    client = as_person(first.officer)
    client.post(f"{DESK}issue/")
    tasks.carry_on_certificate_runs()
    met_year(like=first)
    client.post(f"{DESK}issue/")

    slug = CertificateRun.objects.latest("pk").bureau.slug
    assert f'rel="next" href="?bureau={slug}&amp;page=2"' in client.get(f"{DESK}runs/").content.decode()


def test_issue_with_nothing_due_says_so() -> None:
    response = as_person(fulfilled_year().officer).post(f"{DESK}issue/")

    assert response.status_code == 409
    assert "Nothing was due any more" in response.content.decode()


def test_desk_lists_and_finds_the_bureau_s_pages() -> None:
    year = fulfilled_year()
    other = fulfilled_year(person=make.PersonFactory(full_name="李强"), base=year.base, bureau=year.bureau)
    client = as_person(year.officer)

    for words, found in (("", [year, other]), ("陈", [year]), (other.certificate.serial, [other]), ("王", [])):
        html = client.get(DESK, {"q": words}).content.decode()
        assert [item.certificate.serial in html for item in (year, other)] == [
            item in found for item in (year, other)
        ], words


def test_change_shows_what_was_ticked_and_does_nothing_yet() -> None:
    year = fulfilled_year()
    html = as_person(year.officer).get(f"{DESK}change/", {"pick": year.certificate.pk}).content.decode()

    assert year.certificate.serial in html
    assert "Nothing has happened yet" in html
    assert not CertificateRun.objects.exists()


def test_replacing_tells_the_holder_why() -> None:
    year = fulfilled_year()
    with standing(LATER):
        assert told(year, "reissue:name_corrected").status_code == 302
        old = year.certificate
        tasks.carry_on_certificate_runs()
        holder = as_person(year.person)
        home = holder.get("/en/me/2026/").content.decode()
        page = holder.get(f"/en/me/certificates/{old.serial}/").content.decode()

    fresh = Certificate.objects.get(replaces=old)
    assert "Kaifeng HR Bureau replaced your 2026 certificate on 19 December 2026." in home
    assert f'href="/en/me/certificates/{fresh.serial}/"' in home
    assert "按身份证更正姓名。" in page
    assert year.officer.full_name_en not in page


def test_a_replacement_is_news_for_a_month() -> None:
    year = fulfilled_year()
    with standing(LATER):
        told(year, "reissue:name_corrected")
        tasks.carry_on_certificate_runs()
    with standing(LATER + dt.timedelta(days=30)):
        assert "replaced your 2026 certificate" not in as_person(year.person).get("/en/me/2026/").content.decode()


def test_revoking_tells_the_holder_why() -> None:
    year = fulfilled_year()
    with standing(LATER):
        told(year, "revoke:issued_in_error", "发证时误取他人记录。")
        tasks.carry_on_certificate_runs()
        home = as_person(year.person).get("/en/me/2026/").content.decode()

    assert "Kaifeng HR Bureau revoked your 2026 certificate on 19 December 2026." in home
    assert "There is no valid certificate for it at present." in home
    page = as_person(year.person).get(f"/en/me/certificates/{year.certificate.serial}/").content.decode()
    assert "发证时误取他人记录。" in page


def test_officer_reads_who_acted_in_the_page_s_history() -> None:
    year = fulfilled_year()
    tasks.draw_due_certificates()
    html = as_person(year.officer).get(f"/en/me/certificates/{year.certificate.serial}/").content.decode()

    assert "PDF signed" in html
    assert year.officer.full_name_en in html
    assert f"pick={year.certificate.pk}" in html


@pytest.mark.parametrize(
    ("reason", "text", "said"),
    [
        ("", "因故", "Choose what is to be done"),
        ("revoke:name_corrected", "因故", "Choose what is to be done"),
        ("revoke:fraud", " ", "Write to the holders why"),
        ("revoke:fraud", "长" * 501, "At most 500 characters"),
    ],
    ids=["no reason", "foreign reason", "no words", "too many words"],
)
def test_change_without_a_reason_changes_nothing_and_keeps_the_words(reason: str, text: str, said: str) -> None:
    response = told(fulfilled_year(), reason, text)

    assert response.status_code == 422
    assert said in response.content.decode()
    assert text.strip() in response.content.decode()
    assert not CertificateRun.objects.exists()


def test_change_of_a_page_ended_meanwhile_is_refused() -> None:
    year = fulfilled_year()
    told(year, "revoke:fraud")
    tasks.carry_on_certificate_runs()

    assert told(year, "revoke:fraud").status_code == 409
    assert CertificateRun.objects.count() == 1


def test_change_with_nothing_ticked_asks_again() -> None:
    response = as_person(fulfilled_year().officer).get(f"{DESK}change/")

    assert response.status_code == 422
    assert "Tick at least one certificate first" in response.content.decode()


def test_another_bureau_s_officer_finds_nothing() -> None:
    year = fulfilled_year()
    told(year, "revoke:fraud")
    elsewhere = make.BureauFactory(region=make.lankao())
    officer = make.MembershipFactory(organisation=elsewhere, role=Role.OFFICER).person
    client = as_person(officer)

    addresses = (f"{DESK}runs/{CertificateRun.objects.get().pk}/", f"{DESK}change/?pick={year.certificate.pk}")
    assert [client.get(address).status_code for address in addresses] == [404, 404]
    assert year.certificate.serial not in client.get(DESK).content.decode()


@pytest.mark.parametrize("path", ["", "runs/", "change/"])
def test_who_is_no_officer_finds_nothing(path: str, cy: Person) -> None:
    year = fulfilled_year()

    assert as_person(cy).get(DESK + path).status_code == 404
    assert as_person(year.auditor).get(DESK + path).status_code == 404


def test_desk_asks_as_much_for_three_pages_as_for_one() -> None:
    year = fulfilled_year()
    client = as_person(year.officer)
    with CaptureQueriesContext(connection) as one:
        client.get(DESK)
    for name in ("李强", "王梅"):
        fulfilled_year(person=make.PersonFactory(full_name=name), base=year.base, bureau=year.bureau)
    with CaptureQueriesContext(connection) as three:
        client.get(DESK)

    assert len(three) == len(one)


def test_run_asks_as_much_for_three_pages_as_for_one() -> None:
    first = met_year()
    client = as_person(first.officer)
    counts = []
    for more in (0, 3):
        for _person in range(more):
            met_year(like=first)
        address = client.post(f"{DESK}issue/")["Location"]
        tasks.carry_on_certificate_runs()
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        counts.append(len(asked))

    assert counts[0] == counts[1]
