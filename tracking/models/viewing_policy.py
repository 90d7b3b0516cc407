"""Viewing policies: every number a session is judged by, stored once and named by its digest.

A requirement's row decides; what it decided stands here, so that a session's header can be
recomputed years later whatever became of the row. Written once. Source: TRACKING §4, header.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from learning.models.append_only import AppendOnlyModel
from learning.rules.digests import digest_of
from tracking.rules.presence import CheckPlan

_KEPT_IN_MEMORY = 1_024
# Said plainly: every session that opens asks this, and nearly always it is there.
_KEEP = "INSERT INTO tracking_viewingpolicy (digest, facts) VALUES (%s, %s) ON CONFLICT DO NOTHING"


class ViewingPolicy(AppendOnlyModel):
    """One set of numbers; `digest` is the SHA-256 of the canonical `facts`."""

    digest = models.CharField(_("digest"), max_length=64, primary_key=True)
    facts = models.JSONField(_("facts"))

    class Meta:
        verbose_name = _("viewing policy")
        verbose_name_plural = _("viewing policies")

    def __str__(self) -> str:
        """Name the policy as the ledger does."""
        return self.digest


def kept(facts: Mapping[str, object]) -> str:
    """Store these facts unless they are stored, and return their digest."""
    digest = digest_of(facts)
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [digest, json.dumps(facts)])
    return digest


@lru_cache(maxsize=_KEPT_IN_MEMORY)
def policy_facts(digest: str) -> Mapping[str, object]:
    """Return the facts of a policy; one query a process, since they never change.

    Raises: ViewingPolicy.DoesNotExist for a digest nobody stored.
    """
    return dict(ViewingPolicy.objects.get(digest=digest).facts)


def check_plan(facts: Mapping[str, object]) -> CheckPlan | None:
    """Return how a policy checks presence; None: not at all."""
    if facts["check_min_s"] is None:
        return None
    return CheckPlan(_whole(facts, "check_min_s"), _whole(facts, "check_max_s"), _whole(facts, "check_answer_ms"))


def _whole(facts: Mapping[str, object], name: str) -> int:
    value = facts[name]
    if not isinstance(value, int):
        raise TypeError(name)
    return value
