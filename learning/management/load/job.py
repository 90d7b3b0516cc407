"""One process of a benchmark: `python -m learning.management.load.job NAME ARGUMENT…` in a stage's environment.

Sets Django up before the job's module is imported, so that the jobs can import models as
others do. A job prints one JSON value.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from typing import Any, Final

import django
from django.conf import settings

from learning.management.stage import CannotStage, Stage

#: Each is a function of the module of its first word.
JOBS: Final = (
    "runs:bare_update",
    *(f"pages:{name}" for name in ("prepare", "ready", "measure")),
    *(f"{module}:{name}" for module in ("runs", "issue_runs", "undo_runs") for name in ("prepare", "work", "state")),
)


def command(name: str, *arguments: object) -> list[str]:
    """Return the words that start a job."""
    return [sys.executable, "-m", "learning.management.load.job", name, *map(str, arguments)]


def told(stage: Stage, name: str, *arguments: object) -> Any:
    """Run a job to its end and return what it told. Raises: CannotStage, when it fails; its words are on stderr."""
    ended = subprocess.run(  # noqa: S603 -- our own command
        command(name, *arguments),
        env=os.environ | stage.env,
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise CannotStage(f"{name} ended with {ended.returncode}")
    return json.loads(ended.stdout)


def main() -> None:
    """Run one job with the arguments, and print what it returns."""
    name, *arguments = sys.argv[1:]
    if name not in JOBS:
        sys.exit(f"There is no job {name}.")
    django.setup()
    module, _colon, function = name.partition(":")
    answer = getattr(import_module(f"learning.management.load.{module}"), function)(*arguments)
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
