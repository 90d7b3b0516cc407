"""Issued rules hang on the house's chain: once, with all they say, and the check stands on it."""

from __future__ import annotations

import pytest

from learning import ledger_check
from learning.actions import ledger_links, rule_sets, rule_words
from learning.models import AuditLogEntry, LedgerLink, Requirement, RuleSet
from learning.rules.requirements import TitleLevel
from tests.factories import learning as make
from tests.factories import years
from tests.factories.learning import NOON
from tests.factories.rules import Studio

pytestmark = pytest.mark.django_db
State = RuleSet.State


@pytest.fixture
def studio(db: None) -> Studio:
    return Studio()


def drafted(version: int = 1) -> RuleSet:
    """Return a set with one row, as nobody's draft."""
    rule_set = RuleSet.objects.create(region=make.kaifeng(), year=2026, version=version, effective_on=NOON.date())
    row = make.RequirementFactory.build(rule_set=rule_set, region=rule_set.region, version=version)
    row.issued_on = NOON.date()
    row.save()
    return rule_set


def test_issue_hangs_the_set_on_the_house_s_chain(studio: Studio) -> None:
    rule_set = studio.issued()

    link = LedgerLink.objects.get()
    assert (link.person_id, link.sequence, link.kind, link.subject_id) == (None, 1, "rule_set", rule_set.pk)
    assert ledger_links.holds(ledger_links.of_rule_set(rule_set))


def test_draft_and_withdrawal_hang_nothing(studio: Studio) -> None:
    rule_set = studio.submitted()
    rule_sets.withdraw(rule_set=rule_set, reason="?", office=studio.office, by=studio.writer, now=NOON)

    assert not LedgerLink.objects.exists()
    assert list(ledger_check.run().differences) == []


def test_a_set_withdrawn_after_its_issue_stays_linked(studio: Studio) -> None:
    rule_set = studio.issued(studio.later(3))
    rule_sets.withdraw(rule_set=rule_set, reason="a mistake", office=studio.office, by=studio.second, now=NOON)

    assert LedgerLink.objects.get().subject_id == rule_set.pk
    assert list(ledger_check.run().differences) == []


def test_the_house_s_chain_counts_for_itself(studio: Studio) -> None:
    first = studio.issued()
    years.fulfilled_year(requirement=first.requirements.get(title_level=TitleLevel.INTERMEDIATE))
    studio.issued()

    chain = LedgerLink.objects.on_chain_of(None).values_list("kind", "sequence")
    assert list(chain) == [("rule_set", 1), ("rule_set", 2)]
    assert LedgerLink.objects.filter(person__isnull=False).count() == 7


def test_lay_brings_a_set_that_nobody_signed_into_force() -> None:
    for version in (1, 2):
        rule_set = drafted(version)
        rule_sets.lay(rule_set=rule_set, at=NOON, now=NOON)

    states = dict(RuleSet.objects.values_list("version", "state"))
    assert states == {1: State.SUPERSEDED, 2: State.IN_FORCE}
    rule_set.refresh_from_db()
    assert rule_set.digest == rule_words.digest(rule_set)
    assert AuditLogEntry.objects.filter(action="rule_set.lay").count() == LedgerLink.objects.count() == 2
    assert list(ledger_check.run().differences) == []


def test_lay_refuses_what_officers_drafted_and_what_is_laid(studio: Studio) -> None:
    laid = drafted()
    rule_sets.lay(rule_set=laid, at=NOON, now=NOON)

    for rule_set in (studio.draft(), laid):
        with pytest.raises(rule_sets.StandsElsewhere):
            rule_sets.lay(rule_set=rule_set, at=NOON, now=NOON)

    assert Requirement.objects.in_force().count() == 1
