"""`manage.py audit_viewing`: what it prints, what it writes, how it exits."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from learning.models import Person
from tests.factories import clock, ledger
from tests.factories.ledger import World
from tracking.models import ViewingSession

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(ada: Person) -> World:
    return ledger.build(ada)


def run(*options: str) -> tuple[int, str]:
    """Return the exit code and what was said."""
    out = io.StringIO()
    try:
        with clock.standing(ledger.NOW):
            call_command("audit_viewing", *options, stdout=out, no_color=True)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    except CommandError as refusal:
        return refusal.returncode, str(refusal)
    return 0, out.getvalue()


def test_audit_of_everything_counts_what_it_looked_at(world: World) -> None:
    code, words = run("--all")

    assert code == 0
    assert words.splitlines()[-1] == "0 differences"
    assert f"viewing sessions  {ViewingSession.objects.count():>10,}" in words
    assert "Facts, not differences:" in words


def test_audit_exits_1_and_names_each_difference(world: World) -> None:
    with ledger.lifted("tracking_coverage"):
        ledger.execute("UPDATE tracking_coverage SET covered_s = 1 WHERE enrolment_id = %s", world.other.enrolment.pk)
        code, words = run("--person", str(world.other.person.pk))

    assert code == 1
    assert f"by enrolment {world.other.enrolment.pk}: its count is not the number of its seconds" in words
    assert words.splitlines()[-1] == "1 differences"


def test_audit_says_one_json_object(world: World) -> None:
    code, words = run("--session", str(world.running.key), "--json")

    told = json.loads(words)
    assert (code, told["differences"], told["unjudged"]) == (0, [], [])
    assert told["checked"]["viewing sessions"] == 1


@pytest.mark.parametrize(
    "options",
    [
        ("--session", "00000000-0000-4000-8000-000000000000"),
        ("--credit", "999"),
        ("--person", "999"),
        ("--all", "--anchors", "/nowhere/at/all"),
        ("--all", "--bundle", "/nowhere/at/all.zip"),
        ("--all", "--to", "2026-11-19"),
    ],
    ids=" ".join,
)
def test_audit_exits_2_when_it_cannot_judge(world: World, options: tuple[str, ...]) -> None:
    code, words = run(*options)

    assert code == 2
    assert words


def test_audit_writes_the_bundle_and_reads_what_others_kept(world: World, tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    kept = tmp_path / "kept.txt"
    kept.write_text("nothing of ours")

    assert run("--from", "2026-11-19", "--to", "2026-11-19", "--bundle", str(path))[0] == 0
    assert path.stat().st_size > 0
    assert run("--all", "--anchors", str(kept))[0] == 2
