"""Industries: whose the people of an employing unit are, by the department that is competent for it.

A county's department answers to the city's (`Organisation.supervisor`), so a city compares its own
and a province the province's. Units without one are of no industry.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from learning.models import Organisation, PersonTally

NONE = "none"


@dataclass(frozen=True, slots=True)
class Industries:
    """The industries of some regions: each department's number → the department that stands for its industry."""

    standing_for: dict[int, Organisation]

    @classmethod
    def of(cls, regions: Collection[str]) -> Industries:
        """Return the industries as an office of these regions compares them; of no region, none."""
        return cls(Organisation.objects.industries(regions) if regions else {})

    def of_department(self, department_id: int | None) -> int | None:
        """Return the number of the industry's department, or None."""
        found = self.standing_for.get(department_id or 0)
        return found.pk if found else None

    def of_units(self, units: Iterable[int | None]) -> list[int | None]:
        """Return the industry of each employing unit, None being of none."""
        departments = dict(Organisation.objects.exclude(department=None).values_list("pk", "department_id"))
        return [self.of_department(departments.get(unit or 0)) for unit in units]

    def name_of(self, number: int | None) -> str:
        """Name an industry after its department."""
        return _("Of no industry department") if number is None else self._by_number()[number].name

    def filter_of(self, number: int | None) -> str:
        """Return how the address says it."""
        return f"industry={NONE if number is None else self._by_number()[number].slug}"

    def keep(self, people: QuerySet[PersonTally], slug: str) -> QuerySet[PersonTally]:
        """Keep the people of one industry, or of none."""
        chosen = [pk for pk, standing in self.standing_for.items() if slug in {NONE, standing.slug}]
        units = Organisation.objects.filter(department__in=chosen)
        if slug == NONE:
            return people.filter(Q(employer=None) | ~Q(employer__in=units))
        return people.filter(employer__in=units)

    def _by_number(self) -> dict[int, Organisation]:
        return {standing.pk: standing for standing in self.standing_for.values()}
