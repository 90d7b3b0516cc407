"""Live viewing: the one row a learner has, with lease, clock mark, budget and open segment.

The hot row: a heartbeat touches nothing else. Its columns are the fields of
`tracking.rules.viewing.LiveViewing`; `epoch` is the fence, and whoever holds an older one writes
nothing. No secondary index, so that PostgreSQL can update it in place. Source: TRACKING §2 Storage.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
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

    def locked(self, person_ids: Collection[int]) -> dict[int, LiveViewing]:
        """Return the persons' rows, locked until the transaction ends; made if need be.

        One person's row is waited for; of many, those somebody else holds are left out, so that
        nobody waits for a stranger's device and no two transactions wait for each other.
        NB: without their sessions. PostgreSQL would join the ones of before the wait for the lock.
        """
        free = self.select_for_update(skip_locked=len(person_ids) > 1)
        rows = free.in_bulk(person_ids)
        missing = [person_id for person_id in person_ids if person_id not in rows]
        if missing:
            self.bulk_create([self.model(person_id=person_id) for person_id in missing], ignore_conflicts=True)
            rows |= free.in_bulk(missing)
        return rows


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
