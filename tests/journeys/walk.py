"""The pages of the walk: who opens which address; shared by the checks that visit them all."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.journeys.conftest import DemoSite

#: Puts one learner into an exam, through the verbs a real one would call: place, viewing, evidence, attempt.
SITTING = """
import datetime as dt, json
from assessments.actions import attempts
from learning.actions import enrolments
from learning.models import Edition, Person
from learning.models.clock import database_now
from tracking.demo.history import watch
from tracking.tasks import record_due_evidence
now = database_now()
person = Person.objects.get(email="learner2@demo.test")
edition = Edition.objects.current().get(course_key="capacity-building")
place = enrolments.enrol(person=person, edition=edition, now=now)
for lesson in edition.lessons.order_by("number"):
    watch(place, lesson, lesson.duration_s, now - dt.timedelta(minutes=30 - 5 * lesson.number))
record_due_evidence()
print(json.dumps(attempts.start(enrolment=place, now=now).enrolment_id))
"""

#: Lets somebody watch a lecture from half an hour ahead, so that the walk still meets them whenever it comes by.
WATCHING = """
import datetime as dt
from learning.actions import enrolments
from learning.models import Edition, Person
from learning.models.clock import database_now
from tests.factories.tracking import opening
from tracking.access import Place
from tracking.actions import tickets, viewings
now = database_now()
chen = Person.objects.get(email="learner@demo.test")
person, _made = Person.objects.get_or_create(
    email="watching@demo.test",
    defaults={"full_name": "赵磊", "full_name_en": "Zhao Lei", "region": chen.region, "title_level": chen.title_level},
)
edition = Edition.objects.current().get(course_key="professional-ethics")
place = enrolments.enrol(person=person, edition=edition, now=now)
lesson = edition.lessons.get(number=1)
ticket = tickets.read(tickets.issue(Place(place, lesson), session_key="w"), person_id=person.pk, session_key="w")
later_ms = int((now + dt.timedelta(minutes=30)).timestamp() * 1_000)
viewings.open_viewing(
    ticket=ticket, said=opening(is_takeover=True), device_label="Windows · Edge", now_ms=later_ms
)
print("null")
"""

#: Replaces last year's page of one learner, as an officer does; the demo's worker carries it out.
REPLACING = """
import json
from learning.actions import certificate_runs
from learning.models import Certificate, CertificateRun, Person
from learning.models.clock import database_now
page = Certificate.objects.standing().get(book__person__email="learner@demo.test")
officer = Person.objects.get(email="bureau@demo.test")
run = certificate_runs.begin_change(
    kind=CertificateRun.Kind.REISSUE, pages=[page], reason="name_corrected", text="姓名中的“惠”更正为“慧”。",
    bureau=page.issuer, by=officer, now=database_now(),
)
print(json.dumps([run.pk, page.year]))
"""

#: Freezes one base's waiting hours into a run and draws its sample, as an officer would.
RUN = """
import json
from learning.actions import confirmation_runs
from learning.models import ConfirmationRun, Organisation, Person
from learning.models.clock import database_now
officer = Person.objects.get(email="bureau@demo.test")
bureau = Organisation.objects.get(slug="kaifeng")
run = ConfirmationRun.objects.unended().filter(bureau=bureau).first()
if run is None:
    run = confirmation_runs.draft(bureau=bureau, by=officer, now=database_now())
    confirmation_runs.draw_sample(run=run, by=officer, now=database_now())
print(json.dumps(run.pk))
"""

#: Audits hours and confirms them in a run, freezes its reversal, and takes one entry back, as an officer would.
UNDONE = """
import json
from learning.actions import confirmation_chunks, confirmation_runs, credits, reversal_runs, reversals
from learning.models import ConfirmationRun, CreditEntry, Organisation, Person, ReversalRun
from learning.models.clock import database_now
officer = Person.objects.get(email="bureau@demo.test")
bureau = Organisation.objects.get(slug="kaifeng")
undo = ReversalRun.objects.filter(bureau=bureau).first()
if undo is None:
    department = Person.objects.get(email="department@demo.test")
    for waiting in CreditEntry.objects.filter(standing__holder__slug="education", standing__state="earned")[:5]:
        credits.approve(entry=waiting, by=department, now=database_now())
    education = Organisation.objects.get(slug="education")
    run = confirmation_runs.draft(bureau=bureau, by=officer, now=database_now(), base=education)
    confirmation_runs.draw_sample(run=run, by=officer, now=database_now())
    good = dict.fromkeys(run.samples.values_list("pk", flat=True), True)
    confirmation_runs.judge_sample(run=run, verdicts=good, by=officer, now=database_now())
    confirmation_runs.sign(run=run, snapshot=run.snapshot, by=officer, now=database_now())
    while confirmation_chunks.confirm_next(run.pk, now=database_now()):
        pass
    run.refresh_from_db()
    why = {"reason_code": "mistake", "reason_text": "误选了待核实的班次，退回基地重新审核。"}
    undo = reversal_runs.draft(
        confirmed_by=run, entries=reversal_runs.reversible(confirmed_by=run, officer=officer),
        is_again=True, by=officer, now=database_now(), **why,
    )
    chen = Person.objects.get(email="learner@demo.test")
    confirmed = CreditEntry.objects.filter(bureau=bureau, standing__state="confirmed", person=chen)
    reversals.reverse(
        entry=confirmed.exclude(pk__in=undo.items.values("entry_id")).order_by("pk").last(),
        by=officer, is_again=True, now=database_now(), **why,
    )
print(json.dumps([undo.pk, undo.confirmation_run_id, undo.items.values_list("entry_id", flat=True)[0]]))
"""

FACTS = """
import json
from learning.models import (
    Certificate, CreditEntry, CreditFlag, CreditStanding, Enrolment, Evidence, FlagProposal, Person, RuleSet,
)
chen = dict(person__email="learner@demo.test")
waiting = CreditStanding.objects.filter(holder__slug="kaifeng-university", state="earned").first()
audited = CreditStanding.objects.filter(holder__slug="kaifeng", state="audited").first()
certificate = Certificate.objects.filter(book__person__email="learner3@demo.test").first()
place = Enrolment.objects.filter(**chen).first()
print(json.dumps({
    "chen": Person.objects.get(email="learner@demo.test").pk,
    "entry": CreditEntry.objects.filter(standing__state="confirmed", **chen).values_list("pk", flat=True)[0],
    "enrolment": place.pk,
    "course": place.course_key,
    "year": CreditEntry.objects.order_by("-year").values_list("year", flat=True)[0],
    "serial": certificate.serial,
    "page": certificate.pk,
    "code": certificate.code,
    "waiting": waiting.entry_id,
    "flagged": CreditFlag.objects.order_by("pk").values_list("entry_id", flat=True)[0],
    "audited": f"{audited.entry_id}:{audited.decision_count}",
    "rules": RuleSet.objects.get(state="submitted").pk,
    "flag_proposal": FlagProposal.objects.get(state="waiting").pk,
    "waiver": Evidence.objects.filter(kind="waiver").latest("pk").pk,
}))
"""


@dataclass(frozen=True, slots=True)
class Stop:
    """One page: its name, who opens it (empty: anyone) and its address without the language."""

    name: str
    email: str
    path: str


def stops(site: DemoSite) -> list[Stop]:
    """Return the walk of this site, in the order a visitor takes it; learner2 sits an exam, and somebody watches."""
    facts = told(site, FACTS)
    sitting = told(site, SITTING)
    told(site, WATCHING)
    run, replaced_year = told(site, REPLACING)
    undo, undone, confirmed = told(site, UNDONE)
    learner, holder = "learner@demo.test", "learner3@demo.test"
    return [
        Stop("front", "", "/"),
        Stop("sign-in", "", "/accounts/login/"),
        Stop("rules", "", f"/rules/{facts['year']}/"),
        Stop("catalogue", "", "/courses/"),
        Stop("verify-form", "", "/verify/"),
        Stop("verify", "", f"/verify/{facts['code']}/"),
        Stop("signing-keys", "", "/verify/keys/"),
        Stop("title-review", "", "/help/title-review/"),
        Stop("verify-unknown", "", "/verify/2345-6789-ABCD-EFGH/"),
        Stop("home", learner, f"/me/{facts['year']}/"),
        Stop("courses", learner, "/me/courses/"),
        Stop("course", learner, f"/courses/{facts['course']}/"),
        Stop("player", learner, f"/learn/{facts['course']}/3/"),
        Stop("lesson-why", learner, f"/learn/why/{facts['enrolment']}/1/"),
        Stop("exam-door", learner, f"/exams/{facts['enrolment']}/"),
        Stop("hours", learner, "/me/hours/"),
        Stop("entry", learner, f"/me/hours/{facts['entry']}/"),
        Stop("why", learner, f"/me/hours/{facts['entry']}/why/"),
        Stop("profile", learner, "/me/profile/"),
        Stop("messages", learner, "/me/messages/"),
        Stop("messages-settings", learner, "/me/messages/settings/"),
        Stop("messages-staff", "auditor@demo.test", "/me/messages/"),
        Stop("promotion", learner, "/me/promotion/"),
        Stop("statement", learner, f"/me/{facts['year']}/print/"),
        Stop("year-replaced", learner, f"/me/{replaced_year}/"),
        Stop("waivers-own", "learner4@demo.test", f"/me/{facts['year']}/waiver/"),
        Stop("year-waived", "learner4@demo.test", f"/me/{facts['year']}/"),
        Stop("year-make-up", "learner5@demo.test", f"/me/{facts['year'] - 1}/"),
        Stop("exam", "learner2@demo.test", f"/exams/{sitting}/take/"),
        Stop("exam-review", "learner2@demo.test", f"/exams/{sitting}/take/review/"),
        Stop("certificates", holder, "/me/certificates/"),
        Stop("certificate", holder, f"/me/certificates/{facts['serial']}/"),
        Stop("audit", "auditor@demo.test", f"/base/kaifeng-university/audit/?entry={facts['waiting']}"),
        Stop("audit-flagged", "auditor@demo.test", f"/base/kaifeng-university/audit/?entry={facts['flagged']}"),
        Stop("lesson-why-staff", "auditor@demo.test", f"/learn/why/{facts['enrolment']}/1/"),
        Stop("live", "auditor@demo.test", "/base/kaifeng-university/live/"),
        Stop("base", "auditor@demo.test", "/base/kaifeng-university/"),
        Stop("base-days", "auditor@demo.test", "/base/kaifeng-university/days/"),
        Stop("base-exams", "auditor@demo.test", "/base/kaifeng-university/exams/"),
        Stop("compliance", "bureau@demo.test", "/bureau/compliance/"),
        Stop("compliance-bases", "bureau@demo.test", "/bureau/compliance/?by=base"),
        Stop("compliance-industries", "bureau@demo.test", "/bureau/compliance/?by=industry"),
        Stop("compliance-people", "bureau@demo.test", "/bureau/compliance/people/"),
        Stop("compliance-person", "bureau@demo.test", f"/bureau/compliance/people/{facts['chen']}/"),
        Stop("confirm", "bureau@demo.test", "/bureau/confirm/"),
        Stop("api-keys", "bureau@demo.test", "/bureau/keys/"),
        Stop("certificate-desk", "bureau@demo.test", "/bureau/certificates/"),
        Stop("certificate-change", "bureau@demo.test", f"/bureau/certificates/change/?pick={facts['page']}"),
        Stop("certificate-runs", "bureau@demo.test", "/bureau/certificates/runs/"),
        Stop("certificate-run", "bureau@demo.test", f"/bureau/certificates/runs/{run}/"),
        Stop("runs", "bureau@demo.test", "/bureau/confirm/runs/"),
        Stop("run", "bureau@demo.test", f"/bureau/confirm/runs/{told(site, RUN)}/"),
        Stop("run-done", "bureau@demo.test", f"/bureau/confirm/runs/{undone}/"),
        Stop("reversals", "bureau@demo.test", "/bureau/confirm/reversals/"),
        Stop("reversal-entry", "bureau@demo.test", f"/bureau/confirm/reversals/entries/{confirmed}/"),
        Stop("reversal-runs", "bureau@demo.test", "/bureau/confirm/reversals/runs/"),
        Stop("reversal-draft", "bureau@demo.test", f"/bureau/confirm/reversals/runs/of/{undone}/"),
        Stop("reversal-run", "bureau@demo.test", f"/bureau/confirm/reversals/runs/{undo}/"),
        Stop("reversal-sign", "bureau@demo.test", f"/bureau/confirm/reversals/runs/{undo}/sign/"),
        Stop("sign", "bureau@demo.test", f"/bureau/confirm/sign/?bureau=kaifeng&pick={facts['audited']}"),
        Stop("waivers", "bureau@demo.test", "/bureau/waivers/"),
        Stop("waiver-case", "bureau@demo.test", f"/bureau/waivers/{facts['waiver']}/"),
        Stop("rule-studio", "bureau@demo.test", "/bureau/rules/"),
        Stop("rule-set", "bureau2@demo.test", f"/bureau/rules/{facts['rules']}/"),
        Stop("rule-simulation", "bureau2@demo.test", f"/bureau/rules/{facts['rules']}/simulation/"),
        Stop("rule-comparison", "bureau2@demo.test", f"/bureau/rules/{facts['rules']}/comparison/"),
        Stop("flag-policy", "bureau@demo.test", "/bureau/flags/"),
        Stop("flag-proposal", "province2@demo.test", f"/bureau/flags/proposals/{facts['flag_proposal']}/"),
    ]


def told(site: DemoSite, code: str) -> Any:
    """Return what the code prints last, as JSON, on the site's data."""
    answer = site.manage("shell", "--no-imports", "-c", code)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout.strip().splitlines()[-1])
