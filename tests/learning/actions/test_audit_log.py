"""The audit log: one chain, in the transaction of the act."""

import pytest

from learning.actions import audit_log
from learning.models import AuditLogEntry
from learning.rules.digests import digest_of
from tests.factories.learning import NOON

pytestmark = pytest.mark.django_db


def test_append_chains_each_act_to_the_one_before() -> None:
    first = audit_log.append(action="a", subject="s:1", now=NOON)
    second = audit_log.append(action="b", subject="s:2", facts={"n": 1}, now=NOON)

    assert (first.sequence, first.previous_digest) == (1, "0" * 64)
    assert (second.sequence, second.previous_digest) == (2, first.digest)


def test_append_digests_what_is_read_back() -> None:
    audit_log.append(action="a", subject="s:1", facts={"字": "值"}, now=NOON)

    stored = AuditLogEntry.objects.get()
    assert digest_of(audit_log.facts_of(stored)) == stored.digest
