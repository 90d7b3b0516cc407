"""A message that plain HTTP carries: the wire's own, and beside it what a socket would know by itself.

`tok` says which login speaks for which session, `ep` under which epoch. They are taken off here;
what is left is read as from a socket, so that nothing is taken here that a socket refuses.
Source: TRACKING §3.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from tracking.protocol.incoming import MalformedMessage, Message, parse
from tracking.protocol.limits import MESSAGE_MAX_BYTES, ErrorCode

_EPOCH_MAX: Final = 2**53 - 1
_TOKEN = re.compile(r"[!-~]{1,2048}")


@dataclass(frozen=True, slots=True)
class CarriedMessage:
    """A message with its session's token and epoch."""

    said: Message
    token: str
    epoch: int


def parse_carried(raw: bytes) -> CarriedMessage:
    """Return the message in a request's body.

    Raises: MalformedMessage, and nothing else whatever the bytes.
    """
    if len(raw) > MESSAGE_MAX_BYTES:
        raise MalformedMessage(ErrorCode.TOO_BIG)
    try:
        fields = json.loads(raw, object_pairs_hook=_unique)
        if type(fields) is not dict:
            raise MalformedMessage
        token, epoch = fields.pop("tok", None), fields.pop("ep", None)
        bare = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    except (ValueError, RecursionError) as error:
        raise MalformedMessage from error
    if type(token) is not str or not _TOKEN.fullmatch(token):
        raise MalformedMessage
    if type(epoch) is not int or not 0 <= epoch <= _EPOCH_MAX:
        raise MalformedMessage
    return CarriedMessage(parse(bare), token, epoch)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object's fields; a name said twice has no one meaning."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError
    return fields
