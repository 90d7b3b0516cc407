"""bench tracking: a small run from end to end, what it refuses, and that production knows nothing of it."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.core.management import CommandError, call_command

from learning.asgi import application
from learning.management import stage
from learning.management.bench import benchmarks
from tracking.management.load import processes
from tracking.management.load import run as leader
from tracking.management.load.wire import ECHO_PATH


def bench(*arguments: str) -> Any:
    out = io.StringIO()
    call_command("bench", "tracking", "--json", *arguments, stdout=out)
    return json.loads(out.getvalue())


def place() -> tuple[str, ...]:
    """Return where a run takes place: on the services of the PostgreSQL run, where there are any."""
    database, redis = (os.environ.get(f"HOURBOOK_TEST_{name}_URL") for name in ("DATABASE", "REDIS"))
    return ("--database", database, "--redis", redis) if database and redis else ()


@pytest.mark.slow
@pytest.mark.django_db  # asks no database of ours, but belongs to the run on PostgreSQL too
def test_a_small_run_loses_no_second_and_credits_none_too_much(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path

    told = bench("--learners", "20", "--seconds", "3", "--history", "400", *place())

    facts = told["facts"]
    assert (facts["judged"], facts["missing_s"], facts["over_credited_s"]) == (20, 0, 0)
    assert facts["acked_s"] > 0
    assert facts["database"] == ("postgresql" if place() else "sqlite")
    assert {"ratio", "cpu_ratio", "history_cost_ratio", "kib_per_connection", "ramp_s"} <= facts.keys()
    assert [row["load"] for row in told["rows"]] == ["echo", "beats at saturation"] * 2
    assert [row["history"] >= 400 for row in told["rows"]] == [False, False, True, True]
    assert all(row["messages"] > 0 for row in told["rows"])
    assert list(tmp_path.glob("bench-*")) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--learners", "0"), "--learners must be more than 0"),
        (("--seconds", "-1"), "--seconds must be more than 0"),
        (("--beat-s", "0"), "--beat-s must be more than 0"),
        (("--servers", "0"), "--servers must be more than 0"),
        (("--within-s", "0"), "--within-s must be more than 0"),
        (("--history", "-1"), "--history cannot be less than 0"),
        (("--storm-window-s", "9"), "give --storm too"),
        (("--database", "sqlite:///somewhere"), "--database takes postgres://"),
        (("--database", "postgres://"), "--database takes postgres://"),
        (("--database", "postgres://h/d", "--redis", "http://h"), "--redis takes redis://"),
        (("--redis", "redis://127.0.0.1"), "SQLite runs without Redis"),
        (("--servers", "2"), "SQLite is served by one process"),
        (("--learners", "1000000", "--servers", "1", "--clients", "1"), "sockets need"),
        (("--learners", "many"), "invalid int value"),
        (("--database", "postgres://h/d", "--postgresql"), "not allowed with"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_words(
    arguments: tuple[str, ...], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "sockets_max", lambda: 19_500)

    with pytest.raises(CommandError, match=words):
        bench(*arguments)


def test_more_learners_than_the_memory_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "available_kib", lambda: 2_000_000)

    with pytest.raises(CommandError, match="this machine has 1,953 MiB to give"):
        bench("--learners", "15000", "--plan")


def test_a_database_that_does_not_answer_is_told_of() -> None:
    port = stage.free_port()

    with pytest.raises(CommandError, match=r"PostgreSQL does not answer at 127\.0\.0\.1"):
        bench("--database", f"postgres://nobody@127.0.0.1:{port}/none")


def test_plan_says_what_a_large_run_needs_and_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "sockets_max", lambda: 19_500)
    monkeypatch.setattr(processes, "available_kib", lambda: 16 * 1_024 * 1_024)

    told = bench("--learners", "100000", "--beat-s", "15", "--storm", "--postgresql", "--plan")

    figures = {row["what"]: row["figure"] for row in told["rows"]}
    assert (figures["server processes"], figures["client processes"]) == (6, 6)
    assert figures["sockets of one process, at most"] < figures["sockets of one process, allowed"]
    assert 5 < figures["memory needed, GiB"] < 16


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_run_told_to_end_gives_up_in_order(number: signal.Signals) -> None:
    with pytest.raises(stage.CannotStage, match="told to end"), leader.within(60):
        signal.raise_signal(number)


def test_a_run_that_takes_too_long_is_given_up() -> None:
    before = signal.getsignal(signal.SIGALRM)

    with pytest.raises(stage.CannotStage, match="not done after 0 s"), leader.within(0.05):
        time.sleep(5)

    assert signal.getsignal(signal.SIGALRM) is before


def test_bench_is_found_by_name() -> None:
    assert "tracking" in benchmarks()


# What production knows of it ---------------------------------------------------------


async def test_product_has_no_echo() -> None:
    headers = [(b"origin", b"http://testserver:80")]

    with pytest.raises(ValueError, match="No route found"):
        await WebsocketCommunicator(application, ECHO_PATH, headers=headers).connect()


def test_product_loads_nothing_of_the_bench_and_keeps_its_limits_whatever_the_environment_says() -> None:
    script = (
        "import sys, learning.asgi; from tracking.protocol import limits; "
        "print(limits.MESSAGES_PER_S, limits.MESSAGES_BURST, "
        "any(name.startswith('tracking.management') for name in sys.modules))"
    )
    env = os.environ | {"HOURBOOK_BENCH_MESSAGES_PER_S": "1000000"}

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=settings.BASE_DIR, env=env, capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["1", "10", "False"]
