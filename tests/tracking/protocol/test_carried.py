from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.protocol import Beat, MalformedMessage, parse, parse_carried

BEAT = {"t": "hb", "q": 1, "c": [[0, 5]], "pt": 5_000, "p": 5, "s": "p", "f": 0}


def test_message_is_read_as_from_a_socket_beside_its_stamp() -> None:
    carried = parse_carried(json.dumps(BEAT | {"tok": "a:b", "ep": 3}).encode())

    assert isinstance(carried.said, Beat)
    assert (carried.said, carried.token, carried.epoch) == (parse(json.dumps(BEAT)), "a:b", 3)


@pytest.mark.parametrize(
    "stamp",
    [{}, {"tok": "a"}, {"ep": 1}, {"tok": "", "ep": 1}, {"tok": "é", "ep": 1}, {"tok": "a" * 2_049, "ep": 1},
     {"tok": "a", "ep": -1}, {"tok": "a", "ep": 1.0}, {"tok": "a", "ep": True}, {"tok": "a", "ep": 2**53}],
)  # fmt: skip
def test_stamp_that_is_none_is_refused(stamp: dict[str, object]) -> None:
    with pytest.raises(MalformedMessage):
        parse_carried(json.dumps(BEAT | stamp).encode())


@pytest.mark.parametrize("field", ['"q":1', '"p":5.0', '"more":NaN', '"c":[[0,5],[0,{"a":1,"a":2}]]'])
def test_what_a_socket_refuses_is_refused(field: str) -> None:
    text = json.dumps(BEAT | {"tok": "a", "ep": 1})[:-1] + "," + field + "}"

    with pytest.raises(MalformedMessage):
        parse_carried(text.encode())


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode(errors="surrogatepass")))
def test_whatever_the_bytes_only_a_refusal_is_raised(raw: bytes) -> None:
    with pytest.raises(MalformedMessage):
        parse_carried(raw)
