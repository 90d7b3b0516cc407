"""Acts go on while the check runs: it judges the ledger as it stood at one moment."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import call_command

from learning.actions import credits
from learning.ledger_check import records
from learning.models import AuditLogEntry, LedgerVerification
from learning.models.audit_log import AuditLogHead
from tests.factories.learning import NOON
from tests.factories.meanwhile import once_before
from tests.factories.years import Year

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("owner", "name"),
    [(AuditLogHead.objects, "filter"), (records, "_closed")],
    ids=["lines of the log and its head", "sums and records"],
)
def test_command_finds_nothing_while_hours_are_decided(
    year: Year, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str
) -> None:
    (entry,) = year.person.credit_entries.filter(standing__state="audited")
    once_before(monkeypatch, owner, name, lambda: credits.confirm(entry=entry, by=year.officer, now=NOON))
    out = io.StringIO()

    call_command("verify_ledger", stdout=out, no_color=True)

    assert out.getvalue().rstrip().endswith("\n0 differences")


def test_mark_names_a_link_and_a_line_of_the_same_moment(year: Year, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the next run would look for a new link's line among the new lines, and not find it."""
    (entry,) = year.person.credit_entries.filter(standing__state="audited")
    once_before(
        monkeypatch, AuditLogEntry.objects, "order_by", lambda: credits.confirm(entry=entry, by=year.officer, now=NOON)
    )

    call_command("verify_ledger", stdout=io.StringIO())
    call_command("verify_ledger", "--since", stdout=io.StringIO())

    assert LedgerVerification.objects.count() == 2
