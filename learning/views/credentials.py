"""Credentials as files: a page's own for whoever may read the full name; keys and status lists for everybody.

Keys and lists answer any site's script and are asked for anew each time: an
unchanged one costs its asker one short answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, quote_etag
from django.views.decorators.http import require_safe

from learning.access import signed_in
from learning.actions import credentials, issuers, status_lists
from learning.models import Certificate, Organisation
from learning.models.clock import database_now
from learning.rules.digests import digest_of
from learning.rules.status_lists import Purpose

CREDENTIAL_TYPE = "application/vc"
DID_TYPE = "application/did+json"


@login_required
@require_safe
def credential(request: HttpRequest, serial: str) -> HttpResponse:
    """Send the page's credential, signed now if it never was; a page that does not verify has none."""
    person = signed_in(request)
    page = get_object_or_404(Certificate.objects.visible_to(person).select_related("issuer"), serial=serial)
    try:
        held = credentials.of_certificate(certificate=page, by=person, now=database_now())
    except credentials.NotGenuine as refusal:
        raise Http404 from refusal
    response = HttpResponse(_written(held.document), content_type=CREDENTIAL_TYPE)
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=f"{page.serial}.json") or ""
    )
    response["Cache-Control"] = "no-store, private"
    return response


@require_safe
def did_document(request: HttpRequest, issuer_id: int) -> HttpResponse:
    """Show the keys that sign in a bureau's name."""
    issuer = get_object_or_404(Organisation, pk=issuer_id, kind=Organisation.Kind.BUREAU)
    document = issuers.did_document(issuer)
    return _published(request, lambda: document, etag=digest_of(document), content_type=DID_TYPE)


@require_safe
def status_list(request: HttpRequest, issuer_id: int, number: int, purpose: str) -> HttpResponse:
    """Show which credentials of a list are revoked, or replaced."""
    try:
        document = status_lists.prepared(
            issuer_id=issuer_id, number=number, purpose=Purpose(purpose), now=database_now()
        )
    except (ValueError, OverflowError, status_lists.NoSuchList) as refusal:
        raise Http404 from refusal
    etag = status_lists.digest(document)
    return _published(request, lambda: status_lists.signed(document), etag=etag, content_type=CREDENTIAL_TYPE)


@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """Show every key whose signatures stand, in words, and how to check a credential with them."""
    bureaus = Organisation.objects.filter(kind=Organisation.Kind.BUREAU)
    dids = [(bureau, issuers.did_of(bureau.pk)) for bureau in bureaus]
    return render(request, "learning/certificates/keys.html", {"keys": issuers.key_uses(), "dids": dids})


def _published(
    request: HttpRequest, document: Callable[[], dict[str, Any]], *, etag: str, content_type: str
) -> HttpResponse:
    """Answer any site; the document is made only for who does not have it yet."""
    response = get_conditional_response(request, etag=quote_etag(etag))
    response = response or HttpResponse(_written(document()), content_type=content_type)
    response["ETag"] = quote_etag(etag)
    response["Cache-Control"] = "public, no-cache"
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _written(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode()
