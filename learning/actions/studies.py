"""Gathering what the rules of flags judge by: entries, and what the other apps measured of them.

And of places under way: which of them nobody can complete any more.

Other apps take part by a module `study_facts` of their own with

    def studies(enrolment_ids) -> dict[int, Study]: ...
    def stretches(person_ids, *, since_ms, until_ms) -> Iterator[Stretch]: ...
    def used_up(enrolment_ids) -> set[int]: ...

They are found by name; nothing is registered. The number of queries does not depend on the number
of entries. A class's times and the ID number on its register come with the claim.
"""

from __future__ import annotations

import importlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from types import ModuleType
from zoneinfo import ZoneInfo

from django.apps import apps
from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils.module_loading import module_has_submodule

from learning.models import BaseProfile, CreditEntry, Evidence
from learning.models.credit import CreditEntryEvidence
from learning.rules.flags import Case, Doing, Stretch, Study
from learning.rules.requirements import SubjectKind


def cases_of(entries: Collection[CreditEntry]) -> dict[int, Case]:
    """Return what is known of each entry, by its number."""
    claims = _claims(entries)
    studies = _studies(entries, claims)
    elsewhere = _elsewhere(studies.values(), {entry.person_id for entry in entries})
    profiles = BaseProfile.objects.in_bulk({entry.auditor_id for entry in entries})
    zone = ZoneInfo(settings.TIME_ZONE)
    return {
        entry.pk: Case(
            zone=zone,
            study=studies[entry.pk],
            elsewhere=_others(elsewhere.get(entry.person_id, ()), studies[entry.pk], entry),
            is_in_scope=_is_in_scope(profiles.get(entry.auditor_id), entry),
            is_same_identity=_is_same_identity(claims.get(entry.pk), entry),
        )
        for entry in entries
    }


def used_up(enrolment_ids: Collection[int]) -> set[int]:
    """Return the places that cannot be completed any more, whatever is studied, as every app tells it."""
    return set().union(*(module.used_up(enrolment_ids) for module in _tellers())) if enrolment_ids else set()


def _studies(entries: Collection[CreditEntry], claims: Mapping[int, Evidence]) -> dict[int, Study]:
    """Return each entry's study: its place's, as every app tells it, and its classes'."""
    enrolment_ids = [entry.enrolment_id for entry in entries if entry.enrolment_id is not None]
    told = [module.studies(enrolment_ids) for module in _tellers()] if enrolment_ids else []
    found: dict[int, Study] = {}
    for entry in entries:
        study = Study(stretches=tuple(_classes(claims.get(entry.pk))))
        for by_enrolment in told:
            study |= by_enrolment.get(entry.enrolment_id, Study())
        found[entry.pk] = study
    return found


def _claims(entries: Iterable[CreditEntry]) -> dict[int, Evidence]:
    links = CreditEntryEvidence.objects.filter(
        entry__in=[entry.pk for entry in entries if entry.kind == CreditEntry.Kind.CLAIMED]
    )
    return {link.entry_id: link.evidence for link in links.select_related("evidence")}


def _elsewhere(studies: Iterable[Study], person_ids: Collection[int]) -> dict[int, list[Stretch]]:
    """Return, for each person, everything they did while any of these studies went on."""
    spans = [stretch for study in studies for stretch in study.stretches]
    found: dict[int, list[Stretch]] = defaultdict(list)
    if not spans:
        return found
    since_ms, until_ms = min(span.start_ms for span in spans), max(span.end_ms for span in spans)
    for module in _tellers():
        for stretch in module.stretches(person_ids, since_ms=since_ms, until_ms=until_ms):
            found[stretch.person_id].append(stretch)
    # Asked, not joined: a claim that is judged again carries two entries, and was one class.
    is_entered = Exists(CreditEntryEvidence.objects.filter(evidence=OuterRef("pk")))
    claims = Evidence.objects.filter(
        is_entered, person__in=person_ids, kind=Evidence.Kind.CLAIMED, facts__has_key="held_from"
    )
    for claim in claims:
        found[claim.person_id].extend(_classes(claim))
    return found


def _others(stretches: Iterable[Stretch], study: Study, entry: CreditEntry) -> tuple[Stretch, ...]:
    """Keep what was not done for this entry itself."""
    own = set(study.stretches)
    return tuple(item for item in stretches if item not in own and item.enrolment_id != entry.enrolment_id)


def _classes(claim: Evidence | None) -> Iterator[Stretch]:
    """Yield when the claimed class was held, where the register says it."""
    if claim is not None and {"held_from", "held_to"} <= set(claim.facts):
        start_ms, end_ms = (_ms(claim.facts[name]) for name in ("held_from", "held_to"))
        # The evidence's number tells two classes of the same hours apart.
        yield Stretch(start_ms, end_ms, Doing.CLASS, claim.person_id, -claim.pk)


def _ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1_000)


def _is_in_scope(profile: BaseProfile | None, entry: CreditEntry) -> bool | None:
    if profile is None:
        return None
    return profile.may_teach_public if entry.subject_kind == SubjectKind.PUBLIC else profile.may_teach_professional


def _is_same_identity(claim: Evidence | None, entry: CreditEntry) -> bool | None:
    named, own = claim.facts.get("id_number_index") if claim else None, entry.person.id_number_index
    return named == own if named and own else None


def _tellers() -> list[ModuleType]:
    return [
        importlib.import_module(f"{app.name}.study_facts")
        for app in apps.get_app_configs()
        if module_has_submodule(app.module, "study_facts")
    ]
