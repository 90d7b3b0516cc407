"""One file of proof, to who handed it in and to the officers who decide on it."""

import logging

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from learning.access import signed_in
from learning.actions import proof_files, waivers
from learning.models import ProofFile
from learning.models.clock import database_now
from learning.rules.proofs import ProofKind

logger = logging.getLogger(__name__)
#: A file is never a page: it runs nothing, loads nothing, and has no place it belongs to.
POLICY = "default-src 'none'; sandbox; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"


@login_required
@require_safe
def proof(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the file as what it is; that an officer read it is written down."""
    person = signed_in(request)
    found = get_object_or_404(ProofFile.objects.visible_to(person).select_related("asked"), pk=pk)
    content = proof_files.read(found)
    if content is None:
        logger.error("proof %s: %s was lost or is not the file that was handed in", found.pk, found.name)
        raise Http404
    if person.pk != found.asked.person_id and request.method == "GET":
        office = waivers.entries_of(found.asked)[0].bureau
        proof_files.note_reading(found, by=person, office=office, now=database_now())
    kind = ProofKind(found.kind)
    response = HttpResponse(content, content_type=kind.media_type)
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=not kind.is_image, filename=found.title) or ""
    )
    response["Content-Security-Policy"] = POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "no-store, private"
    return response
