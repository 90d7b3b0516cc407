"""What the server may say: compact JSON text, one function a message.

Knows the wire's short names; nothing of when to say what. Source: TRACKING §2, Server → client.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tracking.protocol.limits import HEARTBEAT_MS, ErrorCode
from tracking.rules.runs import Run


@dataclass(frozen=True, slots=True)
class OpenedFacts:
    """Everything `ok` tells a player about its session.

    `confirmed_s` counts confirmed seconds; `resume_s` is where to play on; `policy_digest` is hex.
    """

    session_key: str
    epoch: int
    sequence: int
    duration_s: int
    confirmed: Sequence[Run]
    provisional: Sequence[Run]
    confirmed_s: int
    resume_s: int
    rate_percent: int
    fallback_token: str
    policy_digest: str


@dataclass(frozen=True, slots=True)
class CheckPrompt:
    """A presence check as the learner meets it; `options` is empty for a tap."""

    check_key: str
    kind: str
    text: str
    options: Sequence[str]
    answer_ms: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """Signed proof of what was saved. `head` and `signature` are hex."""

    session_key: str
    confirmed_s: int
    head: str
    at_ms: int
    signature: str


def ok(facts: OpenedFacts, *, heartbeat_ms: int = HEARTBEAT_MS) -> str:
    """Say that the session is open, and how often to beat."""
    return _text(
        {
            "t": "ok",
            "sid": facts.session_key,
            "ep": facts.epoch,
            "q": facts.sequence,
            "D": facts.duration_s,
            "have": _pairs(facts.confirmed),
            "prov": _pairs(facts.provisional),
            "n": facts.confirmed_s,
            "pos": facts.resume_s,
            "hb_ms": heartbeat_ms,
            "rate": facts.rate_percent,
            "tok": facts.fallback_token,
            "policy": facts.policy_digest,
        }
    )


def ack(
    sequence: int,
    confirmed_s: int,
    *,
    provisional_s: int = 0,
    deferred: Sequence[Run] = (),
    heartbeat_ms: int | None = None,
    is_day_full: bool = False,
) -> str:
    """Say what is saved. To be sent after the commit, never before.

    `deferred` seconds stay pending with the client and are claimed again; when the day is full,
    tomorrow.
    """
    message = f'{{"t":"ack","q":{sequence},"n":{confirmed_s}'
    if provisional_s:
        message += f',"v":{provisional_s}'
    if deferred:
        message += f',"rem":{_runs_text(deferred)}'
    if heartbeat_ms is not None:
        message += f',"hb_ms":{heartbeat_ms}'
    if is_day_full:
        message += ',"cap":1'
    return message + "}"


def chk(prompt: CheckPrompt) -> str:
    """Ask whether the learner is there."""
    return _text(
        {
            "t": "chk",
            "id": prompt.check_key,
            "kind": prompt.kind,
            "text": prompt.text,
            "opts": list(prompt.options),
            "ms": prompt.answer_ms,
        }
    )


def chkr(check_key: str, *, is_passed: bool, rewind_s: int | None = None) -> str:
    """Say how a check went; `rewind_s` is where to watch again from."""
    message: dict[str, Any] = {"t": "chkr", "id": check_key, "ok": is_passed}
    if rewind_s is not None:
        message["rewind"] = rewind_s
    return _text(message)


def rcpt(receipt: Receipt) -> str:
    """Hand over a receipt."""
    return _text(
        {
            "t": "rcpt",
            "sid": receipt.session_key,
            "n": receipt.confirmed_s,
            "head": receipt.head,
            "at": receipt.at_ms,
            "sig": receipt.signature,
        }
    )


def drain(within_ms: int) -> str:
    """Ask the client to reconnect at a random moment within a span."""
    return f'{{"t":"drain","in_ms":{within_ms}}}'


def err(code: ErrorCode, *, is_fatal: bool = False, retry_ms: int | None = None, who: str | None = None) -> str:
    """Refuse. `who` names the other device when the lease is busy."""
    message: dict[str, Any] = {"t": "err", "code": code.value, "fatal": is_fatal}
    if retry_ms is not None:
        message["retry_ms"] = retry_ms
    if who is not None:
        message["who"] = who
    return _text(message)


def _text(message: Mapping[str, Any]) -> str:
    """Return compact JSON, readable where text is Chinese."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _pairs(runs: Iterable[Run]) -> list[list[int]]:
    """Return runs as JSON arrays."""
    return [[from_s, to_s] for from_s, to_s in runs]


def _runs_text(runs: Iterable[Run]) -> str:
    """Return runs as JSON text."""
    return "[" + ",".join(f"[{from_s},{to_s}]" for from_s, to_s in runs) + "]"
