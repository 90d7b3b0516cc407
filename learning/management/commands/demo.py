"""manage.py demo: build the demo if it is not there, and serve it."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import sys
import time
from argparse import ArgumentParser
from importlib import import_module, util
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from learning.demo.people import ACCOUNTS, PASSWORD
from learning.management import catalogues, supervisor
from learning.models.clock import database_now

#: The order in which the apps add to the demo; learning is first, so the rest find its people, and who
#: sits an exam has watched before.
BUILDERS = ("learning", "cms", "tracking", "assessments")
SPECIAL_HOSTS = {"0.0.0.0", "::"}  # noqa: S104 -- names to resolve, not to bind here


class Command(BaseCommand):
    """One command from a fresh clone to a running school."""

    help = "Build the demo data in var/ (once) and serve it with a worker; Ctrl-C stops everything."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take where to serve, and whether."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--no-serve", action="store_true", help="Build only.")
        parser.add_argument("--reset", action="store_true", help="Delete var/ first: database, media, keys.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Build and serve. Raises: CommandError, in the operator's words."""
        started = time.monotonic()
        host, port = options["host"], options["port"]
        if not options["no_serve"]:
            self._refuse_a_taken_port(host, port)
        if options["reset"]:
            self._reset()
        self._build()
        if not options["no_serve"]:
            self._serve(host, port, started)

    def _refuse_a_taken_port(self, host: str, port: int) -> None:
        try:
            supervisor.refuse_a_taken_port(host, port)
        except supervisor.CannotServeError as refusal:
            raise CommandError(str(refusal)) from refusal

    def _reset(self) -> None:
        """Delete what the demo made, and nothing that it does not know."""
        var = Path(settings.VAR_DIR)
        for name in ("hourbook.sqlite3", "hourbook.sqlite3-wal", "hourbook.sqlite3-shm", "celerybeat-schedule", "demo"):
            (var / name).unlink(missing_ok=True)
        for name in ("broker", "media"):
            shutil.rmtree(var / name, ignore_errors=True)
        # The settings made the broker's folders at import; the worker needs them again.
        for folder in ("queue", "processed", "control"):
            (var / "broker" / folder).mkdir(parents=True)

    def _build(self) -> None:
        """Migrate and build, unless this very code already did."""
        catalogues.compile_all()
        stamp = Path(settings.VAR_DIR) / "demo"
        version = _code_version()
        if stamp.exists() and stamp.read_text() == version:
            return
        self._say("database")
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
        now = database_now()
        for app in BUILDERS:
            if util.find_spec(f"{app}.demo") and util.find_spec(f"{app}.demo.build"):
                import_module(f"{app}.demo.build").build(now, self._say)
        stamp.write_text(version)
        connections.close_all()

    def _say(self, step: str) -> None:
        self.stdout.write(f"  · {step}")
        self.stdout.flush()

    def _serve(self, host: str, port: int, started: float) -> None:
        """Run the children until Ctrl-C, or until one of them ends."""
        # Both, explicitly: a shell starts background jobs with SIGINT ignored.
        signal.signal(signal.SIGINT, _raise_interrupt)
        signal.signal(signal.SIGTERM, _raise_interrupt)
        reachable = "127.0.0.1" if host in SPECIAL_HOSTS else host
        env = {
            "DJANGO_SETTINGS_MODULE": "learning.settings.embedded",
            "HOURBOOK_HOSTS": ",".join(_hosts(host)),
            "HOURBOOK_ORIGINS": ",".join(f"http://{name}:{port}" for name in _hosts(host)),
            "HOURBOOK_BASE_URL": f"http://{reachable}:{port}",
            "PYTHONUNBUFFERED": "1",
        }
        commands = {
            "server": supervisor.server_command(host, port),
            "worker": supervisor.worker_command(Path(settings.VAR_DIR)),
        }
        try:
            with supervisor.running(commands, cwd=Path(settings.BASE_DIR), env=env) as children:
                supervisor.wait_until_ready(f"http://{reachable}:{port}/readyz", children)
                self._print_accounts(f"http://{reachable}:{port}/", time.monotonic() - started)
                ended = supervisor.watch(children)
                raise CommandError(f"The {ended} ended by itself; everything was stopped.")
        except KeyboardInterrupt:
            self.stdout.write("\nStopped. Nothing acknowledged was lost; `demo` starts it again.")
        except supervisor.CannotServeError as refusal:
            raise CommandError(str(refusal)) from refusal

    def _print_accounts(self, address: str, seconds: float) -> None:
        width = max(len(account.email) for account in ACCOUNTS)
        self.stdout.write(f"\n学时簿 Hourbook is ready at {address}   ({seconds:.1f} s)\n")
        self.stdout.write(f"Password of every account: {PASSWORD}\n\n")
        for account in ACCOUNTS:
            self.stdout.write(f"  {account.email:<{width}}  {account.try_zh} / {account.try_en}")
        self.stdout.write("\nOne credit hour is 30 seconds here, so that short lectures earn whole hours.")
        self.stdout.write("Ctrl-C stops everything.\n")
        self.stdout.flush()


def _code_version() -> str:
    """Return a digest of the migrations and builders: while it stands, there is nothing to build."""
    root = Path(settings.BASE_DIR)
    digest = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    for app in BUILDERS:
        for path in sorted([*(root / app / "migrations").glob("*.py"), *(root / app / "demo").rglob("*.py")]):
            digest.update(path.read_bytes())
    digest.update((root / "uv.lock").read_bytes())
    return digest.hexdigest()


def _hosts(host: str) -> list[str]:
    """Return the names under which this server may be called."""
    hosts = ["127.0.0.1", "localhost", "[::1]"]
    if host in SPECIAL_HOSTS:
        name = socket.gethostname()
        addresses = {str(info[4][0]) for info in socket.getaddrinfo(name, None, family=socket.AF_INET)}
        hosts += [name, *sorted(addresses)]
    elif host not in hosts:
        hosts.append(host)
    return [*dict.fromkeys([*hosts, *filter(None, os.environ.get("HOURBOOK_HOSTS", "").split(","))])]


def _raise_interrupt(_signal: int, _frame: FrameType | None) -> None:
    """Let SIGTERM take the same way out as Ctrl-C; a second signal changes nothing."""
    raise KeyboardInterrupt
