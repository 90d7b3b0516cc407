"""A seeded life of one learner: messages honest and other, in any order, under any law."""

import random
from types import SimpleNamespace
from typing import ClassVar

from tests.tracking.rules.lockstep import Lockstep
from tests.tracking.rules.said import Said
from tracking.rules.viewing import MissedCheck

STEPS = 60
MEDIA = {1: 90, 2: 600}  # key: length in seconds


class Life:
    """One learner from the first opening on."""

    WEIGHTS: ClassVar = {
        "watch": 30, "claim": 6, "idle_claim": 6, "repeat": 4, "stale": 4, "answer": 6, "wrong": 3, "miss": 3,
        "open": 4, "bye": 3, "flush": 8, "beyond": 2, "rest": 8, "seal": 1, "resume": 2, "step_back": 3, "sleep": 3,
    }  # fmt: skip

    def __init__(self, seed: int, law: SimpleNamespace, *, is_beside_model: bool) -> None:
        """Be born into one of the two modes."""
        self.chance = random.Random(seed)  # noqa: S311 - a world, not a secret
        mode = list(MissedCheck)[seed % 2]
        self.world = Lockstep(mode=mode, first_check_s=20, law=law, is_beside_model=is_beside_model)
        self.played_ms = self.position_s = 0

    def live(self) -> None:
        """Send messages; raise AssertionError where the worlds differ, Broken where an invariant falls."""
        self.world.open(1, MEDIA[1])
        for verb in self.chance.choices(list(self.WEIGHTS), list(self.WEIGHTS.values()), k=STEPS):
            self.world.next_draw_s = self.chance.choice([3, 20, 60])
            getattr(self, verb)()

    def send(self, from_s: int, to_s: int, *, step: int = 1, epoch_step: int = 0, state: str = "p") -> None:
        live = self.world.viewing.live
        said = Said(live.sequence + step, [(from_s, to_s)], self.played_ms, state)
        self.world.beat(said, live.epoch + epoch_step)

    def watch(self) -> None:
        elapsed_s = self.chance.randint(1, 20)
        self.world.now_ms += elapsed_s * 1_000
        self.played_ms += elapsed_s * 1_000
        self.send(self.position_s, min(self.position_s + elapsed_s, 90))
        self.position_s = (self.position_s + elapsed_s) % 80

    def claim(self) -> None:
        self.played_ms += 10**6
        self.send(0, 90)

    def beyond(self) -> None:
        self.send(60, 700, state="h")

    def rest(self) -> None:
        """Play for a while and say nothing of it."""
        self.world.now_ms += 10_000
        self.played_ms += 10_000

    def idle_claim(self) -> None:
        self.send(0, 90)

    def repeat(self) -> None:
        self.send(0, 90, step=0)

    def stale(self) -> None:
        self.send(0, 90, epoch_step=-1)

    def answer(self) -> None:
        self.world.answer(self.world.viewing.live.epoch, is_right=True)

    def wrong(self) -> None:
        self.world.answer(self.world.viewing.live.epoch, is_right=False)

    def miss(self) -> None:
        self.world.miss(self.world.viewing.live.epoch)

    def open(self) -> None:
        media = self.chance.choice(list(MEDIA))
        self.world.open(media, MEDIA[media])
        self.played_ms = 0

    def bye(self) -> None:
        live = self.world.viewing.live
        self.world.bye(Said(live.sequence + 1, [(0, 90)], self.played_ms, "p"), live.epoch)

    def flush(self) -> None:
        if self.world.store.ended:
            key = self.chance.choice(list(self.world.store.ended))
            self.world.flush(key, [(0, self.world.store.ended[key].terms.duration_s)])

    def seal(self) -> None:
        if self.world.store.ended:
            self.world.seal(self.chance.choice(list(self.world.store.ended)))

    def resume(self) -> None:
        self.world.resume(self.world.viewing.live.session_key or "none")

    def step_back(self) -> None:
        self.world.now_ms -= 30_000

    def sleep(self) -> None:
        self.world.now_ms += 400_000
