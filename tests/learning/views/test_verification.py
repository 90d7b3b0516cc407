"""The public check: five answers, no account, nothing said too much."""

from __future__ import annotations

import datetime as dt
import re
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from learning.actions import certificates
from learning.models import Certificate
from learning.views import limits, verification
from tests.factories.learning import NOON
from tests.factories.years import Year, fulfilled_year

pytestmark = pytest.mark.django_db
LATER = NOON + dt.timedelta(days=30)


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def year() -> Year:
    return fulfilled_year()


@pytest.fixture
def certificate(year: Year) -> Certificate:
    return year.certificate


def heading(html: str) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", html, re.DOTALL)
    assert found
    return found[1]


def look(client: Client, code: str, language: str = "") -> tuple[int, str]:
    response = client.get(f"{language}/verify/{code}/")
    return response.status_code, response.content.decode()


def test_valid_shows_the_masked_holder_and_the_hours(client: Client, certificate: Certificate) -> None:
    status, html = look(client, certificate.code)

    assert (status, heading(html)) == (200, "证书有效")
    assert "陈*" in html
    assert "合计 88.0：公需 26.0，专业 62.0" in html
    assert "开封市人力资源和社会保障局" in html
    assert "2026-11-19" in html
    assert certificate.digest in html


def test_valid_hides_name_and_id_number(client: Client, certificate: Certificate) -> None:
    for language in ("", "/en"):
        _status, html = look(client, certificate.code, language)
        for hidden in ("陈慧", "Chen Hui", "410203198802032626", certificate.facts["holder_id_masked"]):
            assert hidden not in html


def test_english_page_says_valid(client: Client, certificate: Certificate) -> None:
    status, html = look(client, certificate.code, "/en")

    assert (status, heading(html)) == (200, "Certificate valid")
    assert "88.0 in total: 26.0 public, 62.0 professional" in html


def test_revoked_is_gone_with_date_and_reason_class(client: Client, year: Year, certificate: Certificate) -> None:
    certificates.revoke(certificate=certificate, by=year.officer, reason="hours_insufficient", now=LATER)
    status, html = look(client, certificate.code)

    assert (status, heading(html)) == (410, "证书已撤销")
    assert "学时复核后不足" in html
    assert "2026年12月19日" in html


def test_replaced_links_to_the_newer_page(client: Client, year: Year, certificate: Certificate) -> None:
    fresh = certificates.reissue(certificate=certificate, by=year.officer, reason="name_corrected", now=LATER)
    status, html = look(client, certificate.code)

    assert (status, heading(html)) == (200, "已被新证书替代")
    assert f'href="/verify/{fresh.code}/"' in html
    assert look(client, fresh.code)[0] == 200


def test_a_replaced_page_is_revoked_with_the_one_that_stands_for_it(
    client: Client, year: Year, certificate: Certificate
) -> None:
    """Who keeps the first of three pages has no better one than who holds the last."""
    second = certificates.reissue(certificate=certificate, by=year.officer, reason="name_corrected", now=NOON)
    third = certificates.reissue(certificate=second, by=year.officer, reason="other", now=NOON)
    certificates.revoke(certificate=third, by=year.officer, reason="hours_insufficient", now=LATER)

    for page in (certificate, second, third):
        status, html = look(client, page.code)
        assert (status, heading(html)) == (410, "证书已撤销")
        assert "学时复核后不足" in html
        assert "2026年12月19日" in html
        assert "结论不变" not in html


def test_tampered_row_does_not_verify_and_shows_no_fact(client: Client, certificate: Certificate) -> None:
    with connection.cursor() as cursor:
        at = " ON learning_certificate" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER learning_certificate_no_update{at}")
    Certificate.objects.filter(pk=certificate.pk).update(facts={**certificate.facts, "public_centihours": 9_900})
    status, html = look(client, certificate.code)

    assert (status, heading(html)) == (409, "核对不符")
    for hidden in ("99.0", "陈*", "证书有效"):
        assert hidden not in html


def test_unknown_code_is_not_found_with_hints(client: Client, certificate: Certificate) -> None:
    status, html = look(client, f"{certificate.code[:-1]}0")

    assert (status, heading(html)) == (404, "查无此证")
    assert "<mark>0</mark>" in html


def test_wellformed_unknown_code_is_not_found(client: Client, certificate: Certificate) -> None:
    status, html = look(client, certificates.new_code())

    assert (status, heading(html)) == (404, "查无此证")


def test_the_five_answers_differ_in_shape() -> None:
    states = ("valid", "replaced", "revoked", "not_genuine", "unknown")
    shapes = {render_to_string("learning/certificates/_shape.html", {"state": state}) for state in states}

    assert len(shapes) == 5


@pytest.mark.parametrize("typed", ["lower", "bare", "spaced"])
def test_typed_codes_lead_to_the_one_address(typed: str, client: Client, certificate: Certificate) -> None:
    forms = {
        "lower": certificate.code.lower(),
        "bare": certificate.code.replace("-", ""),
        "spaced": certificate.code.replace("-", " "),
    }
    response = client.get("/verify/", {"code": forms[typed]})

    assert (response.status_code, response["Location"]) == (302, f"/verify/{certificate.code}/")
    assert client.get(f"/verify/{forms[typed]}/")["Location"] == f"/verify/{certificate.code}/"


def test_pasted_address_leads_to_the_code_in_it(client: Client, certificate: Certificate) -> None:
    pasted = f"https://continuing-education.rsj.kaifeng.gov.cn.example/en/verify/{certificate.code}/#nameform"

    assert client.get("/verify/", {"code": pasted})["Location"] == f"/verify/{certificate.code}/"


def test_form_asks_again_when_nothing_was_typed(client: Client) -> None:
    assert "请先输入核验码" in client.get("/verify/", {"code": " "}).content.decode()
    assert "请先输入核验码" not in client.get("/verify/").content.decode()


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("陈慧", "与持证人姓名一致"),
        ("chen hui", "与持证人姓名一致"),
        ("陈辉", "与持证人姓名不一致"),
        (" ", "请先输入姓名"),
    ],
)
def test_posted_name_is_compared_never_shown(typed: str, answer: str, client: Client, certificate: Certificate) -> None:
    html = client.post(f"/verify/{certificate.code}/", {"name": typed}).content.decode()

    assert answer in html
    assert "陈慧" not in html


def test_posted_name_needs_the_forms_token(certificate: Certificate) -> None:
    assert Client(enforce_csrf_checks=True).post(f"/verify/{certificate.code}/", {"name": "陈慧"}).status_code == 403


def test_names_are_limited_by_certificate_whoever_asks(
    client: Client, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "NAMES_MOST", 2)
    statuses = [
        client.post(f"/verify/{certificate.code}/", {"name": "陈"}, REMOTE_ADDR=f"10.0.0.{number}").status_code
        for number in range(3)
    ]

    assert statuses == [200, 200, 429]


@pytest.mark.parametrize("path", ["/verify/", "/verify/{code}/", "/verify/ABCD/"])
def test_answers_are_kept_nowhere(path: str, client: Client, certificate: Certificate) -> None:
    response = client.get(path.format(code=certificate.code))

    assert response["Cache-Control"] == "no-store"
    assert "noindex" in response["X-Robots-Tag"]


def test_thirty_looks_a_minute_then_429_with_the_wait(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "time", SimpleNamespace(time=lambda: 1_000_020.0))
    statuses = [client.get("/verify/").status_code for _look in range(30)]
    refused = client.get("/verify/")

    assert set(statuses) == {200}
    assert (refused.status_code, refused["Retry-After"]) == (429, "60")
    assert "查得太频繁" in refused.content.decode()
    assert client.get("/verify/", REMOTE_ADDR="10.9.9.9").status_code == 200


def test_forged_proxy_headers_do_not_lift_the_limit(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "time", SimpleNamespace(time=lambda: 1_000_020.0))
    statuses = [client.get("/verify/", headers={"X-Forwarded-For": f"1.1.1.{n}"}).status_code for n in range(31)]

    assert statuses[-1] == 429


def test_check_works_while_the_cache_is_away(
    client: Client, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: object, **_kwargs: object) -> None:
        raise ConnectionError

    monkeypatch.setattr("learning.views.limits.cache", SimpleNamespace(add=away))

    assert look(client, certificate.code)[0] == 200


@pytest.mark.parametrize("junk", ["%00", "<script>alert(1)", "陈慧", "A" * 2_000, "..."])
def test_junk_is_unknown_and_escaped(junk: str, client: Client) -> None:
    response = client.get(f"/verify/{junk}/")

    assert response.status_code == 404
    assert "<script>alert" not in response.content.decode()


def test_answer_costs_few_queries(
    client: Client, certificate: Certificate, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        look(client, certificate.code)


def test_a_count_lasts_as_long_as_its_window() -> None:
    request = RequestFactory().get("/verify/", REMOTE_ADDR="192.0.2.7")

    limits.over_limit(request, "names", most=20, window_s=3_600)

    with connection.cursor() as cursor:
        cursor.execute("SELECT expires FROM learning_cache WHERE cache_key LIKE '%%hourbook:limit:names%%'", [])
        (expires,) = cursor.fetchone()
    ends_at = expires if isinstance(expires, dt.datetime) else dt.datetime.fromisoformat(expires)
    assert ends_at.replace(tzinfo=dt.UTC) > dt.datetime.now(dt.UTC) + dt.timedelta(seconds=3_600)
