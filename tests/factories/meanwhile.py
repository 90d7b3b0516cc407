"""What others commit while something is being read."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections


def _elsewhere(act: Callable[[], object]) -> None:
    """Do an act in a worker of its own, and commit it."""

    def done() -> None:
        try:
            act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(done).result()


def once_before(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, act: Callable[[], object]) -> None:
    """Have the act done right before `owner.name` runs for the first time."""
    original, left = getattr(owner, name), [act]

    def told(*args: Any, **kwargs: Any) -> Any:
        if left:
            _elsewhere(left.pop())
        return original(*args, **kwargs)

    monkeypatch.setattr(owner, name, told)
