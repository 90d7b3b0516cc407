"""Benchmarks: found by name, printed as a table or as one JSON object."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from learning.management.bench import Table, benchmarks

TABLE = Table(columns=("page", "queries"), rows=[("front", 3), ("my year", 12)], facts={"times": 5})


def test_as_text_puts_numbers_to_the_right() -> None:
    assert TABLE.as_text() == "page     queries\nfront          3\nmy year       12\ntimes=5"


def test_as_object_names_every_cell() -> None:
    assert TABLE.as_object() == {
        "facts": {"times": 5},
        "rows": [{"page": "front", "queries": 3}, {"page": "my year", "queries": 12}],
    }


def test_benchmarks_are_found_by_name() -> None:
    assert "pages" in benchmarks()


@pytest.mark.django_db
def test_bench_pages_asks_for_the_demo() -> None:
    with pytest.raises(CommandError, match="no demo data"):
        call_command("bench", "pages")


def test_bench_prints_one_json_object(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("learning.management.benches.pages.run", lambda **_options: TABLE)
    out = io.StringIO()

    call_command("bench", "pages", "--json", stdout=out)

    assert json.loads(out.getvalue()) == {"bench": "pages", **TABLE.as_object()}
