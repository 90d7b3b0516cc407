"""Hours on end of study in one night."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from learning.rules.flags.flag import Flag, FlagCode, Terms
from learning.rules.flags.study import Case, Doing, joined

CODE = FlagCode.NIGHT_MARATHON


def measure(case: Case, terms: Terms) -> int | None:
    """Return the seconds watched in the longest night; 0 for who watches by day."""
    viewing = [stretch for stretch in case.study.stretches if stretch.doing is Doing.VIEWING]
    if not viewing:
        return None
    nights: Counter[int] = Counter()
    for start_ms, end_ms in joined(viewing):
        for night_ms in _nights(start_ms, end_ms, case, terms):
            dawn_ms = night_ms + terms.night_hours * 3_600_000
            nights[night_ms] += max(0, min(end_ms, dawn_ms) - max(start_ms, night_ms))
    return max(nights.values(), default=0) // 1_000


def stands_out(figure: int, _usual: int | None, terms: Terms) -> bool:
    """Say whether the night reaches the policy's length."""
    return figure >= terms.night_s_min


def flag(case: Case, usual: int | None, terms: Terms) -> Flag | None:
    """Tell from the policy's length on."""
    seconds = measure(case, terms)
    return Flag(CODE, seconds, usual) if seconds is not None and stands_out(seconds, usual, terms) else None


def _nights(start_ms: int, end_ms: int, case: Case, terms: Terms) -> Iterator[int]:
    """Yield when each night begins that the stretch can touch."""
    day = datetime.fromtimestamp(start_ms / 1_000, tz=UTC).astimezone(case.zone).date() - timedelta(days=1)
    begins = datetime.combine(day, time(terms.night_from_hour), tzinfo=case.zone)
    while (begins_ms := int(begins.timestamp() * 1_000)) < end_ms:
        yield begins_ms
        begins += timedelta(days=1)
