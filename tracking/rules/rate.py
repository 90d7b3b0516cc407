"""A token bucket: how often somebody may speak. Knows no clock; instants are passed in."""


class TokenBucket:
    """Holds up to `burst` tokens and gains `per_s` a second; full at first."""

    def __init__(self, per_s: int, burst: int) -> None:
        """Fill the bucket."""
        self._per_s = per_s
        self._burst = burst
        self._tokens = float(burst)
        self._at_s: float | None = None

    def take(self, now_s: float) -> bool:
        """Take one token and say whether there was one. Source: TRACKING §1 C13."""
        elapsed_s = 0.0 if self._at_s is None else max(0.0, now_s - self._at_s)
        self._at_s = now_s
        self._tokens = min(float(self._burst), self._tokens + elapsed_s * self._per_s)
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
