from __future__ import annotations

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F

from tests.factories.learning import NOON
from tracking.models import ViewingArchive

pytestmark = pytest.mark.django_db


def archive(**facts: object) -> ViewingArchive:
    kept = {"month": "2025-09", "file_name": "viewing-2025-09.zip", "digest": "a" * 64, "session_count": 2}
    counts = {"line_count": 8, "later_line_count": 3, "written_at": NOON}
    return ViewingArchive.objects.create(**(kept | counts | facts))


@pytest.mark.parametrize("column", [field.name for field in ViewingArchive._meta.fields if field.name != "detached_at"])
def test_database_refuses_to_rewrite_an_archive(column: str) -> None:
    archive()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        ViewingArchive.objects.update(**{column: F(column)})


def test_database_refuses_to_forget_an_archive() -> None:
    archive()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM tracking_viewingarchive")


def test_a_month_is_detached_once() -> None:
    archive()
    ViewingArchive.objects.update(detached_at=NOON)

    for again in (NOON, None):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            ViewingArchive.objects.update(detached_at=again)


@pytest.mark.parametrize("facts", [{}, {"month": "2025-10", "later_line_count": 9}], ids=["twice", "miscounted"])
def test_database_refuses_an_impossible_archive(facts: dict[str, object]) -> None:
    archive()

    with pytest.raises(IntegrityError), transaction.atomic():
        archive(**facts)
