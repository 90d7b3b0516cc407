"""Many people of a region at chosen stages of their year, written straight as rows, for pages that count them."""

from __future__ import annotations

from learning.models import AnnualRecord, Person, Region
from tests.factories import learning as make
from tests.factories.learning import NOON

State = AnnualRecord.State
#: Confirmed and pending professional hours, and whether the year is met, by how it stands; 26.0 public always.
HELD = {
    "qualified": (6_000, 0, True),
    "awaiting": (0, 6_000, False),
    "on_track": (5_900, 0, False),
    "at_risk": (0, 0, False),
}


def people(region: Region, *, level: str = "intermediate", **stages: int) -> list[Person]:
    """Make as many people as said at each stage; `not_started` ones have no record."""
    rule = make.RequirementFactory(title_level=level)
    made: list[Person] = []
    for stage, count in stages.items():
        for _number in range(count):
            name = f"{region.code}-{stage}-{len(made)}"
            person = Person.objects.create(
                full_name=f"学员{name}",
                full_name_en=f"Learner {name}",
                region=region,
                title_level=level,
                date_joined=NOON,
            )
            made.append(person)
            if stage in HELD:
                confirmed, pending, is_met = HELD[stage]
                AnnualRecord.objects.create(
                    person=person,
                    year=2026,
                    requirement=rule,
                    confirmed_public_centihours=2_600,
                    confirmed_professional_centihours=confirmed,
                    pending_professional_centihours=pending,
                    state=State.MET if is_met else State.OPEN,
                    met_at=NOON if is_met else None,
                )
    return made
