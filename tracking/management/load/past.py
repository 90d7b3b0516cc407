"""Sessions gone by, as the rule wrote them: played once in virtual time, copied with a chain of their own.

Pure values; `history` knows who watched and where it is stored.
"""

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from tracking.management.load.learner import PAUSE_EVERY
from tracking.protocol import Beat, Bye
from tracking.rules import sessions
from tracking.rules.chain import LedgerLine, LineKind, SessionHeader, header_head, next_head
from tracking.rules.crediting import beat
from tracking.rules.presence import NO_CHECK_S
from tracking.rules.runs import encode_runs
from tracking.rules.viewing import IDLE, PLAYING, Policy, SeenSeconds, Viewing

#: A lecture of an hour: some 25 lines, TRACKING §4's 23.5 entries an hour.
LESSON_S: Final = 3_600
_SHORTEST_BEAT_MS: Final = 13_500
_LONGEST_BEAT_MS: Final = 16_500


@dataclass(frozen=True, slots=True)
class Played:
    """A session played from instant 0: its lines, and the seconds held at its end."""

    lines: Sequence[LedgerLine]
    seen: SeenSeconds
    left_ms: int

    @property
    def lasted_ms(self) -> int:
        """How long it took, in server time."""
        return self.lines[-1].end_ms


@dataclass(frozen=True, slots=True)
class Stamped:
    """A played session at an hour and a lesson of its own: its key, its chain, and the head after it."""

    key: uuid.UUID
    header_digest: str
    lines: Sequence[LedgerLine]
    head: bytes


def played(chance: random.Random) -> Played:
    """Play a lesson to its end, with a pause now and then."""
    viewing = Viewing()
    opening = sessions.Opening("-", 0, LESSON_S, Policy(), SeenSeconds(), bytes(32))
    opened = sessions.open_session(viewing, opening, now_ms=0, draw=lambda: NO_CHECK_S)
    lines, epoch = list(opened.lines), viewing.live.epoch
    now_ms = played_ms = reach_s = 0
    is_playing = True
    for number in count(1):
        beat_ms = chance.randint(_SHORTEST_BEAT_MS, _LONGEST_BEAT_MS)
        now_ms += beat_ms
        held_s, reach_s = reach_s, min(LESSON_S, (played_ms + beat_ms * is_playing) // 1_000)
        played_ms += beat_ms * is_playing
        is_playing = number % PAUSE_EVERY != 0
        claims = ((held_s, reach_s),) if reach_s > held_s else ()
        if reach_s == LESSON_S:
            break
        said = Beat(number, claims, played_ms, reach_s, PLAYING if is_playing else IDLE, 0)
        lines += beat(viewing, said, now_ms=now_ms, epoch=epoch).lines
    last = Bye(number, claims, played_ms, reach_s, IDLE, 0, "ended")
    farewell = sessions.bye(viewing, last, now_ms=now_ms, epoch=epoch)
    lines += [*farewell.beat.lines, *farewell.ended.lines]
    return Played(lines, viewing.seen, farewell.ended.session.left_ms)


def stamped(template: Played, header: SessionHeader, key: uuid.UUID, *, opened_ms: int, media_key: int) -> Stamped:
    """Return the session as it would have been under this header, at this hour."""
    head = first_head = header_head(header)
    lines = []
    for line in template.lines:
        stamp = LedgerLine(
            header.session_key,
            line.index,
            line.kind,
            opened_ms + line.start_ms,
            opened_ms + line.end_ms,
            line.accrued_ms,
            media_key if line.kind is LineKind.OPEN else line.from_s,
            line.to_s,
            line.new_s,
            line.deferred_s,
            line.flags,
            line.beat_count,
        )
        head = next_head(head, stamp)
        lines.append(stamp)
    return Stamped(key, first_head.hex(), lines, head)


def runs_of(template: Played) -> bytes:
    """Return what a coverage row holds after the session."""
    return encode_runs(template.seen.confirmed)
