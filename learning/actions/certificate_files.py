"""Certificate files: drawn, signed, stored whole, then registered by their digest.

The undrawn row is the intent; the file is written before the row says so. A
crash in between leaves a file nobody was given, and a page the next sweep
draws. Of two sweeps at once one registers, and the other takes its file away.
"""

import hashlib
import logging
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from learning.actions import audit_log, certificate_pages, certificates, ledger_links, pdf_signatures, stored_files
from learning.models import Certificate, SignedPage

logger = logging.getLogger(__name__)
FOLDER = "certificates"
#: How long a page waits before it is tried again: after a fault, and after a refusal.
RETRY_AFTER = timedelta(minutes=10)
PROBLEM_RETRY_AFTER = timedelta(days=1)


class NotGenuine(Exception):
    """The row was changed after it was signed: it is never printed."""


def draw(*, certificate: Certificate, now: datetime) -> None:
    """Draw, sign and register the PDF; a second call, or one at the same time, changes nothing.

    A page the fonts cannot print is marked for the bureau and tried again in a
    day; any other fault is the caller's to catch.

    Raises: NotGenuine, when the stored facts are not the signed ones;
    pdf_signatures.NoKey.
    """
    if certificate.pdf_name:
        return
    if not certificates.is_genuine(certificate):
        raise NotGenuine(certificate.serial)
    try:
        drawn = certificate_pages.render(certificate)
    except certificate_pages.NotDrawable as problem:
        logger.warning("certificate %s lacks glyphs for %s", certificate.serial, _code_points(problem.characters))
        Certificate.objects.filter(pk=certificate.pk, pdf_name="").update(
            draw_problem=problem.characters[:60], draw_after=now + PROBLEM_RETRY_AFTER
        )
        return
    signed = pdf_signatures.sign(drawn, place=certificate.facts["issuer_zh"])
    digest = hashlib.sha256(signed.content).hexdigest()
    # Two signatures are never the same bytes, so that no sweep can write over another's file.
    name = f"{FOLDER}/{certificate.year}/{certificate.serial}.{digest[:16]}.pdf"
    path = Path(settings.MEDIA_ROOT) / name
    stored_files.write(path, signed.content)
    page = SignedPage(
        certificate=certificate,
        name=name,
        digest=digest,
        size_bytes=len(signed.content),
        signer=signed.signer,
        signed_at=now,
    )
    if not _register(page):
        path.unlink()


def put_off(*, certificate: Certificate, now: datetime) -> None:
    """Push a page whose drawing failed forward in time, so that it cannot block the others."""
    Certificate.objects.filter(pk=certificate.pk, pdf_name="").update(draw_after=now + RETRY_AFTER)


@transaction.atomic
def _register(page: SignedPage) -> bool:
    """Make this file the page's; False when another one is already."""
    undrawn = Certificate.objects.filter(pk=page.certificate_id, pdf_name="")
    if undrawn.update(pdf_name=page.name, draw_problem="") != 1:
        return False
    page.save(force_insert=True)
    ledger_links.append(ledger_links.of_file(page, person_id=page.certificate.book.person_id), now=page.signed_at)
    audit_log.append(
        action="certificate.sign",
        subject=f"certificate:{page.certificate_id}",
        organisation=page.certificate.issuer,
        facts={
            "serial": page.certificate.serial,
            "name": page.name,
            "file": page.digest,
            "size_bytes": page.size_bytes,
            "signer": page.signer,
        },
        now=page.signed_at,
    )
    return True


def _code_points(characters: str) -> str:
    """Name characters a log may not be able to show."""
    return " ".join(f"U+{ord(character):04X}" for character in characters)
