"""The cast, the clock and the database's two oddities; everything else is a factory."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase
from django.utils import translation
from pytest_django.plugin import DjangoDbBlocker

from learning.management import catalogues
from learning.models import Membership, Organisation, Person, Role
from tests import databases, everyday
from tests.factories import clock
from tests.factories import learning as make


@pytest.fixture(scope="session", autouse=True)
def _committed_rows_are_put_back() -> Iterator[None]:
    """Take back what a test committed by copying, where Django would empty every table and fill some again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _self: databases.put_back())
        yield


def pytest_configure(config: pytest.Config) -> None:
    """Compile the catalogues, as every way of running does; workers find them done."""
    everyday.set_up()
    if not hasattr(config, "workerinput"):
        catalogues.compile_all()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not for today; on the second database, what was judged on the first."""
    everyday.put_off(items)
    is_second = bool(os.environ.get("HOURBOOK_TEST_DATABASE_URL"))
    today = everyday.on_the_second_database(items) if is_second else everyday.on_the_first_database(items)
    config.hook.pytest_deselected(items=list(set(items) - set(today)))
    items[:] = today


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Lay the database; hang up what threads of the tests left open, so that it can be dropped."""
    name = connection.settings_dict["NAME"]
    with django_db_blocker.unblock():
        databases.lay()
    yield
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
        connection.creation.destroy_test_db(str(name), verbosity=0)


@pytest.fixture(autouse=True)
def _language_of_the_house() -> Iterator[None]:
    """Begin each test in the default language; a request of the test before may have left another."""
    translation.activate(settings.LANGUAGE_CODE)
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def held_clock() -> Iterator[None]:
    """Let the database's clock stand at NOON: the factories' year is 2026, whatever year it is outside.

    Who must see time pass overrides this fixture with `clock.running`.
    """
    with clock.standing(make.NOON):
        yield


@pytest.fixture
def noon() -> dt.datetime:
    return make.NOON


@pytest.fixture
def ada(db: None) -> Person:
    """ada learns."""
    return make.PersonFactory(full_name="阿达", full_name_en="Ada", email="ada@example.test")


@pytest.fixture
def unit(db: None) -> Organisation:
    """The organisation ada works for."""
    return make.OrganisationFactory(slug="adas-unit")


@pytest.fixture
def ben(unit: Organisation, ada: Person) -> Person:
    """ben manages ada's organisation."""
    ben = make.PersonFactory(full_name="本", full_name_en="Ben", email="ben@example.test", title_level="")
    Membership.objects.create(person=ada, organisation=unit, role=Role.EMPLOYEE)
    Membership.objects.create(person=ben, organisation=unit, role=Role.ADMINISTRATOR)
    return ben


@pytest.fixture
def cy(db: None) -> Person:
    """cy is an outsider and must see nothing."""
    return make.PersonFactory(full_name="赛", full_name_en="Cy", email="cy@example.test")


@pytest.fixture
def requirement(db: None) -> Any:
    """Kaifeng's rule of 2026 for the intermediate level."""
    return make.RequirementFactory()


@pytest.fixture
def bureau(db: None) -> Organisation:
    """Kaifeng's bureau, which confirms ada's hours."""
    return make.BureauFactory(slug="kaifeng")
