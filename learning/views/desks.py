"""Which bureau's desk an officer sits at, as the address says it."""

from __future__ import annotations

from django.http import Http404

from learning.models import Organisation, Person, Role


def bureau_asked(person: Person, slug: str) -> tuple[Organisation, list[Organisation]]:
    """Return the bureau that was asked for, else the first, and all whose officer the person is.

    Raises: Http404, when they are no officer of a bureau, or not of this one.
    """
    held = Organisation.objects.acted_for_by(person, Role.OFFICER).filter(kind=Organisation.Kind.BUREAU)
    bureaus = list(held.order_by("pk"))
    chosen = [bureau for bureau in bureaus if slug in {"", bureau.slug}]
    if not chosen:
        raise Http404
    return chosen[0], bureaus
