"""The player's modules under node's own test runner; their tests stand beside this file."""

from __future__ import annotations

from pathlib import Path

from tests import node


def test_pass_their_own_tests_under_node() -> None:
    assert node.complaints(Path(__file__).parent, at_least=22) == ""
