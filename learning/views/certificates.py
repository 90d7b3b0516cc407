"""The certificate book: yearly pages, each as a page to read, print, download and share."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_safe

from learning.access import signed_in
from learning.actions import certificate_pages, certificates, stored_files
from learning.actions.enrolments import local_year
from learning.actions.records import requirement_of
from learning.models import AnnualRecord, Certificate, CreditDecision, Person, Requirement, SignedPage
from learning.models.clock import database_now
from learning.rules.credit_states import Verdict
from learning.rules.requirements import Missing, Totals, missing
from learning.views.certificate_history import history_of


@dataclass(frozen=True, slots=True)
class YearLacks:
    """What the present year still lacks before its page is issued."""

    year: int
    requirement: Requirement
    held: Totals
    pending: Totals
    missing: Missing


@dataclass(frozen=True, slots=True)
class Course:
    """How the hours of a page came about: when the last of each step was done."""

    count: int
    audited_at: datetime | None
    confirmed_at: datetime | None
    registered_at: datetime | None


@login_required
@require_GET
def book(request: HttpRequest) -> HttpResponse:
    """Show the learner's book, newest year first, and what the present year lacks."""
    person = signed_in(request)
    pages = list(Certificate.objects.filter(book__person=person).select_related("issuer", "book"))
    context = {
        "pages": pages,
        "book": pages[0].book if pages else None,
        "lacks": _lacks(person, local_year(database_now())),
    }
    return render(request, "learning/certificates/book.html", context)


@login_required
@require_GET
def certificate(request: HttpRequest, serial: str) -> HttpResponse:
    """Show one yearly page, its signature checked now."""
    person = signed_in(request)
    page = get_object_or_404(
        Certificate.objects.visible_to(person).select_related("issuer", "issued_by", "book", "record", "replaced_by"),
        serial=serial,
    )
    context = {
        "certificate": page,
        "facts": page.facts,
        "total_centihours": page.facts.get("public_centihours", 0) + page.facts.get("professional_centihours", 0),
        "is_genuine": certificates.is_genuine(page),
        "is_holder": page.book.person_id == person.pk,
        "checked_at": database_now(),
        "course": _course(page),
        "pdf_kilobytes": _kilobytes(page),
        "earlier": Certificate.objects.filter(replaced_by=page).first(),
        "history": history_of(page),
        "may_change": page.state == Certificate.State.VALID and page.book.person_id != person.pk,
    }
    return render(request, "learning/certificates/certificate.html", context)


@login_required
@require_safe
async def pdf(request: HttpRequest, serial: str) -> HttpResponse:
    """Send the PDF; a page that is not drawn yet answers with the page that says so.

    A file that was lost, or is not the one that was signed, is drawn anew: the
    page says that too.
    """
    person = cast("Person", await request.auser())
    page = await Certificate.objects.visible_to(person).filter(serial=serial).afirst()
    if page is None:
        raise Http404
    content = await _read(page) if page.pdf_name else None
    if content is None:
        if page.pdf_name:
            await sync_to_async(_draw_again)(page)
        return redirect("learning:certificate", serial=page.serial)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=f"{page.serial}.pdf") or ""
    )
    response["Cache-Control"] = "no-store, private"
    return response


async def _read(page: Certificate) -> bytes | None:
    signed = await SignedPage.objects.filter(certificate=page, name=page.pdf_name).afirst()
    if signed is None:
        return None
    return await asyncio.to_thread(stored_files.read, certificate_pages.path_of(page), digest=signed.digest)


def _draw_again(page: Certificate) -> None:
    certificate_pages.draw_again(certificate=page, now=database_now())


def _kilobytes(page: Certificate) -> int | None:
    """Return the PDF's size in whole kilobytes, or None while there is none."""
    try:
        return -(-certificate_pages.path_of(page).stat().st_size // 1_024) if page.pdf_name else None
    except FileNotFoundError:
        return None


def _lacks(person: Person, year: int) -> YearLacks | None:
    """Return what the year lacks; nothing once it is registered, or where no rule binds the person."""
    record = AnnualRecord.objects.filter(person=person, year=year).first()
    if record is not None and record.state == AnnualRecord.State.CONFIRMED:
        return None
    try:
        requirement = requirement_of(person=person, year=year)
    except ObjectDoesNotExist:
        return None
    held, pending = (record.confirmed, record.pending) if record else (Totals(0, 0), Totals(0, 0))
    return YearLacks(year, requirement, held, pending, missing(requirement.as_rule(), held))


def _course(page: Certificate) -> Course:
    numbers = [entry["number"] for entry in page.facts.get("entries", ())]
    decided = CreditDecision.objects.filter(entry_id__in=numbers).order_by("decided_at")
    latest = dict(decided.values_list("verdict", "decided_at"))
    return Course(
        count=len(numbers),
        audited_at=latest.get(Verdict.APPROVED),
        confirmed_at=latest.get(Verdict.CONFIRMED),
        registered_at=page.record.confirmed_at,
    )
