"""The rule that says how long a base's credit hour is, in a year."""

from learning.models import Organisation, Requirement


def rule_in_force(base: Organisation, *, year: int) -> Requirement | None:
    """Return the rule whose hour the base's courses are approved under, or None.

    Of the nearest region that sets rules for the year, the one with the longest
    hour: credit that is within it is within every title level's rule (D8).
    """
    codes = base.region.upward_codes()
    rules = Requirement.objects.in_force().filter(region_id__in=codes, year=year)
    return min(
        rules,
        key=lambda rule: (codes.index(rule.region_id), -rule.hour_seconds, -rule.version, rule.pk),
        default=None,
    )
