"""What the pages of confirmation runs show, read for one officer. Reads; decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

from django.db.models import Count, Sum
from django.http import Http404

from learning.models import ConfirmationRun, ConfirmationSample, CreditEntry, Organisation, Person, ReversalRun
from learning.models.confirmation_run import LOOKING
from learning.models.run import Run, RunState
from learning.templatetags.hours import percent_of
from learning.views import queues, run_sums
from learning.views.dossiers import Dossier, dossier_of
from learning.views.queues import Amount

KEY_MAX = 50


class Narrowing(TypedDict):
    """What a set is narrowed to."""

    base: Organisation | None
    course_key: str


@dataclass(frozen=True, slots=True)
class Looked:
    """A sampled entry with the evidence behind it."""

    sample: ConfirmationSample
    dossier: Dossier


def narrowing(data: Mapping[str, str]) -> Narrowing:
    """Read base and course from an address or a form. Raises: Http404, for a base there is none of."""
    slug = data.get("base", "").replace("\x00", "")[:KEY_MAX]
    base = Organisation.objects.filter(slug=slug).first() if slug else None
    if slug and base is None:
        raise Http404
    return {"base": base, "course_key": data.get("course", "").replace("\x00", "")[:KEY_MAX]}


def draft_context(bureau: Organisation, person: Person, data: Mapping[str, str]) -> dict[str, Any]:
    """Return what a new run would hold, and what it could be narrowed to."""
    narrowed = narrowing(data)
    everything = run_sums.free(bureau, person)
    is_narrowed = narrowed["base"] is not None or narrowed["course_key"]
    further = run_sums.further_bases(bureau, everything.bases) if everything.is_cut else []
    all_waiting, flagged = run_sums.held(bureau)
    return {
        "narrowed": narrowed,
        "amount": (run_sums.free(bureau, person, **narrowed) if is_narrowed else everything).amount,
        "all_waiting": all_waiting,
        "flagged": flagged,
        "bases": [*everything.bases, *further],
        "courses": everything.courses,
    }


def awaited_signature(run: Run, person: Person) -> str | None:
    """Return which signature this officer may give now: "first", "second", or None."""
    if run.state == RunState.READY and person.pk == run.officer_id:
        return "first"
    if run.state == RunState.SECOND_APPROVAL and person.pk != run.officer_id:
        return "second"
    return None


def signing_context(run: ConfirmationRun | ReversalRun, person: Person) -> dict[str, Any]:
    """Return what is signed: how much of which base, under which rules."""
    items = run.items.order_by()
    rows = list(
        items.values("entry__auditor_id").annotate(count=Count("pk"), hours=Sum("entry__centihours")).order_by("-count")
    )
    bodies = Organisation.objects.in_bulk([row["entry__auditor_id"] for row in rows])
    years = items.order_by("entry__year").values_list("entry__year", flat=True).distinct()
    return {
        "run": run,
        "bureau": run.bureau,
        "person": person,
        "which": awaited_signature(run, person),
        "bases": [(bodies[row["entry__auditor_id"]], Amount(row["count"], row["hours"])) for row in rows],
        "years": list(years),
    }


def steps_context(run: ConfirmationRun, person: Person) -> dict[str, Any]:
    """Return where a run stands: its sample with the evidence while that is looked at, its signers, its end."""
    samples = list(run.samples.select_related("item", "judged_by").order_by("draw", "pk"))
    entries = {}
    if run.state in LOOKING or run.is_ended:
        found = CreditEntry.objects.filter(pk__in=[sample.item.entry_id for sample in samples])
        entries = {entry.pk: entry for entry in queues.with_all(found)}
    judged = [sample for sample in samples if sample.is_good is not None]
    return {
        "run": run,
        "bureau": run.bureau,
        "is_drafter": person.pk == run.officer_id,
        "which": awaited_signature(run, person),
        "looked": [
            Looked(sample, dossier_of(entries[sample.item.entry_id]))
            for sample in samples
            if sample.item.entry_id in entries
        ],
        "sample_count": len(samples),
        "judged_count": len(judged),
        "judged_share": percent_of(len(judged), len(samples)) if samples else "0",
        "bad_count": sum(not sample.is_good for sample in judged),
        "is_looking": run.state in LOOKING,
        "is_signed": run.signed_at is not None,
    }
