"""Constants and codes of `trk.v1`.

Knows numbers and words of the wire; the numbers of the crediting rule are in `rules`.
"""

from enum import IntEnum, StrEnum
from typing import Final

SUBPROTOCOL: Final = "trk.v1"
VERSION: Final = 1

# Source: TRACKING §2 Constants, unless a line says otherwise.
HEARTBEAT_MS: Final = 15_000
HEARTBEAT_FALLBACK_MS: Final = 20_000  # §3
SHORTEST_HEARTBEAT_MS: Final = 15_000
LONGEST_HEARTBEAT_MS: Final = 60_000
GROUP_COMMIT_MS: Final = 200
SILENT_PLAYING_MS: Final = 50_000
SILENT_IDLE_MS: Final = 110_000
LEASE_HEARD_MS: Final = 45_000  # §2 Busy
SEAL_AFTER_MS: Final = 900_000
LONGEST_SESSION_MS: Final = 12 * 3_600_000
RECEIPT_EVERY_MS: Final = 300_000
DRAIN_WITHIN_MS: Final = 120_000  # §1 F11
COMMIT_HELD_MS: Final = 30_000  # §1 F6
BEAT_MAX_BYTES: Final = 1_024  # §1 C13, and the three below
MESSAGE_MAX_BYTES: Final = 4_096
MESSAGES_PER_S: Final = 1
MESSAGES_BURST: Final = 10


class ErrorCode(StrEnum):
    """Codes of the `err` message."""

    BAD_MESSAGE = "bad_msg"
    BAD_RANGE = "bad_range"
    TOO_BIG = "too_big"
    RATE = "rate"
    AUTH = "auth"
    FORBIDDEN = "forbidden"
    VERSION = "version"
    LEASE_BUSY = "lease_busy"
    SUPERSEDED = "superseded"
    SESSION_ENDED = "session_ended"
    SEALED = "sealed"
    NO_CHECK = "no_check"
    OVERLOAD = "overload"
    DATABASE_UNAVAILABLE = "db_unavailable"


class CloseCode(IntEnum):
    """Codes a socket is closed with."""

    RESTART = 1012
    TRY_LATER = 1013
    BAD_MESSAGE = 4400
    AUTH = 4401
    FORBIDDEN = 4403
    IDLE = 4408
    SUPERSEDED = 4409
    SESSION_ENDED = 4410
    VERSION = 4426
    RATE = 4429


class Flag(IntEnum):
    """Bits of `f`: circumstances of a beat, evidence only."""

    MUTED = 1
    UNFOCUSED = 2
    PICTURE_IN_PICTURE = 4
    CAPTIONS = 8
    OFFLINE_SECONDS = 16
    NO_FRAMES = 32
    AUTOMATION_HINT = 64
