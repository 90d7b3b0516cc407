"""A token bucket: how often somebody may speak. Knows no clock; instants are passed in.

`TokenBucket` is for who stays connected; `filled_again_ms` is the same bucket as one number, to be
kept where several processes find it.
"""

_MS_PER_S = 1_000


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


def filled_again_ms(held_ms: int | None, *, now_ms: int, per_s: int, burst: int) -> int | None:
    """Take one token; return when the bucket will be full again, or None when there was no token.

    `held_ms` is what the last taking returned, None before any.
    """
    token_ms = _MS_PER_S // per_s
    full_ms = max(now_ms, held_ms or 0) + token_ms
    return None if full_ms - now_ms > burst * token_ms else full_ms
