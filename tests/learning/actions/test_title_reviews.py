"""Title review: five years of the one person named, signed; everything else is one refusal."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from learning.actions import api_keys, certificates, title_reviews
from learning.models import ApiKey, AuditLogEntry, Certificate
from learning.rules import signatures
from learning.rules.digests import digest_of
from tests.factories import learning as make
from tests.factories.learning import NOON
from tests.factories.years import Year, fulfilled_year

pytestmark = pytest.mark.django_db
ID_NUMBER = "410203198802032626"


@pytest.fixture
def year() -> Year:
    return fulfilled_year()


def key_of(year: Year, **facts: Any) -> ApiKey:
    office = {"organisation": year.bureau} | facts
    key, _text = api_keys.make(
        **office, label="评审", scope="title_review", valid_for=dt.timedelta(days=90), by=year.officer, now=NOON
    )
    return key


def ask(
    year: Year, key: ApiKey | None = None, *, full_name: str = "陈慧", id_number: str = ID_NUMBER
) -> title_reviews.SignedAnswer:
    return title_reviews.answer(key=key or key_of(year), full_name=full_name, id_number=id_number, now=NOON)


def years(answer: title_reviews.SignedAnswer) -> dict[int, Any]:
    return {told["year"]: told for told in answer.facts["years"]}  # type: ignore[attr-defined]


def test_answer_tells_five_years_with_hours_and_pages(year: Year) -> None:
    told = years(ask(year))

    assert list(told) == [2022, 2023, 2024, 2025, 2026]
    assert told[2022] == {"year": 2022, "state": "no_record", "certificates": []}
    assert (told[2026]["state"], told[2026]["public_centihours"], told[2026]["professional_centihours"]) == (
        "confirmed",
        2_600,
        6_200,
    )
    (page,) = told[2026]["certificates"]
    assert (page["serial"], page["state"]) == (year.certificate.serial, "valid")
    assert page["check_url"].endswith(f"/verify/{year.certificate.code}/")


def test_answer_is_signed_with_the_key_of_certificates(year: Year, settings: Any) -> None:
    answer = ask(year)

    assert answer.digest == digest_of(answer.facts)
    assert answer.public_key == signatures.public_key(settings.SIGNING_SEED)
    assert signatures.is_genuine(answer.signature, digest=answer.digest, public_keys=[answer.public_key])


def test_answer_follows_the_pages(year: Year) -> None:
    key = key_of(year)
    fresh = certificates.reissue(certificate=year.certificate, by=year.officer, reason="other", now=NOON)
    certificates.revoke(certificate=fresh, by=year.officer, reason="fraud", now=NOON)

    assert [page["state"] for page in years(ask(year, key))[2026]["certificates"]] == ["replaced", "revoked"]


def test_answer_masks_the_id_number_and_logs_the_act(year: Year) -> None:
    key = key_of(year)
    answer = ask(year, key)

    line = AuditLogEntry.objects.get(action="title_review.answer")
    assert (line.subject, line.organisation, line.facts["key"]) == (f"person:{year.person.pk}", year.bureau, key.name)
    assert ID_NUMBER not in str(answer.facts) + str(list(AuditLogEntry.objects.values()))


@pytest.mark.parametrize("typed", [f" {ID_NUMBER} ", "４１０２０３１９８８０２０３２６２６"])
def test_number_is_read_as_at_sign_in(typed: str, year: Year) -> None:
    assert ask(year, id_number=typed, full_name="CHEN HUI")


@pytest.mark.parametrize(
    ("full_name", "id_number"),
    [("李强", ID_NUMBER), ("陈慧", "410203198802032634"), ("·", ID_NUMBER), ("陈慧", "陈慧")],
    ids=["another name", "another number", "no name", "no number"],
)
def test_what_does_not_fit_finds_nobody(full_name: str, id_number: str, year: Year) -> None:
    with pytest.raises(title_reviews.NobodyFound):
        ask(year, full_name=full_name, id_number=id_number)
    assert not AuditLogEntry.objects.filter(action="title_review.answer").exists()


def test_another_region_finds_nobody(year: Year) -> None:
    lankao = make.BureauFactory(slug="lankao-bureau", region=make.lankao())

    with pytest.raises(title_reviews.NobodyFound):
        ask(year, key_of(year, organisation=lankao))


def test_region_above_finds_the_person(year: Year) -> None:
    assert year.person.region is not None
    province = make.BureauFactory(slug="province", region=year.person.region.parent)

    assert ask(year, key_of(year, organisation=province))


@pytest.mark.parametrize("pages", [1, 3])
def test_answer_costs_the_same_whatever_it_tells(pages: int, year: Year, django_assert_num_queries: Any) -> None:
    for _number in range(pages - 1):
        page = Certificate.objects.standing().get()
        certificates.reissue(certificate=page, by=year.officer, reason="other", now=NOON)
    key = key_of(year)

    with django_assert_num_queries(11):
        ask(year, key)
