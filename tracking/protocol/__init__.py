"""The wire of `trk.v1`: messages in, parsed once; messages out; limits and codes.

Knows bytes and shapes; nothing of sessions, budgets or sockets. Source: TRACKING §2.
"""

from tracking.protocol.carried import CarriedMessage, parse_carried
from tracking.protocol.incoming import (
    Answer,
    Beat,
    Bye,
    MalformedMessage,
    Message,
    Open,
    PreviousClaims,
    parse,
)
from tracking.protocol.limits import CloseCode, ErrorCode, Flag
from tracking.protocol.outgoing import (
    CheckPrompt,
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

__all__ = [
    "Answer",
    "Beat",
    "Bye",
    "CarriedMessage",
    "CheckPrompt",
    "CloseCode",
    "ErrorCode",
    "Flag",
    "MalformedMessage",
    "Message",
    "Open",
    "OpenedFacts",
    "PreviousClaims",
    "Receipt",
    "ack",
    "chk",
    "chkr",
    "drain",
    "err",
    "ok",
    "parse",
    "parse_carried",
    "rcpt",
]
