"""Interface keys: shown once, hashed, ending, revoked for good."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction

from learning.actions import api_keys
from learning.models import ApiKey, AuditLogEntry, Organisation, Person, Role
from tests.factories import learning as make
from tests.factories.learning import NOON
from tests.factories.years import member

pytestmark = pytest.mark.django_db
SCOPE = ApiKey.Scope.TITLE_REVIEW
DAY = dt.timedelta(days=1)


@pytest.fixture
def officer(bureau: Organisation) -> Person:
    return member(bureau, Role.OFFICER)


@pytest.fixture
def made(bureau: Organisation, officer: Person) -> tuple[ApiKey, str]:
    return api_keys.make(organisation=bureau, label="评审", scope=SCOPE, valid_for=90 * DAY, by=officer, now=NOON)


def test_key_opens_its_door_until_it_ends(made: tuple[ApiKey, str]) -> None:
    key, text = made

    assert api_keys.presented(text, scope=SCOPE, now=NOON) == key
    assert api_keys.presented(text, scope=SCOPE, now=NOON + 89 * DAY) == key
    assert api_keys.presented(text, scope=SCOPE, now=NOON + 90 * DAY) is None


def test_key_opens_no_other_door(made: tuple[ApiKey, str]) -> None:
    assert api_keys.presented(made[1], scope="another", now=NOON) is None


def test_secret_is_stored_nowhere(made: tuple[ApiKey, str]) -> None:
    key, text = made
    secret = text.split("_", 2)[2]

    assert secret not in str(ApiKey.objects.values().get(pk=key.pk))
    assert secret not in str(list(AuditLogEntry.objects.values()))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-1] + ("A" if text[-1] != "A" else "B"),
        lambda text: text.replace("hourbook", "hourbeek"),
        lambda text: text.rpartition("_")[0] + "_",
        lambda text: f"{text}\x00",
        lambda _text: "",
        lambda _text: "hourbook_" + "0" * 12 + "_" + "x" * 43,
    ],
    ids=["another secret", "another mark", "no secret", "nul", "nothing", "no such name"],
)
def test_what_is_not_the_key_opens_nothing(change: object, made: tuple[ApiKey, str]) -> None:
    assert api_keys.presented(change(made[1]), scope=SCOPE, now=NOON) is None  # type: ignore[operator]


def test_use_is_noted_to_the_minute(made: tuple[ApiKey, str]) -> None:
    key, text = made
    seen = []
    for seconds in (0, 59, 60):
        api_keys.presented(text, scope=SCOPE, now=NOON + dt.timedelta(seconds=seconds))
        key.refresh_from_db()
        seen.append(key.last_used_at)

    assert seen == [NOON, NOON, NOON + dt.timedelta(minutes=1)]


def test_revoked_key_opens_nothing_and_is_revoked_once(made: tuple[ApiKey, str], officer: Person) -> None:
    key, text = made
    api_keys.revoke(key=key, by=officer, now=NOON)

    assert api_keys.presented(text, scope=SCOPE, now=NOON) is None
    with pytest.raises(api_keys.AlreadyRevoked):
        api_keys.revoke(key=key, by=officer, now=NOON + DAY)
    assert [line.action for line in AuditLogEntry.objects.filter(subject=f"api_key:{key.pk}")] == [
        "api_key.make",
        "api_key.revoke",
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE learning_apikey SET secret_digest = 'x'",
        "UPDATE learning_apikey SET expires_at = '2100-01-01 00:00:00'",
        "UPDATE learning_apikey SET revoked_at = NULL, revoked_by_id = NULL",
        "DELETE FROM learning_apikey WHERE id > 0",
    ],
)
def test_key_cannot_be_changed_or_brought_back(statement: str, made: tuple[ApiKey, str], officer: Person) -> None:
    api_keys.revoke(key=made[0], by=officer, now=NOON)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_keys_are_visible_to_those_who_keep_them(made: tuple[ApiKey, str], bureau: Organisation) -> None:
    other = make.BureauFactory(slug="another-bureau")
    base = make.BaseFactory(slug="a-base")
    people = {
        "officer": member(bureau, Role.OFFICER),
        "administrator": member(bureau, Role.ADMINISTRATOR),
        "clerk": member(bureau, Role.CLERK),
        "officer of another": member(other, Role.OFFICER),
        "administrator of a base": member(base, Role.ADMINISTRATOR),
    }

    seeing = {name for name, person in people.items() if ApiKey.objects.visible_to(person).exists()}

    assert seeing == {"officer", "administrator"}
