"""Versions of what is flagged that are not what two officers signed: found and named."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import models

from learning.models import FlagPolicy, FlagProposal
from tests.factories import flags, ledger
from tests.factories import learning as make
from tests.factories.provinces import Province
from tests.learning.ledger_check.hands import altered, differences, without_guards

pytestmark = pytest.mark.django_db
TABLES = {FlagPolicy: "learning_flagpolicy", FlagProposal: "learning_flagproposal"}
#: What a proposal says beside its thresholds: the officer's way to the page, not the policy.
UNSAID = {"id", "version", "state", "office", "base", "drafted_at", "ended_at", "end_text", "policy"}


@pytest.fixture(autouse=True)
def issued() -> FlagPolicy:
    """The second version, signed by two."""
    province = Province()
    return province.issue(province.proposal(night_s_min=9_000))


def by_hand(table: str, sql: str, *values: Any) -> list[str]:
    """Return what the check says after an alteration past every guard; the row is as before afterwards."""
    with ledger.lifted(table):
        assert ledger.execute(sql, *values) == 1
        return without_guards(differences())


def another(field: models.Field[Any, Any], row: FlagPolicy | FlagProposal) -> Any:
    """Return another value; an hour, where the column holds one."""
    return 3 if field.name in {"night_from_hour", "night_hours"} else altered(field, row)


def test_finds_nothing_in_sound_versions() -> None:
    assert differences() == []


def test_names_the_version_whatever_is_altered() -> None:
    sql = "UPDATE learning_flagpolicy SET {} = %s WHERE version = %s"
    for policy in FlagPolicy.objects.all():
        for field in FlagPolicy._meta.concrete_fields:
            # The first version was issued by nobody, on whatever day its tables were laid.
            if field.name in {"id", "version"} or (policy.version == 1 and field.name == "issued_at"):
                continue
            found = by_hand(TABLES[FlagPolicy], sql.format(field.name), another(field, policy), policy.version)

            assert [each for each in found if each.startswith(f"flag policy {policy.version}: ")], field.name


def test_names_the_version_whose_proposal_was_altered() -> None:
    proposal = FlagProposal.objects.get()
    for field in FlagProposal._meta.concrete_fields:
        if field.name in UNSAID:
            continue
        other = make.PersonFactory().pk if field.is_relation else another(field, proposal)
        found = by_hand(TABLES[FlagProposal], f"UPDATE learning_flagproposal SET {field.column} = %s", other)  # noqa: S608

        assert [each for each in found if each.startswith("flag policy 2: ")], field.name


def test_names_a_version_that_nobody_signed() -> None:
    flags.policy(night_s_min=1)

    assert "flag policy 3: was issued by nobody: no line of the log" in differences()


def test_names_a_version_that_is_gone(issued: FlagPolicy) -> None:
    with ledger.lifted(TABLES[FlagProposal]):
        assert ledger.execute("DELETE FROM learning_flagproposal") == 1
        found = by_hand(TABLES[FlagPolicy], "DELETE FROM learning_flagpolicy WHERE version = %s", issued.version)

    assert "flag policy 2: was issued by the audit log but is gone" in found


def test_names_a_version_whose_proposal_is_gone() -> None:
    found = by_hand(TABLES[FlagProposal], "DELETE FROM learning_flagproposal")

    assert "flag policy 2: its proposal is gone" in found
