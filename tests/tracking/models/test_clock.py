from __future__ import annotations

import pytest

from tracking.models import clock
from tracking.models.clock import ProcessClock


class World:
    """The database's clock and the machine's, as a test sets them."""

    def __init__(self) -> None:
        self.database_ms = 1_000_000
        self.boottime_ms = 5_000

    def pass_ms(self, elapsed_ms: int) -> None:
        self.database_ms += elapsed_ms
        self.boottime_ms += elapsed_ms


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setattr(clock, "_database_ms", lambda: world.database_ms)
    monkeypatch.setattr(clock, "_boottime_ms", lambda: world.boottime_ms)
    return world


def test_refuses_to_tell_the_time_before_it_was_set() -> None:
    with pytest.raises(RuntimeError):
        ProcessClock().now_ms()


def test_runs_on_from_the_databases_time(world: World) -> None:
    process_clock = ProcessClock()
    process_clock.start()
    world.pass_ms(1_234)

    assert process_clock.now_ms() == 1_001_234


def test_ignores_a_step_of_the_database_between_checks(world: World) -> None:
    process_clock = ProcessClock()
    process_clock.start()
    world.database_ms += 3_600_000

    assert process_clock.now_ms() == 1_000_000


@pytest.mark.parametrize(("step_ms", "expected_ms"), [(300, 1_000_300), (3_600_000, 1_001_000)])
def test_check_draws_near_by_a_second_at_most(world: World, step_ms: int, expected_ms: int) -> None:
    process_clock = ProcessClock()
    process_clock.start()
    world.database_ms += step_ms

    process_clock.check()

    assert process_clock.now_ms() == expected_ms


def test_never_goes_back(world: World) -> None:
    process_clock = ProcessClock()
    process_clock.start()
    world.pass_ms(500)
    before_ms = process_clock.now_ms()
    world.database_ms -= 400

    process_clock.check()

    assert process_clock.now_ms() == before_ms
    world.pass_ms(1_000)
    assert process_clock.now_ms() == before_ms + 600


def test_keep_checks_once_a_minute(world: World) -> None:
    process_clock = ProcessClock()
    process_clock.keep()
    world.pass_ms(59_999)
    world.database_ms += 300

    process_clock.keep()
    assert process_clock.now_ms() == 1_059_999

    world.pass_ms(1)
    process_clock.keep()
    process_clock.keep()
    assert process_clock.now_ms() == 1_060_300
