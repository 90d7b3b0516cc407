"""The exam room's modules under node's own test runner; their tests stand beside this file."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
OLDEST_NODE = 20


def _node() -> str:
    """Return node, or skip with the reason: Chromium runs the same modules in any case."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on this machine: the modules are run by Chromium alone")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").split(".")[0]) < OLDEST_NODE:
        pytest.skip(f"node {version} is older than {OLDEST_NODE}: the modules are run by Chromium alone")
    return node


def test_pass_their_own_tests_under_node() -> None:
    files = sorted(str(path) for path in HERE.glob("*.test.mjs"))

    done = subprocess.run(
        [_node(), "--test", "--test-reporter=tap", *files], capture_output=True, text=True, check=False, timeout=120
    )

    assert len(files) >= 3
    failures = [line for line in done.stdout.splitlines() if line.lstrip().startswith("not ok")]
    assert (done.returncode, failures) == (0, []), done.stdout[-4_000:]
