"""bench tracking: durable beats against a bare echo of the same server, with real processes throughout.

Makes a database, learners, servers and clients of its own; all are gone afterwards.
"""

from __future__ import annotations

import os
import platform
from argparse import ArgumentParser
from contextlib import AbstractContextManager
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import CommandError

from learning.management import stage
from learning.management.bench import Table
from tracking.management.load import processes
from tracking.management.load import run as leader
from tracking.management.load.plan import LEARNERS_A_PROCESS, Plan

HELP = "Durable beats a second, latency, memory and seconds lost, with servers and learners of its own."

_TICKETS_BY_VIEW_MAX: Final = 1_000
#: What the server asks for when it drains. Source: TRACKING §1 F11.
_STORM_WINDOW_S: Final = 120.0
#: Learners beat as fast as they are answered; the protocol's own limit would close their sockets.
_MESSAGES_PER_S: Final = 1_000_000


def add_arguments(parser: ArgumentParser) -> None:
    """Take the size of the run, and where it takes place."""
    parser.add_argument("--learners", type=int, default=2_000, help="Learners connected at once.")
    parser.add_argument("--seconds", type=float, default=20.0, help="How long each phase is measured.")
    parser.add_argument("--beat-s", type=float, help="Measure a steady phase too, with a beat each so many seconds.")
    parser.add_argument(
        "--history", type=int, default=0, help="Give the ledger a past of so many lines, and measure again beside it."
    )
    parser.add_argument("--storm", action="store_true", help="Kill the servers, and count until 99 %% are back.")
    parser.add_argument("--storm-window-s", type=float, help="Over how long a storm comes back; default: 120.")
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--database", help="postgres://… of a server to make a database on; default: SQLite.")
    place.add_argument("--postgresql", action="store_true", help="Start a PostgreSQL from its installed binaries.")
    parser.add_argument("--redis", help="redis://…; default: one is started beside PostgreSQL.")
    parser.add_argument("--servers", type=int, help="Server processes; default: as few as the learners need.")
    parser.add_argument("--clients", type=int, help="Client processes; likewise.")
    parser.add_argument("--tickets", choices=("view", "issued"), help="Ask the view, or issue them under the same key.")
    parser.add_argument("--within-s", type=float, help="Give up after so long; default: thrice what is expected.")
    parser.add_argument("--plan", action="store_true", help="Say what the run would need, and do nothing.")


def run(**options: Any) -> Table:
    """Run every phase asked for. Raises: CommandError, for options that cannot be, or a stage that is not to be had."""
    plan = _plan(options)
    if options["plan"]:
        rows = plan.rows(sockets_max=processes.sockets_max(), available_kib=processes.available_kib())
        return Table(("what", "figure"), rows, {"cpus": os.cpu_count() or 0})
    try:
        with leader.within(plan.limit_s), _stage(options) as place:
            outcome = leader.run(plan, place, messages_per_s=_MESSAGES_PER_S)
            return outcome.table(_facts(plan, place))
    except stage.CannotStage as reason:
        raise CommandError(str(reason)) from reason


def _plan(options: dict[str, Any]) -> Plan:
    """Return what is asked for. Raises: CommandError, where it cannot be done."""
    _refuse_senseless(options)
    learners, is_sqlite = options["learners"], not (options["database"] or options["postgresql"])
    fewest = -(-learners // processes.sockets_max())
    usual = max(fewest, -(-learners // LEARNERS_A_PROCESS))
    window_s = options["storm_window_s"] or _STORM_WINDOW_S
    plan = Plan(
        learners=learners,
        seconds=options["seconds"],
        beat_s=options["beat_s"],
        storm_window_s=window_s if options["storm"] else None,
        history=options["history"],
        servers=options["servers"] or (fewest if is_sqlite else usual),
        clients=options["clients"] or usual,
        tickets=options["tickets"] or ("view" if learners <= _TICKETS_BY_VIEW_MAX else "issued"),
        within_s=options["within_s"],
    )
    if min(plan.servers, plan.clients) < fewest:
        raise CommandError(f"{learners} sockets need {fewest} servers and clients with this limit of open files.")
    if is_sqlite and plan.servers > 1:
        raise CommandError("SQLite is served by one process, which has not the files for so many; use PostgreSQL.")
    _refuse_too_large(plan)
    return plan


def _refuse_senseless(options: dict[str, Any]) -> None:
    """Refuse what means nothing, whatever the machine. Raises: CommandError."""
    for name in ("learners", "seconds", "beat_s", "storm_window_s", "servers", "clients", "within_s"):
        if options[name] is not None and options[name] <= 0:
            raise CommandError(f"--{name.replace('_', '-')} must be more than 0.")
    if options["history"] < 0:
        raise CommandError("--history cannot be less than 0.")
    if options["storm_window_s"] is not None and not options["storm"]:
        raise CommandError("--storm-window-s says how a storm comes back; give --storm too.")
    _refuse_address("--database", options["database"], ("postgres", "postgresql"))
    _refuse_address("--redis", options["redis"], ("redis", "rediss"))
    if options["redis"] and not (options["database"] or options["postgresql"]):
        raise CommandError("SQLite runs without Redis; --redis goes with --database or --postgresql.")


def _refuse_address(option: str, url: str | None, schemes: tuple[str, ...]) -> None:
    if url is not None and (urlsplit(url).scheme not in schemes or not urlsplit(url).hostname):
        raise CommandError(f"{option} takes {schemes[0]}://host…, not {url}.")


def _refuse_too_large(plan: Plan) -> None:
    available_kib = processes.available_kib()
    if 0 < available_kib < plan.needed_kib:
        raise CommandError(
            f"{plan.learners} learners need some {plan.needed_kib // 1_024:,} MiB; "
            f"this machine has {available_kib // 1_024:,} MiB to give."
        )


def _stage(options: dict[str, Any]) -> AbstractContextManager[stage.Stage]:
    if options["database"] or options["postgresql"]:
        return stage.postgresql(settings.VAR_DIR, database_url=options["database"], redis_url=options["redis"])
    return stage.sqlite(settings.VAR_DIR)


def _facts(plan: Plan, place: stage.Stage) -> dict[str, str | int | float]:
    return {
        "database": place.vendor,
        "learners": plan.learners,
        "servers": plan.servers,
        "clients": plan.clients,
        "tickets": plan.tickets,
        "cpus": os.cpu_count() or 0,
        "python": platform.python_version(),
    }
