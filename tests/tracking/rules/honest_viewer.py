"""An honest player in a bad world, on a virtual clock: jitter, drift, outages, crashes, pauses.

It plays at 1x, counts a second when it has played 900 ms of it, claims all that is not yet
acknowledged, and believes only acknowledgements. Source: TRACKING §2, Client second counter.
"""

import random
from dataclasses import dataclass

from tests.tracking.rules.said import NOON_MS
from tracking.rules import crediting, sessions
from tracking.rules.presence import NO_CHECK_S
from tracking.rules.runs import MAX_RUNS, mask_of_runs, runs_of_mask
from tracking.rules.viewing import IDLE, PLAYING, Policy, Viewing

TICK_MS = 250
BEAT_MS = 15_000
CLIENT_STOP_MS = 240_000
COMPLETE_CELL_US = 900_000


@dataclass(frozen=True)
class Weather:
    """What the world does to one viewer; the seed decides when."""

    seed: int
    jitter_ms: int = 1_500
    drift_ppm: int = 0
    outages_s: tuple[int, ...] = ()
    crashes: int = 0
    pauses: int = 0
    rewinds: int = 0
    next_check_s: int = NO_CHECK_S


@dataclass(frozen=True)
class SentBeat:
    """A beat on its way to the server."""

    sequence: int
    claims: list[tuple[int, int]]
    played_ms: int
    state: str
    arrives_ms: int
    epoch: int
    flags: int = 0


class HonestViewer:
    """One viewing of one lesson, from the first second to the last acknowledgement."""

    def __init__(self, duration_s: int, weather: Weather) -> None:
        """Open the lesson and plan the misfortunes."""
        self.duration_s, self.weather = duration_s, weather
        self.chance = random.Random(weather.seed)  # noqa: S311 - a world, not a secret
        self.now_ms = NOON_MS
        self.viewing = Viewing()
        self.viewing.live.next_check_s = weather.next_check_s
        self.opened_count = self.rewatched_s = 0
        self.offline_until_ms = self.paused_until_ms = 0
        self.events = self._misfortunes()
        self._open()

    def watch(self) -> int:
        """Watch until every second is acknowledged; return the server's ms it took.

        At the end, seconds still missing are played again, as the page offers.
        """
        give_up_ms = NOON_MS + 1_000 * (4 * self.duration_s + 3_600)
        while self.acknowledged != (1 << self.duration_s) - 1:
            assert self.now_ms < give_up_ms, runs_of_mask(self.acknowledged)
            self._tick()
        return self.now_ms - NOON_MS

    def _misfortunes(self) -> list[tuple[int, str, int]]:
        weather = self.weather
        kinds = [("outage", outage_s) for outage_s in weather.outages_s]
        kinds += [("crash", 0)] * weather.crashes
        kinds += [("pause", self.chance.randint(1, 400)) for _ in range(weather.pauses)]
        kinds += [("rewind", self.chance.randint(1, 60)) for _ in range(weather.rewinds)]
        last_ms = NOON_MS + self.duration_s * 1_000
        return sorted((self.chance.randint(NOON_MS, last_ms), kind, size) for kind, size in kinds)

    def _open(self) -> None:
        """Begin a session where the server says, with nothing pending."""
        self.opened_count += 1
        opening = sessions.Opening(f"s{self.opened_count}", 7, self.duration_s, Policy(), self.viewing.seen, b"header")
        sessions.open_session(self.viewing, opening, now_ms=self.now_ms, draw=lambda: NO_CHECK_S)
        self.acknowledged = self.viewing.seen.confirmed
        self.epoch, self.sequence = self.viewing.live.epoch, 0
        self.pending, self.cells_us = 0, dict[int, int]()
        self.played_us = 0
        self.position_us = self._first_missing_s() * 1_000_000
        self.in_flight: SentBeat | None = None
        self.next_beat_ms, self.heard_ms = self.now_ms + BEAT_MS, self.now_ms
        self.is_stale = False

    def _first_missing_s(self) -> int:
        held = self.acknowledged | self.pending if self.opened_count else 0
        return min((~held & (held + 1)).bit_length() - 1, self.duration_s)

    def _tick(self) -> None:
        self.now_ms += TICK_MS
        while self.events and self.events[0][0] <= self.now_ms:
            self._befall(*self.events.pop(0)[1:])
        if self.is_stale and self.now_ms >= self.offline_until_ms:
            self._reconnect()
        self._play()
        self._exchange()

    def _befall(self, kind: str, size_s: int) -> None:
        if kind == "outage":
            self.offline_until_ms = max(self.offline_until_ms, self.now_ms + size_s * 1_000)
            self._lose_the_line()
        elif kind == "crash" and self.now_ms >= self.offline_until_ms:
            self._open()
        elif kind == "pause":
            self.paused_until_ms = self.now_ms + size_s * 1_000
        elif kind == "rewind":
            self.position_us = max(0, self.position_us - size_s * 1_000_000)
            self.rewatched_s += size_s

    def _lose_the_line(self) -> None:
        """Cut the socket; of a beat on its way, the beat is lost or only its answer."""
        said, self.in_flight, self.is_stale = self.in_flight, None, True
        if said is not None and self.chance.random() < 0.5:
            crediting.beat(self.viewing, said, now_ms=self.now_ms, epoch=said.epoch)

    def _reconnect(self) -> None:
        """Resume the session; the sequence goes on from the server's or our own, if greater."""
        last = sessions.resume(self.viewing, self.viewing.live.session_key)
        self.epoch, self.sequence = self.viewing.live.epoch, max(last, self.sequence)
        self.is_stale = False
        self.next_beat_ms, self.heard_ms = self.now_ms, self.now_ms

    @property
    def is_playing(self) -> bool:
        is_cut_off = self.now_ms - self.heard_ms > CLIENT_STOP_MS
        return self.now_ms >= self.paused_until_ms and not is_cut_off and self.position_us < self.duration_s * 1_000_000

    def _play(self) -> None:
        """Advance the media, by its own drifting clock, and count whole seconds."""
        if not self.is_playing:
            if self.position_us >= self.duration_s * 1_000_000 and not self.pending:
                self.position_us = self._first_missing_s() * 1_000_000
                self.rewatched_s += 1
            return
        step_us = TICK_MS * 1_000 + TICK_MS * self.weather.drift_ppm // 1_000
        to_us = min(self.position_us + step_us, self.duration_s * 1_000_000)
        # NB: an advance across a boundary belongs to both seconds; given whole to one of them, a
        # drifting clock leaves a second with three ticks of four, and so uncounted.
        for cell in range(self.position_us // 1_000_000, (to_us - 1) // 1_000_000 + 1):
            from_us = max(self.position_us, cell * 1_000_000)
            self._count(cell, min(to_us, (cell + 1) * 1_000_000) - from_us)
        self.position_us = to_us
        self.played_us += step_us

    def _count(self, cell: int, played_us: int) -> None:
        """Add play time to one second; complete, it waits to be acknowledged."""
        self.cells_us[cell] = self.cells_us.get(cell, 0) + played_us
        if self.cells_us[cell] >= COMPLETE_CELL_US and not self.acknowledged >> cell & 1:
            self.pending |= 1 << cell

    def _exchange(self) -> None:
        """Send what is due, deliver what has arrived."""
        if self.now_ms < self.offline_until_ms or self.is_stale:
            return
        if self.in_flight is None and self.now_ms >= self.next_beat_ms:
            self.sequence += 1
            self.in_flight = SentBeat(
                self.sequence,
                runs_of_mask(self.pending)[:MAX_RUNS],
                self.played_us // 1_000,
                PLAYING if self.is_playing else IDLE,
                self.now_ms + self.chance.randint(0, self.weather.jitter_ms),
                self.epoch,
            )
            self.next_beat_ms = self.now_ms + BEAT_MS + self.chance.randint(-1_500, 1_500)
        said = self.in_flight
        if said is not None and said.arrives_ms <= self.now_ms:
            self.in_flight = None
            self._hear(said)

    def _hear(self, said: SentBeat) -> None:
        """Let the server judge a beat, and believe its answer; a check is answered at once."""
        result = crediting.beat(self.viewing, said, now_ms=self.now_ms, epoch=said.epoch)
        settled = mask_of_runs(said.claims) & ~result.deferred
        self.pending &= ~settled
        self.acknowledged |= settled
        assert self.acknowledged & ~self.viewing.seen.confirmed == 0
        self.heard_ms = self.now_ms
        if result.is_check_open:
            crediting.answer(
                self.viewing,
                now_ms=self.now_ms,
                epoch=self.epoch,
                is_right=True,
                draw=lambda: self.weather.next_check_s,
            )
