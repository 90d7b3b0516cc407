"""Forecasts of reversals: what would follow if these entries were taken back now. Reads; decides nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Sum

from learning.actions import records
from learning.models import AnnualRecord, Certificate
from learning.models.credit import CreditEntryQuerySet
from learning.rules.requirements import SubjectKind, Totals

STEP = 2_000


@dataclass(slots=True)
class Forecast:
    """Whose hours become fewer: people, years that fall short again, pages to revoke and to replace."""

    people: int = 0
    short: int = 0
    revoked: int = 0
    replaced: int = 0


def of_entries(entries: CreditEntryQuerySet) -> Forecast:
    """Judge every year these confirmed entries stand in as it would be without them."""
    less: dict[tuple[int, int], Totals] = defaultdict(lambda: Totals(0, 0))
    sums = entries.order_by().values("person_id", "year", "subject_kind").annotate(sum=Sum("centihours"))
    for row in sums.iterator(chunk_size=STEP):
        is_public = row["subject_kind"] == SubjectKind.PUBLIC
        less[row["person_id"], row["year"]] += Totals(row["sum"], 0) if is_public else Totals(0, row["sum"])
    touched = Exists(entries.order_by().filter(person_id=OuterRef("person_id"), year=OuterRef("year")))
    years = AnnualRecord.objects.filter(touched).select_related("requirement")
    pages = Certificate.objects.standing().filter(record__in=years.order_by().values("pk"))
    with_page = set(pages.values_list("record_id", flat=True))
    forecast = Forecast(people=len({person_id for person_id, _year in less}))
    for record in years.order_by("pk").iterator(chunk_size=STEP):
        falls_short = not records.is_met_without(record, less[record.person_id, record.year])
        forecast.short += falls_short and record.state != AnnualRecord.State.OPEN
        forecast.revoked += falls_short and record.pk in with_page
        forecast.replaced += not falls_short and record.pk in with_page
    return forecast
