"""Decisions after the last day on which their year was decided: found and named."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest

from learning.actions import credits, ledger_roots, records, reversals
from learning.ledger_check import bundle
from learning.models import CreditEntry
from learning.rules.reasons import ReversalReason
from tests.factories import learning as make
from tests.factories.rules import Studio
from tests.factories.years import Year, differences, fulfilled_year

pytestmark = pytest.mark.django_db
#: The first second after ten days of grace.
OVER = dt.datetime(2027, 1, 10, 16, 0, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


def confirmed_at(now: dt.datetime) -> Year:
    """Confirm a year, whatever its rule's days say."""
    year = fulfilled_year(requirement=make.RequirementFactory(grace_days=10), stop_at="audited")
    with mock.patch.object(records, "is_too_late", return_value=False):
        for entry in year.entries:
            credits.confirm(entry=entry, by=year.officer, now=now)
    return year


def test_what_was_decided_on_the_last_day_is_no_difference() -> None:
    confirmed_at(OVER - SECOND)

    assert differences() == []


def test_what_was_decided_a_second_later_is_named() -> None:
    year = confirmed_at(OVER)

    late = "was taken after 2027-01-10, when nothing was decided any more"
    assert differences() == [f"decision {entry.pk}.2: {late}" for entry in year.entries]


def test_any_version_of_the_rule_that_gave_more_time_excuses_it() -> None:
    confirmed_at(OVER)
    Studio().issued(grace_days=11)

    assert differences() == []


def test_what_is_taken_back_and_judged_again_has_no_last_day() -> None:
    year = confirmed_at(OVER - SECOND)
    reversal = reversals.reverse(
        entry=year.entries[0],
        by=year.officer,
        reason_code=ReversalReason.MISTAKE,
        reason_text="误确认",
        is_again=True,
        now=OVER,
    )
    restored = CreditEntry.objects.get(restores=reversal)
    credits.approve(entry=restored, by=year.auditor, now=OVER)
    credits.confirm(entry=restored, by=year.officer, now=OVER)

    assert differences() == []


@pytest.mark.parametrize(("now", "code"), [(OVER - SECOND, 0), (OVER, 1)])
def test_the_verifier_that_stands_alone_names_it_too(tmp_path: Path, now: dt.datetime, code: int) -> None:
    year = confirmed_at(now)
    ledger_roots.close_days(now=OVER + dt.timedelta(days=2))
    bundle.write(tmp_path / "bundle", year=None, now=OVER)

    verifier = Path(bundle.__file__).with_name("verify.py")
    command = [sys.executable, "-I", str(verifier), str(tmp_path / "bundle")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    named = f"decision {year.entries[1].pk}.2: was taken on 2027-01-11, after 2027-01-10, when nothing was decided"
    assert (done.returncode, named in done.stdout) == (code, bool(code)), done.stdout
