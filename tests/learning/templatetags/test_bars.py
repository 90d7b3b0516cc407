"""Bars and the ring: parts lie one after the other and never leave the track."""

from hypothesis import given
from hypothesis import strategies as st

from learning.rules.requirements import Totals
from learning.templatetags.bars import ring_arcs, subject_segments, total_segments

centihours = st.integers(0, 12_000)


@given(confirmed=st.builds(Totals, centihours, centihours), pending=st.builds(Totals, centihours, centihours))
def test_total_segments_follow_one_another_within_the_track(confirmed: Totals, pending: Totals) -> None:
    segments = total_segments(confirmed, pending, 8_600)

    end = 0.0
    for segment in segments:
        assert float(segment.x) >= end - 0.2
        end = float(segment.x) + float(segment.width)
    assert end <= 100.001


def test_subject_segments_show_the_share_of_the_requirement() -> None:
    (confirmed, pending) = subject_segments("f-pub", 1_400, 600, 2_600)

    assert (confirmed.fill, confirmed.x, confirmed.width) == ("f-pub", "0.000", "53.846")
    assert (pending.fill, pending.x) == ("f-pub-wait", "53.996")


def test_subject_segments_of_nothing_are_none() -> None:
    assert subject_segments("f-pub", 0, 0, 2_600) == []


def test_ring_arcs_dash_what_is_pending() -> None:
    arcs = ring_arcs(Totals(0, 4_300), Totals(4_300, 0), 8_600)

    assert [arc.style for arc in arcs] == ["a", "d"]
    assert arcs[0].dashes == "49.500 100"
    assert arcs[1].dashes.startswith("0.72 0.44 0.72")
    assert arcs[1].offset == "-50.000"
