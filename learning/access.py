"""Who may do what, and who is who.

`may_<verb>` answers for verbs; hiding rows is the work of `visible_to`. Doors ask
both: a row that is hidden is a 404 before any verb is refused.
"""

import re
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db.models import Q
from django.http import HttpRequest

from learning.models import CreditEntry, Membership, Organisation, Person, Role
from learning.models.person import blind_index

ID_NUMBER = re.compile(r"^\d{17}[\dXx]$")


class IdentifierBackend(ModelBackend):
    """Signs a person in by e-mail, phone or ID number, with one password."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> Person | None:  # type: ignore[override]
        """Return the person, or None; an unknown identifier costs the same time as a wrong password."""
        identifier = credentials.get("identifier") or credentials.get("email") or credentials.get("username") or ""
        password = credentials.get("password") or ""
        person = find_by_identifier(str(identifier))
        if person is None:
            Person().set_password(password)
            return None
        if person.check_password(password) and self.user_can_authenticate(person):
            return person
        return None


def find_by_identifier(identifier: str) -> Person | None:
    """Return whom an e-mail address, phone number or ID number names, or None."""
    identifier = identifier.strip()
    if not identifier:
        return None
    match = Q(email__iexact=identifier) | Q(phone=identifier.replace(" ", "").replace("-", ""))
    if ID_NUMBER.match(identifier):
        match = Q(id_number_index=blind_index(identifier))
    return Person.objects.filter(match).first()


def has_role(person: Person, organisation: Organisation, *roles: Role) -> bool:
    """Say whether the person acts for the organisation in one of the roles."""
    return Membership.objects.filter(person_id=person.pk, organisation=organisation, role__in=roles).exists()


def may_audit(person: Person, entry: CreditEntry) -> bool:
    """An auditor of the body that audits the entry, never the learner themselves (R19)."""
    return person.pk != entry.person_id and has_role(person, entry.auditor, Role.AUDITOR)


def may_confirm(person: Person, entry: CreditEntry) -> bool:
    """An officer of the bureau that confirms the entry, never the learner themselves (R9, R19)."""
    return person.pk != entry.person_id and has_role(person, entry.bureau, Role.OFFICER)


def may_resubmit(person: Person, entry: CreditEntry) -> bool:
    """Only the learner answers a return."""
    return person.pk == entry.person_id
