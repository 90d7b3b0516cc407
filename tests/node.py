"""Node's own test runner, for the modules that browsers load unchanged.

Knows how to find node and read its verdict; nothing of what is tested.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

OLDEST_NODE = 20


def complaints(folder: Path, *, at_least: int) -> str:
    """Run every `*.test.mjs` of a folder; return what failed, empty when nothing did.

    Skips with the reason where there is no node: Chromium runs the same modules in any case.
    """
    files = sorted(str(path) for path in folder.glob("*.test.mjs"))
    if len(files) < at_least:
        return f"{len(files)} test files in {folder.name}, expected {at_least}"
    done = subprocess.run(
        [_node(), "--test", "--test-reporter=tap", *files], capture_output=True, text=True, check=False, timeout=120
    )
    has_failed = done.returncode != 0 or any(line.lstrip().startswith("not ok") for line in done.stdout.splitlines())
    return done.stdout[-4_000:] + done.stderr[-1_000:] if has_failed else ""


def _node() -> str:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on this machine: the modules are run by Chromium alone")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").split(".")[0]) < OLDEST_NODE:
        pytest.skip(f"node {version} is older than {OLDEST_NODE}: the modules are run by Chromium alone")
    return node
