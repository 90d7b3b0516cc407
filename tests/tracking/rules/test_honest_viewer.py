"""I8: an honest viewer ends with every second, whatever the line and the clocks do."""

import os

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tracking.rules.honest_viewer import BEAT_MS, HonestViewer, Weather

IS_FULL = os.environ.get("HOURBOOK_HYPOTHESIS") == "full"
SETTINGS = settings(max_examples=2_000 if IS_FULL else 100, deadline=None)

SEEDS = st.integers(0, 2**32)
DRIFTS_PPM = st.integers(-300, 300)
OUTAGES_S = st.lists(st.integers(1, 279), max_size=3).map(tuple)
CHECKS_S = st.sampled_from([10**9, 60, 200])


@given(
    weather=st.builds(
        Weather,
        seed=SEEDS,
        jitter_ms=st.integers(0, 1_500),
        drift_ppm=DRIFTS_PPM,
        outages_s=OUTAGES_S,
        crashes=st.integers(0, 3),
        pauses=st.integers(0, 3),
        rewinds=st.integers(0, 3),
        next_check_s=CHECKS_S,
    ),
    duration_s=st.integers(20, 900),
)
@SETTINGS
def test_honest_viewer_ends_with_every_second(weather: Weather, duration_s: int) -> None:
    viewer = HonestViewer(duration_s, weather)

    viewer.watch()

    assert viewer.viewing.seen.confirmed == (1 << duration_s) - 1


@given(
    weather=st.builds(Weather, seed=SEEDS, drift_ppm=DRIFTS_PPM, outages_s=OUTAGES_S, next_check_s=CHECKS_S),
    duration_s=st.integers(20, 900),
)
@SETTINGS
def test_honest_viewer_never_has_to_watch_a_second_again(weather: Weather, duration_s: int) -> None:
    """Without a crash or a rewind, one pass through the lesson is enough."""
    viewer = HonestViewer(duration_s, weather)

    viewer.watch()

    assert viewer.rewatched_s == 0


def test_honest_viewer_on_a_good_line_waits_two_beats_at_most() -> None:
    viewer = HonestViewer(600, Weather(seed=1, jitter_ms=200))

    assert viewer.watch() <= 600_000 + 2 * BEAT_MS + 3_000
