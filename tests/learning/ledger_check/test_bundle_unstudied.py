"""Hours nobody studied, in the bundle: the verifier that stands alone takes them, and pages that name them."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest

from learning.actions import ledger_roots, years
from learning.ledger_check import bundle
from learning.models import CreditEntry, Person
from tests.factories import learning as make
from tests.factories import years as study
from tests.factories.waivers import NOON, Bureau, leave

pytestmark = pytest.mark.django_db
NEW_YEAR = dt.datetime(2026, 12, 31, 16, 0, tzinfo=dt.UTC)
VERIFIER = Path(bundle.__file__).with_name("verify.py")


def test_the_verifier_takes_waived_and_carried_hours_and_their_pages(ada: Person, tmp_path: Path) -> None:
    bureau = Bureau(carry_professional_centihours=500)
    bureau.granted(ada, leave("2026-01-01", "2026-12-31"), now=NOON)
    surplus = study.fulfilled_year(
        requirement=bureau.requirement, bureau=bureau.office, professional_centihours=6_500, now=NOON
    )
    following = make.RequirementFactory(year=2027, cutoff_on=dt.date(2027, 12, 31))
    assert years.close_with_surplus(now=NEW_YEAR) == 2
    study.fulfilled_year(
        person=surplus.person, requirement=following, base=surplus.base, bureau=bureau.office,
        professional_centihours=5_600, now=NEW_YEAR + dt.timedelta(days=200),
    )  # fmt: skip
    over = NEW_YEAR + dt.timedelta(days=202)
    ledger_roots.close_days(now=over)
    ledger_roots.anchor_roots(now=over)
    bundle.write(tmp_path / "bundle", year=None, now=over)

    command = [sys.executable, "-I", str(VERIFIER), str(tmp_path / "bundle")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    assert {"waived", "carried"} <= set(CreditEntry.objects.values_list("kind", flat=True))
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "All is well"), done.stdout
