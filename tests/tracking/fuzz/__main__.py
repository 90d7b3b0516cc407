"""A million hostile frames against a real server: `python -m tests.tracking.fuzz --frames 1000000`.

Makes a database of its own, which is gone afterwards. Ends with 1 when anything is at fault; the
seed that is printed repeats what is sent, though not when it arrives.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import sys
import tempfile
from pathlib import Path

LEARNERS = 24


def main() -> int:
    """Run, print, judge."""
    options = argparse.ArgumentParser(prog="python -m tests.tracking.fuzz", description=__doc__)
    options.add_argument("--frames", type=int, default=100_000)
    options.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    options.add_argument("--burst", type=int, default=10_000, help="messages a socket may send at once (really 10)")
    options.add_argument("--log", type=Path, help="where to keep the server's log")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="hourbook-fuzz-") as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'fuzz.sqlite3'}"
        os.environ.update(
            HOURBOOK_VAR=str(folder), DJANGO_SETTINGS_MODULE="tests.tracking.kill_settings", KILL_TEST_DATABASE_URL=url
        )
        log = asked.log or folder / "server.log"
        return siege(url, log, frames=asked.frames, seed=asked.seed, burst=asked.burst)


def siege(url: str, log: Path, *, frames: int, seed: int, burst: int) -> int:
    """Besiege a server on a fresh database."""
    import django  # noqa: PLC0415 - its settings are chosen just above

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 - as above

    from tests.tracking.fuzz import world  # noqa: PLC0415 - as above
    from tests.tracking.fuzz.siege import besiege  # noqa: PLC0415 - as above
    from tests.tracking.fuzz.target import serving  # noqa: PLC0415 - as above

    say(f"seed {seed}; making a database")
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    made = world.learners(LEARNERS)
    with serving(url, log, burst=burst) as target:
        work = besiege(target, [learner for _at, learner in made], frames=frames, seed=seed, report=say)
        verdict = asyncio.run(work)
    verdict.credited_s, verdict.overcredited = world.credited(at for at, _learner in made)
    print(verdict.words())
    return 1 if verdict.faults() else 0


def say(text: str) -> None:
    """Tell how far it is."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
