"""Signed pages: the PDF files of certificates, each known by its digest.

One row a file that was ever handed out. A lost file is drawn and signed anew
and gets a row of its own; the earlier one stays, so that a copy somebody kept
is still known. Append-only.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from learning.models.append_only import AppendOnlyModel
from learning.models.certificate import Certificate


class SignedPage(AppendOnlyModel):
    """One signed PDF, as stored."""

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="signed_pages")
    name = models.CharField(_("file"), max_length=200, unique=True)
    #: SHA-256 of the whole file, hexadecimal: what a stranger's copy is found by.
    digest = models.CharField(_("digest of the file"), max_length=64, unique=True)
    size_bytes = models.PositiveIntegerField(_("size, bytes"))
    signer = models.CharField(_("SHA-256 of the signing certificate"), max_length=64)
    signed_at = models.DateTimeField(_("signed at"))

    class Meta:
        verbose_name = _("signed page")
        verbose_name_plural = _("signed pages")

    def __str__(self) -> str:
        """Return the file's name."""
        return self.name
