"""A provincial office with two officers, who set what is flagged; through the real verbs."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from learning.actions import flag_policies
from learning.models import FlagPolicy, FlagProposal, Organisation, Person, Role
from tests.factories import learning as make
from tests.factories import years
from tests.factories.flags import policy

LATER = make.NOON + dt.timedelta(hours=1)


class Province:
    """Henan's department: who drafts, and who issues."""

    def __init__(self) -> None:
        kind = Organisation.Kind.PROVINCE
        self.office: Organisation = make.BureauFactory(kind=kind, tier="provincial", region=make.henan())
        self.writer: Person = years.member(self.office, Role.OFFICER)
        self.second: Person = make.PersonFactory(title_level="")
        make.MembershipFactory(person=self.second, organisation=self.office, role=Role.OFFICER)

    def proposal(self, *, base: FlagPolicy | None = None, **terms: Any) -> FlagProposal:
        newest = base or policy()
        return flag_policies.propose(
            terms=replace(newest.as_terms(), **terms),
            base=newest,
            reason="夜间学习较多",
            office=self.office,
            by=self.writer,
            now=make.NOON,
        )

    def issue(self, proposal: FlagProposal, *, by: Person | None = None) -> FlagPolicy:
        return flag_policies.issue(proposal=proposal, office=self.office, by=by or self.second, now=LATER)

    def withdraw(self, proposal: FlagProposal) -> None:
        flag_policies.withdraw(proposal=proposal, reason="重拟", office=self.office, by=self.writer, now=LATER)
