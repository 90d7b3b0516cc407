"""Forecasts of reversals: what would follow if these entries were taken back now. Reads; decides nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Sum

from learning.actions import records
from learning.models import AnnualRecord, Certificate, CreditEntry
from learning.models.credit import CreditEntryQuerySet
from learning.rules.credit_states import State
from learning.rules.requirements import SubjectKind, Totals
from learning.rules.surplus import surplus

STEP = 2_000
NOTHING = Totals(0, 0)
#: Hours by person and year.
Hours = Mapping[tuple[int, int], Totals]


@dataclass(slots=True)
class Forecast:
    """Whose hours become fewer: people, years that fall short again, pages to revoke and to replace."""

    people: int = 0
    short: int = 0
    revoked: int = 0
    replaced: int = 0

    def count(self, years: Iterable[AnnualRecord], less: Hours, with_page: set[int]) -> None:
        """Judge each of these years as it would be without these hours."""
        for record in years:
            falls_short = not records.is_met_without(record, less[record.person_id, record.year])
            self.short += falls_short and record.state != AnnualRecord.State.OPEN
            self.revoked += falls_short and record.pk in with_page
            self.replaced += not falls_short and record.pk in with_page


def of_entries(entries: CreditEntryQuerySet) -> Forecast:
    """Judge every year these confirmed entries stand in as it would be without them, and what lives on its surplus."""
    less = _hours(entries)
    touched = Exists(entries.order_by().filter(person_id=OuterRef("person_id"), year=OuterRef("year")))
    years = AnnualRecord.objects.filter(touched).select_related("requirement")
    forecast = Forecast(people=len({person_id for person_id, _year in less}))
    following = {key: less[key] + hours for key, hours in list(_surplus_gone(entries, years, less))}
    forecast.count((record for record in _read(years) if _key(record) not in following), less, _with_page(years))
    numbers = sorted(following)
    for start in range(0, len(numbers), STEP):
        part = set(numbers[start : start + STEP])
        people, of_years = ({key[place] for key in part} for place in (0, 1))
        next_years = AnnualRecord.objects.filter(person_id__in=people, year__in=of_years).select_related("requirement")
        forecast.count((record for record in next_years if _key(record) in part), following, _with_page(next_years))
    return forecast


def _surplus_gone(
    entries: CreditEntryQuerySet, years: QuerySet[AnnualRecord], less: Hours
) -> Iterator[tuple[tuple[int, int], Totals]]:
    """Yield the next years that took over what their year would no longer spare, and how much; they are few."""
    kept = CreditEntry.objects.filter(kind=CreditEntry.Kind.CARRIED, standing__state=State.CONFIRMED)
    took_over = kept.filter(
        Exists(entries.order_by().filter(person_id=OuterRef("person_id"), year=OuterRef("year") - 1))
    )
    carried = _hours(took_over)
    if not carried:
        return
    studied = _hours(entries.studied())
    gave = Exists(kept.filter(person_id=OuterRef("person_id"), year=OuterRef("year") + 1))
    for record in _read(years.filter(gave)):
        hours, spare = carried[record.person_id, record.year + 1], NOTHING
        if records.is_met_without(record, less[_key(record)]):
            rule = record.requirement
            spare = surplus(rule.as_rule(), record.studied - studied[_key(record)], caps=rule.carry_caps)
        gone = Totals(
            max(hours.public_centihours - spare.public_centihours, 0),
            max(hours.professional_centihours - spare.professional_centihours, 0),
        )
        if gone != NOTHING:
            yield (record.person_id, record.year + 1), gone


def _hours(entries: CreditEntryQuerySet) -> dict[tuple[int, int], Totals]:
    found: dict[tuple[int, int], Totals] = defaultdict(lambda: NOTHING)
    sums: QuerySet[Any, Any] = entries.order_by().values("person_id", "year", "subject_kind")
    for row in sums.annotate(sum=Sum("centihours")).iterator(chunk_size=STEP):
        is_public = row["subject_kind"] == SubjectKind.PUBLIC
        found[row["person_id"], row["year"]] += Totals(row["sum"], 0) if is_public else Totals(0, row["sum"])
    return found


def _read(years: QuerySet[AnnualRecord]) -> Iterator[AnnualRecord]:
    return years.order_by("pk").iterator(chunk_size=STEP)


def _with_page(years: QuerySet[AnnualRecord]) -> set[int]:
    pages = Certificate.objects.standing().filter(record__in=years.order_by().values("pk"))
    return set(pages.values_list("record_id", flat=True))


def _key(record: AnnualRecord) -> tuple[int, int]:
    return record.person_id, record.year
