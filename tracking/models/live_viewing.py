"""Live viewing: the one row a learner has, with lease, clock mark, budget and open segment.

The hot row: a heartbeat touches nothing else. Its columns are the fields of
`tracking.rules.viewing.LiveViewing`; `epoch` is the fence, and whoever holds an older one writes
nothing. No secondary index, so that PostgreSQL can update it in place. Source: TRACKING §2 Storage.
"""

from __future__ import annotations

import secrets
from dataclasses import fields
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from tracking.models.viewing_session import ViewingSession
from tracking.rules import viewing as rule
from tracking.rules.presence import NO_CHECK_S

_SALT_BYTES: Final = 16

#: Columns that carry the rule's values as they are; the session's key is kept as a foreign key.
RULE_COLUMNS: Final = tuple(field.name for field in fields(rule.LiveViewing) if field.name != "session_key")


def new_salt() -> bytes:
    """Return the salt of a learner's commitment; erasing it unlinks the ledger from the person."""
    return secrets.token_bytes(_SALT_BYTES)


class LiveViewingManager(models.Manager["LiveViewing"]):
    """The one question that writes."""

    def locked(self, person_id: int) -> LiveViewing:
        """Return the person's row, locked until the transaction ends; made if need be.

        NB: without its session. PostgreSQL would join the one of before the wait for the lock.
        """
        rows = self.select_for_update()
        try:
            return rows.get(pk=person_id)
        except self.model.DoesNotExist:
            self.bulk_create([self.model(person_id=person_id)], ignore_conflicts=True)
            return rows.get(pk=person_id)


class LiveViewing(models.Model):
    """A learner's timeline. `attached_ms` is when the present connection came, None without one."""

    person = models.OneToOneField(
        "learning.Person", on_delete=models.PROTECT, primary_key=True, related_name="live_viewing"
    )
    session = models.ForeignKey(ViewingSession, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    attached_ms = models.BigIntegerField(null=True)
    salt = models.BinaryField(max_length=_SALT_BYTES, default=new_salt)

    epoch = models.PositiveBigIntegerField(default=0)
    sequence = models.PositiveBigIntegerField(default=0)
    state = models.CharField(max_length=1, default=rule.IDLE)
    mark_ms = models.BigIntegerField(default=0)
    bucket_ms = models.PositiveIntegerField(default=0)
    granted_s = models.PositiveIntegerField(default=0)
    played_ms = models.PositiveBigIntegerField(default=0)
    since_pass_s = models.PositiveIntegerField(default=0)
    next_check_s = models.PositiveIntegerField(default=NO_CHECK_S)
    check_key = models.CharField(max_length=64, blank=True, default="")
    check_ms = models.BigIntegerField(null=True)
    check_answer = models.CharField(max_length=256, blank=True, default="")
    is_check_missed = models.BooleanField(default=False)
    segment_from_s = models.PositiveIntegerField(default=0)
    segment_to_s = models.PositiveIntegerField(default=0)
    segment_start_ms = models.BigIntegerField(default=0)
    segment_end_ms = models.BigIntegerField(default=0)
    segment_accrued_ms = models.PositiveIntegerField(default=0)
    segment_new_s = models.PositiveIntegerField(default=0)
    segment_deferred_s = models.PositiveIntegerField(default=0)
    segment_flags = models.PositiveSmallIntegerField(default=0)
    segment_beat_count = models.PositiveIntegerField(default=0)
    line_count = models.PositiveIntegerField(default=0)
    head = models.BinaryField(max_length=32, default=bytes)

    objects = LiveViewingManager()

    class Meta:
        verbose_name = _("live viewing")
        verbose_name_plural = _("live viewings")

    def __str__(self) -> str:
        """Say whose timeline it is and how often it changed hands."""
        return f"{self.person_id}@{self.epoch}"

    @property
    def heard_ms(self) -> int:
        """When the learner's player was last heard of."""
        return max(self.mark_ms, self.attached_ms or 0)

    def as_rule(self) -> rule.LiveViewing:
        """Return the values the rule works on."""
        live = rule.LiveViewing(session_key=str(self.session.key) if self.session else "")
        for name in RULE_COLUMNS:
            setattr(live, name, getattr(self, name))
        live.head = bytes(self.head)
        return live

    def take_over_from(self, live: rule.LiveViewing) -> None:
        """Set the rule's values on the row; does not save, and leaves `session` to the caller."""
        for name in RULE_COLUMNS:
            setattr(self, name, getattr(live, name))
