"""Who may do what, and who is who.

`may_<verb>` answers for verbs; hiding rows is the work of `visible_to`. Doors ask
both: a row that is hidden is a 404 before any verb is refused.
"""

import re
import unicodedata
from collections.abc import Collection
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Upper
from django.db.models.lookups import Exact
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from learning.models import (
    CreditDecision,
    CreditEntry,
    Evidence,
    FlagProposal,
    Membership,
    Organisation,
    Person,
    Region,
    Role,
    RuleSet,
)
from learning.models.api_key import KEEPERS, KEEPING
from learning.models.person import blind_index
from learning.models.rule_set import RULE_MAKERS
from learning.rules.credit_states import Verdict

ID_NUMBER = re.compile(r"^\d{17}[\dXx]$")
STAFF_ROLES = (Role.EDITOR, Role.AUDITOR, Role.OFFICER, Role.CLERK, Role.ADMINISTRATOR)
PHONE_SEPARATORS = re.compile(r"[-()]")
CHINA_PREFIX = re.compile(r"^(\+|00)86(?=\d{11}$)")


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


def persons_by_login(session_keys: Collection[str]) -> dict[str, Person]:
    """Return by login session who is signed in by it: what `auth.get_user` says, by two questions for all."""
    rows = Session.objects.filter(session_key__in=session_keys, expire_date__gt=timezone.now())
    facts = {row.session_key: row.get_decoded() for row in rows}
    logins = {
        key: (known[SESSION_KEY], known.get(HASH_SESSION_KEY, ""))
        for key, known in facts.items()
        if SESSION_KEY in known and known.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
    }
    persons = Person.objects.filter(is_active=True).in_bulk({int(person_id) for person_id, _hash in logins.values()})
    found = {key: persons.get(int(person_id)) for key, (person_id, _hash) in logins.items()}
    return {key: person for key, person in found.items() if person and _is_hash_of(person, logins[key][1])}


def _is_hash_of(person: Person, session_hash: str) -> bool:
    """Say whether a login session was begun with the password the person has now."""
    good = (person.get_session_auth_hash(), *person.get_session_auth_fallback_hash())
    return any(constant_time_compare(session_hash, one) for one in good)


def normal_identifier(identifier: str) -> str:
    """Return an identifier as it is compared: full-width letters narrowed, spaces gone, ID numbers in capitals."""
    plain = "".join(unicodedata.normalize("NFKC", identifier).split())
    if "@" in plain:
        return plain.lower()
    if ID_NUMBER.match(plain):
        return plain.upper()
    phone = PHONE_SEPARATORS.sub("", plain)
    return CHINA_PREFIX.sub("", phone)


def find_by_identifier(identifier: str) -> Person | None:
    """Return whom an e-mail address, phone number or ID number names, or None."""
    plain = normal_identifier(identifier)
    if not plain:
        return None
    if "@" in plain:
        match = Q(Exact(Upper("email"), Upper(Value(plain))))
    elif ID_NUMBER.match(plain):
        match = Q(id_number_index=blind_index(plain))
    else:
        match = Q(phone=plain)
    return Person.objects.filter(match).order_by("pk").first()


def signed_in(request: HttpRequest) -> Person:
    """Return who is signed in; for doors behind `login_required`, which lets nobody else in."""
    if not isinstance(request.user, Person):
        raise PermissionDenied
    return request.user


def offices_of(request: HttpRequest) -> list[Membership]:
    """Return what this visitor acts as, read once a request however often the frame asks."""
    held = getattr(request, "hourbook_offices", None)
    if held is None:
        held = _read_offices(request)
        request.hourbook_offices = held  # type: ignore[attr-defined]  # kept for this request only
    return cast("list[Membership]", held)


def _read_offices(request: HttpRequest) -> list[Membership]:
    person = getattr(request, "user", None)
    if person is None or not person.is_authenticated:
        return []
    return list(
        Membership.objects.filter(person_id=person.pk, role__in=STAFF_ROLES)
        .select_related("organisation")
        .order_by("organisation_id", "role")
    )


def has_role(person: Person, organisation: Organisation, *roles: Role) -> bool:
    """Say whether the person acts for the organisation in one of the roles; who was deactivated acts for nobody."""
    held = Membership.objects.filter(person_id=person.pk, organisation=organisation, role__in=roles)
    return person.is_active and held.exists()


def may_audit(person: Person, entry: CreditEntry) -> bool:
    """Allow an auditor of the body that audits the entry, never the learner themselves (R19)."""
    return person.pk != entry.person_id and has_role(person, entry.auditor, Role.AUDITOR)


def may_confirm(person: Person, entry: CreditEntry) -> bool:
    """Allow an officer of the bureau that confirms the entry, never the learner themselves (R9, R19)."""
    return person.pk != entry.person_id and has_role(person, entry.bureau, Role.OFFICER)


def may_audit_for(person: Person, body: Organisation) -> bool:
    """Allow an auditor of a base or industry department to keep its queue (R19)."""
    kinds = {Organisation.Kind.BASE, Organisation.Kind.DEPARTMENT}
    return body.kind in kinds and has_role(person, body, Role.AUDITOR)


def may_confirm_for(person: Person, bureau: Organisation) -> bool:
    """Allow an officer of a bureau to keep its queue; no other body confirms (R9, R19)."""
    return bureau.kind == Organisation.Kind.BUREAU and has_role(person, bureau, Role.OFFICER)


def left_to_colleagues(person: Person) -> Q:
    """Match entries whose confirmation this person leaves to others.

    Their own hours, hours they audited, and hours of a body they act for (R12, R19). What a
    bureau audits itself, a waiver, is confirmed by another of its officers.
    """
    # Asked of each entry: an officer's own decisions become very many.
    audited = CreditDecision.objects.filter(
        entry_id=OuterRef("pk"), actor_id=person.pk, verdict__in=[Verdict.APPROVED, Verdict.RETURNED]
    )
    bodies = Membership.objects.filter(person_id=person.pk)
    return (
        Q(person_id=person.pk)
        | Q(Exists(audited))
        | Q(auditor_id__in=bodies.values("organisation_id")) & ~Q(auditor_id=F("bureau_id"))
    )


def may_decide_waiver(person: Person, asked: Evidence, bureau: Organisation) -> bool:
    """Allow an officer of the home bureau, never the one who asks (R9)."""
    return person.pk != asked.person_id and may_confirm_for(person, bureau)


def may_resubmit(person: Person, entry: CreditEntry) -> bool:
    """Only the learner answers a return."""
    return person.pk == entry.person_id


def may_keep_keys(person: Person, office: Organisation) -> bool:
    """Allow an officer or administrator of a bureau or province to make and revoke its interface keys."""
    return office.kind in KEEPING and has_role(person, office, *KEEPERS)


def compliance_offices_of(person: Person) -> list[Organisation]:
    """Return the offices for which the person compares how a region's people stand (UX screen 13)."""
    return rule_offices_of(person)


def regions_answered_for(office: Organisation) -> list[str]:
    """Return the regions whose people an office may see by name: not those that answer to a bureau below it (R9)."""
    nearer = Organisation.objects.filter(kind=Organisation.Kind.BUREAU).exclude(region_id=office.region_id)
    return office.region.downward_codes(without=set(nearer.values_list("region_id", flat=True)))


def may_read_base(person: Person, base: Organisation) -> bool:
    """Allow the auditors and administrators of a base to see how it does."""
    return base.kind == Organisation.Kind.BASE and has_role(person, base, Role.AUDITOR, Role.ADMINISTRATOR)


def rule_offices_of(person: Person) -> list[Organisation]:
    """Return the offices for which the person makes rules, each for its own region (R8, R9)."""
    offices = Organisation.objects.acted_for_by(person, Role.OFFICER).filter(kind__in=RULE_MAKERS)
    return list(offices.select_related("region__parent").order_by("pk"))


def flag_office_of(person: Person) -> Organisation | None:
    """Return the provincial office for which the person sets what is flagged; one policy holds for all offices."""
    return next((each for each in rule_offices_of(person) if each.kind == Organisation.Kind.PROVINCE), None)


def may_issue_flags(person: Person, proposal: FlagProposal) -> bool:
    """Allow a second officer of a provincial office, never the one who drafted it."""
    is_second = proposal.drafted_by_id != person.pk
    return proposal.state == FlagProposal.State.WAITING and is_second and flag_office_of(person) is not None


def may_draft_rules(person: Person, region: Region) -> bool:
    """Allow an officer of an office that makes the region's rules."""
    return any(office.region_id == region.pk for office in rule_offices_of(person))


def may_rewrite_rules(person: Person, rule_set: RuleSet) -> bool:
    """Only the writer of a draft changes it, so that whoever issues it has read it with other eyes."""
    return rule_set.state == RuleSet.State.DRAFT and rule_set.drafted_by_id == person.pk


def may_issue_rules(person: Person, rule_set: RuleSet) -> bool:
    """Allow a second officer of the region to issue what was submitted, never the one who drafted it."""
    is_second = rule_set.drafted_by_id != person.pk
    return rule_set.state == RuleSet.State.SUBMITTED and is_second and may_draft_rules(person, rule_set.region)
