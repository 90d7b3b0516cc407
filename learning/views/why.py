"""Why an entry is the number it is: rule, lessons, exam, decisions, arithmetic.

Knows what learning holds; the seconds inside a lesson are tracking's fragment.
"""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from learning.access import may_confirm, signed_in
from learning.models import CreditDecision, CreditEntry, Edition, Evidence, Lesson
from learning.rules.credit_states import State, Verdict
from learning.rules.hours import most_centihours


@dataclass(frozen=True, slots=True)
class Watched:
    """One lesson beside the evidence that it was watched."""

    lesson: Lesson
    evidence: Evidence | None

    @property
    def covered_s(self) -> int:
        """Distinct seconds that were credited."""
        return int(self.evidence.facts["covered_s"]) if self.evidence else 0


@login_required
@require_GET
def why(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the figure, for its learner and for the offices it goes through."""
    visible = CreditEntry.objects.visible_to(signed_in(request)).with_score()
    rows = visible.prefetch_related("decisions__organisation", "decisions__actor").select_related(
        "standing__holder", "auditor", "bureau", "requirement__region", "enrolment__edition", "person", "restores"
    )
    entry = get_object_or_404(rows, pk=pk)
    evidence = list(entry.evidence.select_related("lesson").order_by("pk"))
    edition = entry.enrolment.edition if entry.enrolment else None
    watched = _watched(edition, evidence) if edition else []
    passed = next((item for item in evidence if item.kind == Evidence.Kind.PASSED), None)
    claimed = next((item for item in evidence if item.kind == Evidence.Kind.CLAIMED), None)
    context = {
        "entry": entry,
        "edition": edition,
        "is_own": request.user.pk == entry.person_id,
        "may_reverse": entry.standing.state == State.CONFIRMED
        and entry.kind not in CreditEntry.FOLLOWING
        and may_confirm(signed_in(request), entry),
        "watched": watched,
        "covered_s": sum(row.covered_s for row in watched),
        "length_s": sum(row.lesson.duration_s for row in watched),
        "passed": passed,
        "claimed": claimed,
        "waived": next((item for item in evidence if item.kind == Evidence.Kind.WAIVER), None),
        "taken_back": CreditDecision.objects.filter(entry__reversal=entry, verdict=Verdict.REVERSED).first(),
        "restored": CreditEntry.objects.filter(restores__reverses=entry).first(),
        "most_centihours": _most(edition, entry, watched) if edition else None,
    }
    return render(request, "learning/why.html", context)


def _watched(edition: Edition, evidence: list[Evidence]) -> list[Watched]:
    held = {item.lesson_id: item for item in evidence if item.kind == Evidence.Kind.WATCHED}
    lessons = edition.lessons.select_related("edition").order_by("number")
    return [Watched(lesson, held.get(lesson.pk)) for lesson in lessons]


def _most(edition: Edition, entry: CreditEntry, watched: list[Watched]) -> int:
    """Return the bound of D8: what the measured length allows at most."""
    return most_centihours(
        duration_ms=sum(row.lesson.duration_s for row in watched) * 1_000,
        hour_seconds=edition.hour_seconds,
        rounding_centihours=entry.requirement.rounding_centihours,
    )
