"""The pages of the walk: who opens which address; shared by the checks that visit them all."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tests.journeys.conftest import DemoSite

FACTS = """
import json
from learning.models import Certificate, CreditEntry, Enrolment
chen = dict(person__email="learner@demo.test")
print(json.dumps({
    "entry": CreditEntry.objects.filter(standing__state="confirmed", **chen).values_list("pk", flat=True)[0],
    "enrolment": Enrolment.objects.filter(**chen).values_list("pk", flat=True)[0],
    "course": Enrolment.objects.filter(**chen).values_list("course_key", flat=True)[0],
    "year": CreditEntry.objects.order_by("-year").values_list("year", flat=True)[0],
    "serial": Certificate.objects.filter(book__person__email="learner3@demo.test").values_list("serial", flat=True)[0],
    "code": Certificate.objects.filter(book__person__email="learner3@demo.test").values_list("code", flat=True)[0],
}))
"""


@dataclass(frozen=True, slots=True)
class Stop:
    """One page: its name, who opens it (empty: anyone) and its address without the language."""

    name: str
    email: str
    path: str


def stops(site: DemoSite) -> list[Stop]:
    """Return the walk of this site, in the order a visitor takes it."""
    told = site.manage("shell", "--no-imports", "-c", FACTS)
    assert told.returncode == 0, told.stderr
    facts = json.loads(told.stdout.strip().splitlines()[-1])
    learner, holder = "learner@demo.test", "learner3@demo.test"
    return [
        Stop("front", "", "/"),
        Stop("sign-in", "", "/accounts/login/"),
        Stop("rules", "", f"/rules/{facts['year']}/"),
        Stop("catalogue", "", "/courses/"),
        Stop("verify-form", "", "/verify/"),
        Stop("verify", "", f"/verify/{facts['code']}/"),
        Stop("verify-unknown", "", "/verify/2345-6789-ABCD-EFGH/"),
        Stop("home", learner, f"/me/{facts['year']}/"),
        Stop("courses", learner, "/me/courses/"),
        Stop("course", learner, f"/courses/{facts['course']}/"),
        Stop("player", learner, f"/learn/{facts['course']}/3/"),
        Stop("exam-door", learner, f"/exams/{facts['enrolment']}/"),
        Stop("hours", learner, "/me/hours/"),
        Stop("entry", learner, f"/me/hours/{facts['entry']}/"),
        Stop("why", learner, f"/me/hours/{facts['entry']}/why/"),
        Stop("profile", learner, "/me/profile/"),
        Stop("certificates", holder, "/me/certificates/"),
        Stop("certificate", holder, f"/me/certificates/{facts['serial']}/"),
        Stop("audit", "auditor@demo.test", "/base/kaifeng-university/audit/"),
        Stop("confirm", "bureau@demo.test", "/bureau/confirm/"),
    ]
