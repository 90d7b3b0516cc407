"""Other flag thresholds, as the demo province's first officer proposed them to the second."""

import datetime as dt
from dataclasses import replace

from learning.actions import flag_policies
from learning.models import FlagPolicy, Organisation, Person

REASON = "夜间一次学满两个半小时即请单位看一看；考试用时不超过通常的三成才提示。"


def build_proposal(now: dt.datetime) -> None:
    """Propose shorter nights and a wider share of the usual exam time."""
    base = FlagPolicy.objects.in_force()
    if base is None:
        return
    flag_policies.propose(
        terms=replace(base.as_terms(), night_s_min=9_000, exam_percent_of_usual_max=30),
        base=base,
        reason=REASON,
        office=Organisation.objects.get(slug="henan"),
        by=Person.objects.get(email="province@demo.test"),
        now=now,
    )
