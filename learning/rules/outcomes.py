"""Outcomes: what another rule would change for one person's year.

A year that was met keeps its result: hours confirmed under a rule are not taken
back by a later one. Source: DOMAIN §4.8 (`met` is computed by rule version), R22.
"""

from enum import StrEnum


class Outcome(StrEnum):
    """How a year's result differs under another rule."""

    BECOMES_MET = "becomes_met"
    MORE_TO_STUDY = "more_to_study"
    WOULD_FALL_SHORT = "would_fall_short"
    CERTIFICATE_AT_STAKE = "certificate_at_stake"
