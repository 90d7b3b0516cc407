"""Surplus: which hours of a fulfilled year the next one may take over.

Only hours that were studied count here, against the whole rule: what was waived or carried into the year
is nobody's surplus. Source: DOMAIN §1 结转; docs/decisions/0018.
"""

from learning.rules.requirements import RequirementRule, Totals, is_met


def surplus(rule: RequirementRule, studied: Totals, *, caps: Totals) -> Totals:
    """Return what may be carried over, by subject, within the caps; professional hours first.

    Without the hours returned the year is fulfilled still.
    """
    if not is_met(rule, studied):
        return Totals(0, 0)
    free = studied.total_centihours - rule.total_centihours
    professional = min(
        free, studied.professional_centihours - rule.professional_centihours, caps.professional_centihours
    )
    public = min(free - professional, studied.public_centihours - rule.public_centihours, caps.public_centihours)
    return Totals(public, professional)
