"""Years whose rule is met and which have no certificate page yet, as a change of rule leaves them."""

from __future__ import annotations

from unittest import mock

from learning.actions import certificates
from learning.models import CertificateRun, Organisation, Person
from tests.factories import learning as make
from tests.factories.years import Year, fulfilled_year


def met_year(*, like: Year | None = None, person: Person | None = None) -> Year:
    """Fulfil a year and let the act that confirmed it issue nothing; `like`: at whose base and bureau."""
    where: dict[str, Organisation] = {"base": like.base, "bureau": like.bureau} if like else {}
    with mock.patch.object(certificates, "issue_if_due"):
        if like is None:
            return fulfilled_year(person=person)
        return fulfilled_year(person=person or make.PersonFactory(), requirement=like.requirement, **where)  # type: ignore[arg-type]


def outcomes(run: CertificateRun) -> dict[str, int]:
    """Count a run's pages by what came of them."""
    counted: dict[str, int] = {}
    for outcome in run.items.values_list("outcome", flat=True):
        counted[outcome] = counted.get(outcome, 0) + 1
    return counted
