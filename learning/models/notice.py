"""Notices: what a person is told, and the messages that carry it beyond the site.

Which table answers which question:

- `Notice`: what somebody was told, as facts; the words are made in the reader's language
  when they are read. Written in the transaction of the act, once for each event
  (`source_key`): the row is the outbox, nothing is lost with a queue. `read_at` and
  `planned_at` are filled in once each, by guarded update; the rest is never changed.
- `NoticeSettings`: the language and channels a person chose; no row, as usual.
- `NoticeDelivery`: one e-mail or text message to one person; `NoticeDeliveryItem`: what it carries.

States of a delivery: waiting → sending → sent; sending → failed (after the last try) or
dropped (nobody wants or needs it any more). While it waits, one that `collects` takes in
more. Once it is sending nothing is added: it is claimed by a sender until `next_at`, or
put off until then. `tries` is the fence: whoever holds an older number writes nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from learning.models.organisation import Membership, Organisation
from learning.rules.notices import ONE_MESSAGE_IN, Channel, NoticeKind

if TYPE_CHECKING:
    from typing import Any

    from learning.models.person import Person


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Filters on notices."""

    def visible_to(self, person: Person) -> NoticeQuerySet:
        """Keep the person's own; what an office was told, only while they belong to it."""
        bodies = Membership.objects.filter(person_id=person.pk).values("organisation_id")
        return self.filter(models.Q(office__isnull=True) | models.Q(office__in=bodies), person_id=person.pk)

    def unread(self) -> NoticeQuerySet:
        """Keep what was not opened yet."""
        return self.filter(read_at__isnull=True)

    def unplanned(self) -> NoticeQuerySet:
        """Keep what no delivery was laid out for yet, the oldest first."""
        return self.filter(planned_at__isnull=True).order_by("pk")

    def tell_selected(self, rows: models.QuerySet[Any, Any]) -> int:
        """Tell every row (person, kind, source key, facts, created at) in one statement; return how many were new."""
        select, values = rows.query.sql_with_params()
        table = self.model._meta.db_table
        columns = "person_id, kind, source_key, facts, created_at"
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {table} ({columns}) {select} ON CONFLICT DO NOTHING", values)
            return max(int(cursor.rowcount), 0)


class Notice(models.Model):
    """One thing one person is told."""

    person = models.ForeignKey("learning.Person", on_delete=models.PROTECT, related_name="notices", db_index=False)
    kind = models.CharField(_("kind"), max_length=16, choices=[(kind.value, kind.value) for kind in NoticeKind])
    #: The event: unique for each person, so that nobody is told of it twice.
    source_key = models.CharField(max_length=60)
    #: The body as whose member the person is told; none: it is about themselves.
    office = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    #: Integers, codes, titles and names of offices in both languages; nobody's name or ID number.
    facts = models.JSONField(_("facts"))
    created_at = models.DateTimeField(_("told at"))
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    planned_at = models.DateTimeField(_("laid out for channels at"), null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("message", "notice")
        verbose_name_plural = pgettext_lazy("message", "notices")
        constraints = [models.UniqueConstraint(fields=["person", "source_key"], name="notice_told_once")]
        indexes = [
            models.Index(fields=["person"], condition=models.Q(read_at__isnull=True), name="notice_unread"),
            models.Index(fields=["id"], condition=models.Q(planned_at__isnull=True), name="notice_unplanned"),
        ]

    def __str__(self) -> str:
        """Say who is told of what."""
        return f"{self.person_id} {self.source_key}"


class NoticeSettings(models.Model):
    """How one person wants to be told."""

    person = models.OneToOneField(
        "learning.Person", on_delete=models.CASCADE, primary_key=True, related_name="notice_settings"
    )
    language = models.CharField(
        _("language of messages"), max_length=8, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    #: Kind → channels, for the kinds the person chose otherwise than usual (rules.notices).
    chosen = models.JSONField(_("choices"), default=dict)

    class Meta:
        verbose_name = _("settings of messages")
        verbose_name_plural = _("settings of messages")

    def __str__(self) -> str:
        """Say whose they are."""
        return str(self.person_id)


class NoticeDeliveryQuerySet(models.QuerySet["NoticeDelivery"]):
    """Filters on deliveries."""

    def gathering(self) -> NoticeDeliveryQuerySet:
        """Keep those that still take in more."""
        return self.filter(state=NoticeDelivery.State.WAITING, collects=True)

    def due(self, now: datetime, *, is_quiet: bool) -> NoticeDeliveryQuerySet:
        """Keep those to be sent now, the longest waiting first.

        What collects waits while another to the same person is under way or has just gone out. In quiet hours
        only urgent e-mails leave: they wake nobody.
        """
        state = NoticeDelivery.State
        others = NoticeDelivery.objects.filter(
            models.Q(state=state.SENDING) | models.Q(sent_at__gt=now - ONE_MESSAGE_IN),
            person_id=models.OuterRef("person_id"),
            channel=models.OuterRef("channel"),
            collects=True,
        ).exclude(pk=models.OuterRef("pk"))
        due = self.filter(state__in=NoticeDelivery.OPEN, next_at__lte=now)
        if is_quiet:
            due = due.filter(collects=False, channel=Channel.EMAIL)
        return due.filter(models.Q(collects=False) | ~models.Exists(others)).order_by("next_at", "pk")


class NoticeDelivery(models.Model):
    """One message to one person by one channel."""

    class State(models.TextChoices):
        """Where the message stands."""

        WAITING = "waiting", pgettext_lazy("message", "waiting")
        SENDING = "sending", pgettext_lazy("message", "under way")
        SENT = "sent", pgettext_lazy("message", "sent")
        FAILED = "failed", pgettext_lazy("message", "could not be delivered")
        DROPPED = "dropped", pgettext_lazy("message", "no longer needed")

    OPEN = (State.WAITING, State.SENDING)

    person = models.ForeignKey("learning.Person", on_delete=models.PROTECT, related_name="notice_deliveries")
    channel = models.CharField(
        _("channel"), max_length=8, choices=[(channel.value, channel.value) for channel in Channel]
    )
    collects = models.BooleanField(_("takes in more while it waits"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    next_at = models.DateTimeField(_("next try at"))
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    #: What stopped the last try: a class of trouble, never an address.
    problem = models.CharField(_("problem"), max_length=60, blank=True)
    notices = models.ManyToManyField(Notice, related_name="deliveries", through="NoticeDeliveryItem")

    objects = NoticeDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("message to a person")
        verbose_name_plural = _("messages to persons")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "channel"],
                condition=models.Q(state="waiting", collects=True),
                name="notice_delivery_one_gathers",
            ),
            models.CheckConstraint(
                condition=models.Q(state="sent", sent_at__isnull=False)
                | (~models.Q(state="sent") & models.Q(sent_at__isnull=True)),
                name="notice_delivery_sent_has_time",
            ),
        ]
        indexes = [
            # The order of `due`, so that a long queue is not sorted for each claim.
            models.Index(
                fields=["next_at", "id"],
                condition=models.Q(state__in=["waiting", "sending"]),
                name="notice_delivery_due",
            ),
        ]

    def __str__(self) -> str:
        """Say where it stands."""
        return f"{self.pk} {self.channel} {self.state}"


class NoticeDeliveryItem(models.Model):
    """A notice that a message carries; by each channel it travels once."""

    delivery = models.ForeignKey(NoticeDelivery, on_delete=models.CASCADE, related_name="items")
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="+", db_index=False)
    channel = models.CharField(
        _("channel"), max_length=8, choices=[(channel.value, channel.value) for channel in Channel]
    )

    class Meta:
        verbose_name = _("notice in a message")
        verbose_name_plural = _("notices in messages")
        constraints = [models.UniqueConstraint(fields=["notice", "channel"], name="notice_travels_once")]

    def __str__(self) -> str:
        """Say what travels by what."""
        return f"{self.notice_id} {self.channel}"
