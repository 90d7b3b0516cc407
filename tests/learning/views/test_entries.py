"""One record: who sees it, and how a return is answered."""

import pytest
from django.test import Client

from learning.actions import credits
from learning.models import CreditDecision, CreditEntry, Person, Role
from learning.rules.credit_states import State
from learning.rules.reasons import ReturnReason
from tests.factories import learning as make
from tests.factories import years
from tests.factories.learning import NOON

pytestmark = pytest.mark.django_db
REASON = "签到表缺第 3 天"


@pytest.fixture
def year() -> years.Year:
    return years.fulfilled_year(stop_at="earned")


@pytest.fixture
def entry(year: years.Year) -> CreditEntry:
    return year.entries[0]


@pytest.fixture
def returned(year: years.Year, entry: CreditEntry) -> CreditEntry:
    credits.return_to_learner(
        entry=entry, by=year.auditor, reason_code=ReturnReason.DOCUMENT, reason_text=REASON, now=NOON
    )
    return entry


def status_of(client: Client, person: Person | None, path: str) -> int:
    client.logout()
    if person is not None:
        client.force_login(person)
    return client.get(path).status_code


@pytest.mark.parametrize("suffix", ["", "why/"])
def test_entry_is_for_its_learner_and_its_offices_only(
    client: Client, year: years.Year, cy: Person, ben: Person, suffix: str
) -> None:
    path = f"/me/hours/{year.entries[0].pk}/{suffix}"
    stranger = years.member(make.BaseFactory(), Role.AUDITOR)
    other_officer = years.member(make.BureauFactory(region=make.henan()), Role.OFFICER)

    for person in (year.person, year.auditor, year.officer):
        assert status_of(client, person, path) == 200
    for person in (cy, ben, stranger, other_officer):
        assert status_of(client, person, path) == 404
    assert status_of(client, None, path) == 302


def test_entry_tells_its_journey(client: Client, year: years.Year, entry: CreditEntry) -> None:
    credits.approve(entry=entry, by=year.auditor, now=NOON)
    client.force_login(year.person)

    page = client.get(f"/me/hours/{entry.pk}/").text

    assert "学完并考过" in page
    assert year.base.name_zh in page
    assert year.bureau.name_zh in page
    assert f"/me/hours/{entry.pk}/why/" in page


def test_entry_shows_the_learner_why_it_was_returned(client: Client, year: years.Year, returned: CreditEntry) -> None:
    client.force_login(year.person)

    page = client.get(f"/me/hours/{returned.pk}/").text

    assert REASON in page
    assert f'action="/me/hours/{returned.pk}/resubmit/"' in page


def test_entry_offers_the_auditor_no_answer(client: Client, year: years.Year, returned: CreditEntry) -> None:
    client.force_login(year.auditor)

    assert "resubmit" not in client.get(f"/me/hours/{returned.pk}/").text


def answer(client: Client, entry: CreditEntry, text: str = "已补交第 3 天签到表。") -> int:
    return client.post(f"/me/hours/{entry.pk}/resubmit/", {"reason_text": text}).status_code


def test_resubmit_hands_the_record_to_the_base_again(client: Client, year: years.Year, returned: CreditEntry) -> None:
    client.force_login(year.person)

    assert answer(client, returned) == 302

    returned.standing.refresh_from_db()
    assert (returned.standing.state, returned.standing.holder) == (State.EARNED, year.base)
    assert CreditDecision.objects.get(entry=returned, sequence=2).reason_text == "已补交第 3 天签到表。"


def test_resubmit_twice_is_one_answer(client: Client, year: years.Year, returned: CreditEntry) -> None:
    client.force_login(year.person)

    assert [answer(client, returned), answer(client, returned)] == [302, 302]

    assert returned.decisions.count() == 2


@pytest.mark.parametrize("text", ["", "   ", "字" * 501], ids=["empty", "blank", "too long"])
def test_resubmit_needs_words(client: Client, year: years.Year, returned: CreditEntry, text: str) -> None:
    client.force_login(year.person)

    assert answer(client, returned, text) == 422

    assert returned.decisions.count() == 1


def test_resubmit_is_the_learners_alone(client: Client, year: years.Year, returned: CreditEntry, cy: Person) -> None:
    for person in (year.auditor, year.officer, cy):
        client.force_login(person)
        assert answer(client, returned) == 404

    client.logout()
    assert answer(client, returned) == 302
    assert returned.decisions.count() == 1


def test_resubmit_takes_no_get(client: Client, year: years.Year, returned: CreditEntry) -> None:
    client.force_login(year.person)

    assert client.get(f"/me/hours/{returned.pk}/resubmit/").status_code == 405
