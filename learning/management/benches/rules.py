"""bench rules: what it costs to simulate one rule change over a province's years.

Makes a database of its own beside the configured one, writes the people and their
years by COPY or `executemany`, asks the very question the studio's page asks, and
drops the database again.
"""

from __future__ import annotations

import datetime as dt
import os
import statistics
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from learning.actions import rule_drafts, rule_moves, rule_sets, rule_words
from learning.management.bench import Table
from learning.management.load import rows
from learning.models import AnnualRecord, Organisation, Person, Region, Requirement, RuleSet
from learning.models.clock import local_date
from learning.rules.eligibility import Tier
from learning.rules.outcomes import Outcome
from learning.rules.requirements import Totals, is_met

HELP = "Seconds to simulate one rule change over N annual records, and against a tenth of them."
YEAR = 2026
NOW = dt.datetime(YEAR, 11, 19, 4, tzinfo=dt.UTC)
_BLOCK = 20_000
_PAGE_SIZE = 50


def add_arguments(parser: ArgumentParser) -> None:
    """Take how many people there are, and how often the question is asked."""
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=3, help="The median counts.")


def run(**options: Any) -> Table:
    """Simulate the change over a tenth of the people and over all of them."""
    sizes = (max(options["people"] // 10, 1), options["people"])
    with _own_database():
        draft = _rules()
        measured, made = [], 0
        for size in sizes:
            _write_people(range(made + 1, size + 1), draft.region)
            made = size
            measured.append(_measured(draft, size, times=options["times"]))
    growth = (measured[1][2] / measured[1][0]) / (measured[0][2] / measured[0][0])
    return Table(
        columns=("people", "changed", "seconds", "rows_per_s", "first_page_ms"),
        rows=measured,
        facts={"database": connection.vendor, "growth_per_row": round(growth, 2), "times": options["times"]},
    )


@contextmanager
def _own_database() -> Iterator[None]:
    """Make an empty database with all migrations, and drop it whatever happens."""
    name = connection.settings_dict["NAME"]
    with tempfile.TemporaryDirectory() as folder:
        is_file = connection.vendor == "sqlite"
        own = str(Path(folder) / "bench.sqlite3") if is_file else f"hourbook_bench_rules_{os.getpid()}"
        connection.settings_dict["TEST"]["NAME"] = own
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        try:
            yield
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)


def _rules() -> RuleSet:
    """Lay 86 hours with 26 public down for a city, and a draft of 90 with 28 beside it."""
    city = Region.objects.create(code="419900", name_zh="测试市", name_en="Bench city")
    office = Organisation.objects.create(
        kind=Organisation.Kind.BUREAU, tier=Tier.MUNICIPAL, slug="bench", name_zh="局", name_en="Bureau", region=city
    )
    first, second = (Person.objects.create(full_name=name) for name in ("甲", "乙"))
    today = local_date(NOW)
    start = rule_drafts.first_draft(region=city, year=YEAR, today=today)
    made = []
    for total, public in ((8_600, 2_600), (9_000, 2_800)):
        levels = {
            level: replace(said, own={**said.own, "total_centihours": total, "public_centihours": public})
            for level, said in start.levels.items()
        }
        draft = replace(start, levels=levels, source="bench")
        rule_set = rule_sets.draft(region=city, year=YEAR, draft=draft, office=office, by=first, now=NOW)
        made.append(rule_set)
        if len(made) == 1:
            rule_sets.submit(rule_set=rule_set, office=office, by=first, now=NOW)
            seen = rule_words.digest(rule_set)
            rule_sets.issue(rule_set=rule_set, seen=seen, office=office, by=second, now=NOW)
    return made[-1]


def _write_people(numbers: range, region: Region) -> None:
    """Write people and their years; every fourth is of each title level, and some have met the rule."""
    rules = list(Requirement.objects.in_force().order_by("title_level"))
    for start in range(numbers.start, numbers.stop, _BLOCK):
        block = range(start, min(start + _BLOCK, numbers.stop))
        with transaction.atomic():
            rows.write([_person(number, region, rules[number % len(rules)]) for number in block])
            rows.write([_year(number, rules[number % len(rules)]) for number in block])
    rows.let_the_planner_know()


def _person(number: int, region: Region, rule: Requirement) -> Person:
    return Person(pk=number + 10, full_name=f"学员{number}", region=region, title_level=rule.title_level)


def _year(number: int, rule: Requirement) -> AnnualRecord:
    held = Totals(number * 37 % 4_000, number * 61 % 8_000)
    met = is_met(rule.as_rule(), held)
    state = AnnualRecord.State.OPEN
    if met:
        state = AnnualRecord.State.CONFIRMED if number % 3 else AnnualRecord.State.MET
    return AnnualRecord(
        pk=number,
        person_id=number + 10,
        year=YEAR,
        requirement=rule,
        confirmed_public_centihours=held.public_centihours,
        confirmed_professional_centihours=held.professional_centihours,
        pending_public_centihours=number * 13 % 800,
        pending_professional_centihours=number * 17 % 2_000,
        state=state,
        met_at=NOW if met else None,
        confirmed_at=NOW if state == AnnualRecord.State.CONFIRMED else None,
    )


def _measured(draft: RuleSet, size: int, *, times: int) -> tuple[int, int, float, int, float]:
    """Ask whose result the draft changes, and for the first page of them."""
    rules = rule_moves.rules_of(draft)
    spent_s, page_s, counts = [], [], {}
    for _time in range(times):
        start = time.perf_counter()
        counts = rule_moves.governed(draft).outcome_counts(rules)
        spent_s.append(time.perf_counter() - start)
        start = time.perf_counter()
        people = rule_moves.governed(draft).of_outcome(rules, Outcome.MORE_TO_STUDY)
        list(people.select_related("person__region", "requirement").order_by("person_id")[:_PAGE_SIZE])
        page_s.append(time.perf_counter() - start)
    seconds = statistics.median(spent_s)
    return (
        size,
        sum(counts.values()),
        round(seconds, 3),
        int(size / seconds),
        round(statistics.median(page_s) * 1_000, 1),
    )
