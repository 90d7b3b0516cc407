"""The stored PDFs, looked at by code that did not make them: a swapped one is found and named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection

from learning import ledger_check, tasks
from learning.actions import certificate_pages
from learning.models import LedgerLink, SignedPage
from tests.factories.learning import NOON
from tests.factories.years import Year, fulfilled_year

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings: object, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    return tmp_path


@pytest.fixture(autouse=True)
def _only_our_own_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("learning.ledger_check.report._check_other_apps", lambda _findings, _scope: None)


@pytest.fixture
def year() -> Year:
    """A page drawn and signed."""
    year = fulfilled_year()
    tasks.draw_due_certificates()
    return year


def differences() -> list[str]:
    """Return what is found wrong; of the guards, which a test takes off, others speak."""
    return [found for found in ledger_check.run().differences if "its guard" not in found]


def by_hand(sql: str, *values: str) -> None:
    """Change rows past every guard, as a hand with the database's password could."""
    at = " ON learning_signedpage" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for operation in ("update", "delete"):
            cursor.execute(f"DROP TRIGGER learning_signedpage_no_{operation}{at}")
        cursor.execute(sql, values)


def test_finds_nothing_in_what_the_sweep_leaves(year: Year) -> None:
    report = ledger_check.run()

    assert list(report.differences) == []
    assert report.counts["certificate files"] == 1


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda path: path.write_bytes(path.read_bytes().replace(b"/ETSI", b"/ETSJ")), "not the one that was signed"),
        (lambda path: path.write_bytes(path.read_bytes() + b"\n"), "not the one that was signed"),
        (Path.unlink, "the file is gone"),
    ],
    ids=["byte", "addition", "gone"],
)
def test_names_a_file_that_was_changed(harm: Callable[[Path], object], said: str, year: Year, media: Path) -> None:
    harm(media / year.certificate.pdf_name)

    (found,) = differences()
    assert year.certificate.serial in found
    assert said in found


def test_says_nothing_of_a_file_lost_and_drawn_again(year: Year, media: Path) -> None:
    (media / year.certificate.pdf_name).unlink()
    certificate_pages.draw_again(certificate=year.certificate, now=NOON)
    tasks.draw_due_certificates()

    assert differences() == []


def test_still_names_a_swapped_file_after_the_page_was_drawn_again(year: Year, media: Path) -> None:
    (media / year.certificate.pdf_name).write_bytes(b"%PDF-1.7")
    certificate_pages.draw_again(certificate=year.certificate, now=NOON)
    tasks.draw_due_certificates()

    assert len(differences()) == 1


def test_names_a_page_whose_row_was_deleted(year: Year) -> None:
    by_hand("DELETE FROM learning_signedpage")

    assert SignedPage.objects.count() == 0
    link = LedgerLink.objects.get(kind="file")
    assert differences() == [
        f"file number {link.subject_id}: is gone; link {link.number} of person {year.person.pk} holds its file",
        f"certificate {year.certificate.serial}: no signature is on record for {year.certificate.pdf_name}",
    ]
