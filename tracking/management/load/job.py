"""One process of a run: `python -m tracking.management.load.job NAME ARGUMENT…` in the stage's environment.

Sets Django up before the job's module is imported, so that the jobs can import models as others do.
"""

import sys
from importlib import import_module
from typing import Final

import django

JOBS: Final = ("seed", "history", "client", "audit")


def main() -> None:
    """Run one job's `main` with the arguments."""
    name, *arguments = sys.argv[1:]
    if name not in JOBS:
        sys.exit(f"There is no job {name}.")
    django.setup()
    import_module(f"tracking.management.load.{name}").main(*arguments)


if __name__ == "__main__":
    main()
