"""Hours: seconds, hundredths of a credit hour, and rounding (always down)."""

CENTIHOURS_PER_HOUR = 100


def centihours_of_seconds(seconds: int, *, hour_seconds: int, rounding_centihours: int = 1) -> int:
    """Return the credit that so many seconds amount to, rounded down to the rule's step.

    Source: DESIGN D4; rounding down: DOMAIN §5.11.
    """
    exact_floor = seconds * CENTIHOURS_PER_HOUR // hour_seconds
    return exact_floor - exact_floor % rounding_centihours


def most_centihours(*, duration_ms: int, hour_seconds: int, rounding_centihours: int) -> int:
    """Return the most credit a course of this measured length may be approved for. Source: D8."""
    return centihours_of_seconds(
        duration_ms // 1_000, hour_seconds=hour_seconds, rounding_centihours=rounding_centihours
    )
