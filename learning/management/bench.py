"""What a benchmark is: a module with HELP, `add_arguments` and `run`, and the table it returns."""

from __future__ import annotations

import pkgutil
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module, util
from types import ModuleType
from typing import Any, Protocol, cast

APPS = ("learning", "cms", "tracking", "assessments")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns, and what must be known to read them (machine, database, runs)."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str | int | float]]
    facts: Mapping[str, str | int | float] = field(default_factory=dict)

    def as_object(self) -> dict[str, Any]:
        """Return the table as one JSON object."""
        return {"facts": dict(self.facts), "rows": [dict(zip(self.columns, row, strict=True)) for row in self.rows]}

    def as_text(self) -> str:
        """Return the table as aligned text, numbers to the right."""
        cells = [[str(cell) for cell in row] for row in (self.columns, *self.rows)]
        widths = [max(len(row[index]) for row in cells) for index in range(len(self.columns))]
        numeric = [all(isinstance(row[index], int | float) for row in self.rows) for index in range(len(widths))]
        lines = [
            "  ".join(
                cell.rjust(width) if right else cell.ljust(width)
                for cell, width, right in zip(row, widths, numeric, strict=True)
            ).rstrip()
            for row in cells
        ]
        facts = "  ".join(f"{name}={value}" for name, value in self.facts.items())
        return "\n".join([*lines, facts])


class Benchmark(Protocol):
    """The shape of a benchmark's module."""

    HELP: str

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""

    def run(self, **options: Any) -> Table:
        """Measure and return the table."""


def benchmarks() -> dict[str, Benchmark]:
    """Return every benchmark by name, from each app's `management/benches/`."""
    found: dict[str, Benchmark] = {}
    for app in APPS:
        package = f"{app}.management.benches"
        if util.find_spec(f"{app}.management") is None or util.find_spec(package) is None:
            continue
        for module in pkgutil.iter_modules(import_module(package).__path__):
            loaded: ModuleType = import_module(f"{package}.{module.name}")
            found[module.name] = cast("Benchmark", loaded)
    return found
