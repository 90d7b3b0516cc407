"""Files of proof in words: why one was not kept, and what to do about it."""

from django import template
from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from learning.rules.proofs import ProofRefusal

register = template.Library()

REFUSALS: dict[str, object] = {
    ProofRefusal.TOO_MANY: _("One application takes %(files)s files. Remove one, or put several pages into one PDF."),
    ProofRefusal.TOO_LARGE: _(
        "It is larger than %(each)s. Photograph it in a smaller size, or scan it in grey, and attach it again."
    ),
    ProofRefusal.ALL_TOO_LARGE: _("All files together may be %(all)s. Remove one, or send this one in a smaller size."),
    ProofRefusal.EMPTY: _("It is empty. Choose the file again."),
    ProofRefusal.UNKNOWN_KIND: _(
        "By its content it is neither a PDF nor a JPEG or PNG picture, whatever its name says. "
        "Save it as one of these, or photograph it."
    ),
    ProofRefusal.UNREADABLE: _(
        "It cannot be read: it is damaged, or something else hangs on it. Print it to a new PDF, or photograph it."
    ),
    ProofRefusal.TOO_MANY_PIXELS: _("The picture has more than %(pixels)s million pixels. Save it in a smaller size."),
    ProofRefusal.TOO_MANY_PAGES: _("It has more than %(pages)s pages. Send only the pages that prove your leave."),
    ProofRefusal.ENCRYPTED: _("It is locked with a password. Print it to a new PDF without one."),
    ProofRefusal.ACTIVE: _(
        "It holds a script, a form or another file, which the bureau’s computers do not open. Print it to a new PDF."
    ),
    ProofRefusal.HANDED_IN: _("The bureau has this very file already."),
    ProofRefusal.TOO_OFTEN: _("You have sent very many files. Wait an hour and attach it again."),
}


@register.filter
def refusal_words(reason: str) -> str:
    """Say why a file was not kept, with the figures of this installation."""
    return str(REFUSALS[reason]) % _figures()


@register.simple_tag
def proof_limits() -> dict[str, object]:
    """Return how many files may be sent, and how large, for the hint beside the field."""
    return _figures()


def _figures() -> dict[str, object]:
    return {
        "files": settings.PROOF_FILES_MAX,
        "each": filesizeformat(settings.PROOF_FILE_MAX_BYTES),
        "all": filesizeformat(settings.PROOF_FILES_MAX_BYTES),
        "pixels": settings.PROOF_PIXELS_MAX // 1_000_000,
        "pages": settings.PROOF_PAGES_MAX,
    }
