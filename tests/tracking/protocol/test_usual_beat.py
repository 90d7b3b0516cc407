"""The short way of reading a beat and the long one say the same of every text."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from tracking.protocol import Beat, MalformedMessage, incoming

EDGES = (0, 1, 9, 10, 99, 1_015, 9_999, 10_000, 79_999, 80_000, 86_400, 86_401, 127, 128, 999, 2**31, 10**15, 2**53)
NUMBERS = st.one_of(st.sampled_from(EDGES), st.integers(0, 10_000)).map(str) | st.sampled_from(("01", "-1", "1e3", ""))
CLAIMS = st.one_of(
    st.just("[]"),
    st.builds("[[{},{}]]".format, NUMBERS, NUMBERS),
    st.builds("[[{},{}],[{},{}]]".format, NUMBERS, NUMBERS, NUMBERS, NUMBERS),
)
BEATS = st.builds(
    '{{"t":"hb","q":{},"c":{},"pt":{},"p":{},"s":"{}","f":{}}}'.format,
    NUMBERS,
    CLAIMS,
    NUMBERS,
    NUMBERS,
    st.sampled_from("pihwx"),
    NUMBERS,
)
SCRAPS = st.sampled_from(('"', ",", "[", "]", "{", "}", " ", "\n", "\0", "٣", "0", "7", ".", "t", '"q":1,'))


@st.composite
def changed_beats(draw: st.DrawFn) -> str:
    """Draw a beat with a scrap put in, or a piece cut out."""
    text = draw(BEATS)
    at, cut = draw(st.integers(0, len(text))), draw(st.integers(0, 2))
    return text[:at] + draw(SCRAPS | st.just("")) + text[at + cut :]


def outcome(read: object, text: str) -> object:
    assert callable(read)
    try:
        return read(text)
    except MalformedMessage as refusal:
        return refusal.code


@given(BEATS | changed_beats())
@example('{"t":"hb","q":1,"c":[[5,5]],"pt":0,"p":0,"s":"p","f":0}')
@example('{"t":"hb","q":1,"c":[],"pt":0,"p":0,"s":"p","f":128}')
@example('{"t":"hb","q":1,"c":[[0,1]],"pt":0,"p":0,"s":"p","f":0}\n')
def test_short_way_agrees_with_the_long_one(text: str) -> None:
    assert outcome(incoming.parse, text) == outcome(incoming._parse_any, text)


def test_what_our_player_says_goes_the_short_way() -> None:
    text = '{"t":"hb","q":12,"c":[[1015,1030]],"pt":181000,"p":1030,"s":"p","f":0}'

    assert incoming._USUAL_BEAT.fullmatch(text)
    assert incoming.parse(text) == Beat(12, ((1_015, 1_030),), 181_000, 1_030, "p", 0)
