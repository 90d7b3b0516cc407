"""Each rule of the regulations that the code names has a test bearing its number; docs/rules.md knows them all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("learning", "cms", "tracking", "assessments")
#: `R14`, also in `R14/R15`; RELIABILITY numbers its goals by the same letter.
RULE = re.compile(r"(?<!RELIABILITY )\bR(\d+)\b(?:\s?[-–]\s?R(\d+)\b)?")
TEST = re.compile(r"^\s*(?:async )?def test_((?:r\d+_)+)", re.MULTILINE)
#: A row of the table: the rule, what it says, where it is in the code, what proves it.
ROW = re.compile(r"^\| R(\d+) \|.*\|.*\| (.*) \|$", re.MULTILINE)
LAST = 37


def rules_in(text: str) -> set[int]:
    """Return the numbers of the rules a text names; R13-R15 names three."""
    found = set[int]()
    for first, last in RULE.findall(text):
        found |= set(range(int(first), int(last or first) + 1))
    return found


@pytest.fixture(scope="module")
def named() -> dict[int, str]:
    """Rule → a file that names it."""
    files = [path for app in APPS for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts]
    return {rule: str(path.relative_to(ROOT)) for path in files for rule in rules_in(path.read_text("utf-8"))}


@pytest.fixture(scope="module")
def proved() -> set[int]:
    """The rules that have a test named after them."""
    texts = [path.read_text("utf-8") for path in sorted((ROOT / "tests").rglob("test_*.py"))]
    names = [name for text in texts for name in TEST.findall(text)]
    return {int(number) for name in names for number in re.findall(r"r(\d+)_", name)}


def test_every_rule_the_code_names_has_a_test_named_after_it(named: dict[int, str], proved: set[int]) -> None:
    assert {f"R{rule} in {place}" for rule, place in named.items() if rule not in proved} == set()


def test_the_table_of_rules_is_whole_and_true(named: dict[int, str], proved: set[int]) -> None:
    rows = {int(rule): proof for rule, proof in ROW.findall((ROOT / "docs" / "rules.md").read_text("utf-8"))}

    assert set(rows) == set(range(1, LAST + 1))
    assert {rule for rule, proof in rows.items() if "comes with" not in proof} == proved & set(rows)
    assert {rule for rule in named if "comes with" in rows.get(rule, "")} == set()


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("Source: R14, R15.", {14, 15}),
        ("R13-R15", {13, 14, 15}),
        ("(R14/R15)", {14, 15}),
        ("RELIABILITY R6", set()),
        ("ER3, R2D2", set()),
    ],
)
def test_rules_in_reads_what_is_meant(text: str, rules: set[int]) -> None:
    assert rules_in(text) == rules
