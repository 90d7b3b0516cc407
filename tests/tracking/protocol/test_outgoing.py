"""Messages to a player: the wire's short names, compact, and valid JSON."""

import json

from tracking.protocol import (
    CheckPrompt,
    CloseCode,
    ErrorCode,
    OpenedFacts,
    Receipt,
    ack,
    chk,
    chkr,
    drain,
    err,
    ok,
    rcpt,
)
from tracking.rules import refusals


def test_ok_tells_everything_about_the_session() -> None:
    facts = OpenedFacts(
        session_key="s1",
        epoch=3,
        sequence=0,
        duration_s=90,
        confirmed=[(0, 15), (20, 30)],
        provisional=(),
        confirmed_s=25,
        resume_s=15,
        rate_percent=100,
        fallback_token="token",
        policy_digest="ab",
    )

    assert json.loads(ok(facts)) == {
        "t": "ok", "sid": "s1", "ep": 3, "q": 0, "D": 90, "have": [[0, 15], [20, 30]], "prov": [],
        "n": 25, "pos": 15, "hb_ms": 15_000, "rate": 100, "tok": "token", "policy": "ab",
    }  # fmt: skip


def test_ack_says_no_more_than_it_must() -> None:
    assert ack(7, 115) == '{"t":"ack","q":7,"n":115}'


def test_ack_names_what_is_deferred() -> None:
    message = ack(7, 115, provisional_s=4, deferred=[(15, 20), (30, 31)], heartbeat_ms=30_000)

    assert json.loads(message) == {
        "t": "ack", "q": 7, "n": 115, "v": 4, "rem": [[15, 20], [30, 31]], "hb_ms": 30_000,
    }  # fmt: skip


def test_chk_keeps_chinese_readable() -> None:
    message = chk(CheckPrompt("c1", "pick", "刚才讲到了什么？", ("甲", "乙"), 60_000))

    assert '"text":"刚才讲到了什么？"' in message
    assert json.loads(message)["opts"] == ["甲", "乙"]


def test_chkr_names_a_rewind_only_when_there_is_one() -> None:
    assert json.loads(chkr("c1", is_passed=True)) == {"t": "chkr", "id": "c1", "ok": True}
    assert json.loads(chkr("c1", is_passed=False, rewind_s=0))["rewind"] == 0


def test_rcpt_carries_the_proof() -> None:
    assert json.loads(rcpt(Receipt("s1", 90, "aa", 1_000, "bb"))) == {
        "t": "rcpt", "sid": "s1", "n": 90, "head": "aa", "at": 1_000, "sig": "bb",
    }  # fmt: skip


def test_drain_says_within_how_long() -> None:
    assert drain(120_000) == '{"t":"drain","in_ms":120000}'


def test_err_names_the_other_device() -> None:
    message = err(ErrorCode.LEASE_BUSY, who="Chrome", retry_ms=0)

    assert json.loads(message) == {
        "t": "err", "code": "lease_busy", "fatal": False, "retry_ms": 0, "who": "Chrome",
    }  # fmt: skip


def test_every_refusal_of_the_rule_is_a_word_of_the_wire() -> None:
    codes = {refusal.code for refusal in refusals.Refusal.__subclasses__()}

    assert codes == {"superseded", "session_ended", "no_check", "sealed", "bad_msg", "bad_range"}
    assert codes <= {code.value for code in ErrorCode}


def test_close_codes_of_our_own_are_in_the_private_range() -> None:
    assert {code for code in CloseCode if code < 4_000} == {CloseCode.RESTART, CloseCode.TRY_LATER}
