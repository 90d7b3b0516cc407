"""Jobs on pages: make a number of people, and open the pages that could grow with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from io import StringIO
from typing import Any, Final

from django.core.management import call_command, get_commands
from django.urls import Resolver404, resolve, reverse

from learning.actions import confirmation_runs, signed_runs
from learning.actions.enrolments import local_year
from learning.demo.people import PASSWORD
from learning.management.load import grounds, people, rows
from learning.management.load.grounds import AUDITOR, LEARNER, OFFICER
from learning.management.load.visits import Page, visit
from learning.models import AnnualRecord, Certificate, ConfirmationRun, CreditEntry, Organisation, Person
from learning.models.clock import database_now

#: The set of the run whose page is opened.
_RUN_BASE: Final = "education"
#: Pages that not every installation has.
_DASHBOARDS: Final = (
    ("compliance", OFFICER, "/bureau/compliance/"),
    ("compliance, people", OFFICER, "/bureau/compliance/people/"),
    ("base", AUDITOR, "/base/kaifeng-university/"),
)


def prepare(how_many: str) -> dict[str, Any]:
    """Make the tables, what pages are drawn with, and so many people."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    now = database_now()
    on = grounds.lay(local_year(now), password=PASSWORD, now=now)
    made = people.make(int(how_many), on=on, seed=1, now=now)
    rows.let_the_planner_know()
    return asdict(made)


def ready() -> int:
    """Let the year be counted, and a run be there whose sample is being looked at; return how many people there are."""
    if "count_years" in get_commands():
        call_command("count_years", stdout=StringIO())
    bureau, base = (Organisation.objects.get(slug=slug) for slug in ("kaifeng", _RUN_BASE))
    officer, now = Person.objects.get(email=OFFICER), database_now()
    if not ConfirmationRun.objects.filter(bureau=bureau).exists():
        with suppress(signed_runs.NothingWaits):
            run = confirmation_runs.draft(bureau=bureau, by=officer, now=now, base=base)
            confirmation_runs.draw_sample(run=run, by=officer, now=now)
    return Person.objects.count()


def measure(times: str) -> dict[str, Any]:
    """Open each page so many times; return what each took."""
    return {page.name: asdict(visit(page, times=int(times))) for page in pages()}


def pages() -> Iterator[Page]:
    """Yield the pages of people who were made, those only that this database can show."""
    yield Page("front", None, lambda: "/")
    learner = Person.objects.get(email=LEARNER)
    if learner.check_password(PASSWORD):
        # Capitals, as people type them.
        posted = {"login": LEARNER.capitalize(), "password": PASSWORD}
        yield Page("signing in", None, lambda: reverse("account_login"), posted=posted)
    yield from _of_the_learner()
    yield from _of_the_base()
    yield from _of_the_bureau()
    page = Certificate.objects.order_by("pk").first()
    if page is not None:
        yield Page("verify", None, lambda: reverse("learning:verify-code", args=[page.code]))
    for name, email, address in _DASHBOARDS:
        if _is_ours(address):
            yield Page(name, email, lambda address=address: address)  # type: ignore[misc]  # bound now


def _of_the_learner() -> Iterator[Page]:
    learner = Person.objects.get(email=LEARNER)
    year = AnnualRecord.objects.filter(person=learner).order_by("-year").values_list("year", flat=True)[0]
    entry = CreditEntry.objects.filter(person=learner).order_by("pk").values_list("pk", flat=True)[0]
    yield Page("my year", LEARNER, lambda: reverse("learning:year", args=[year]))
    yield Page("hour record", LEARNER, lambda: reverse("learning:hours"))
    yield Page("why", LEARNER, lambda: reverse("learning:why", args=[entry]))
    yield Page("promotion", LEARNER, lambda: reverse("learning:promotion"))


def _of_the_base() -> Iterator[Page]:
    audit = reverse("learning:audit", args=["kaifeng-university"])
    yield Page("audit", AUDITOR, lambda: audit)
    yield Page("audit, flagged", AUDITOR, lambda: f"{audit}?f=flagged")
    yield Page("audit, returned", AUDITOR, lambda: f"{audit}?tab=returned")
    yield Page("audit, recent", AUDITOR, lambda: f"{audit}?tab=recent")


def _of_the_bureau() -> Iterator[Page]:
    confirm, desk = reverse("learning:confirm"), reverse("learning:certificate-desk")
    yield Page("confirm", OFFICER, lambda: confirm)
    yield Page("confirm, one base", OFFICER, lambda: f"{confirm}?base=education")
    yield Page("confirm, receipts", OFFICER, lambda: f"{confirm}?tab=receipts")
    yield Page("runs", OFFICER, lambda: reverse("learning:confirm-runs"))
    run = ConfirmationRun.objects.order_by("pk").first()
    if run is not None:
        yield Page("run", OFFICER, lambda: reverse("learning:confirm-run", args=[run.pk]))
    yield Page("certificates", OFFICER, lambda: desk)
    yield Page("certificates, search", OFFICER, lambda: f"{desk}?q=王伟")


def _is_ours(address: str) -> bool:
    """Say whether a page of ours stands at this address; authored pages take every other."""
    try:
        return resolve(address).namespace == "learning"
    except Resolver404:
        return False
