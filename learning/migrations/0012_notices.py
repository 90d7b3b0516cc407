"""What people are told, and the messages that carry it; one row a person and event."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("learning", "0011_year_figures"),
    ]

    operations = [
        migrations.CreateModel(
            name="NoticeSettings",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="notice_settings",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        choices=[("zh-hans", "Chinese"), ("en", "English")],
                        default="zh-hans",
                        max_length=8,
                        verbose_name="language of messages",
                    ),
                ),
                ("chosen", models.JSONField(default=dict, verbose_name="choices")),
            ],
            options={
                "verbose_name": "settings of messages",
                "verbose_name_plural": "settings of messages",
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("at_risk", "at_risk"),
                            ("returned", "returned"),
                            ("confirmed", "confirmed"),
                            ("rejected", "rejected"),
                            ("reversed", "reversed"),
                            ("issued", "issued"),
                            ("replaced", "replaced"),
                            ("revoked", "revoked"),
                            ("sent_back", "sent_back"),
                            ("queue_overdue", "queue_overdue"),
                        ],
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                ("source_key", models.CharField(max_length=60)),
                ("facts", models.JSONField(verbose_name="facts")),
                ("created_at", models.DateTimeField(verbose_name="told at")),
                ("read_at", models.DateTimeField(blank=True, null=True, verbose_name="read at")),
                ("planned_at", models.DateTimeField(blank=True, null=True, verbose_name="laid out for channels at")),
                (
                    "office",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="learning.organisation",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "notice",
                "verbose_name_plural": "notices",
            },
        ),
        migrations.CreateModel(
            name="NoticeDelivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "channel",
                    models.CharField(
                        choices=[("email", "email"), ("sms", "sms")], max_length=8, verbose_name="channel"
                    ),
                ),
                ("collects", models.BooleanField(verbose_name="takes in more while it waits")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("sending", "under way"),
                            ("sent", "sent"),
                            ("failed", "could not be delivered"),
                            ("dropped", "no longer needed"),
                        ],
                        default="waiting",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="tries")),
                ("next_at", models.DateTimeField(verbose_name="next try at")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent at")),
                ("problem", models.CharField(blank=True, max_length=60, verbose_name="problem")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notice_deliveries",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "message to a person",
                "verbose_name_plural": "messages to persons",
            },
        ),
        migrations.CreateModel(
            name="NoticeDeliveryItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "channel",
                    models.CharField(
                        choices=[("email", "email"), ("sms", "sms")], max_length=8, verbose_name="channel"
                    ),
                ),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="items", to="learning.noticedelivery"
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="learning.notice",
                    ),
                ),
            ],
            options={
                "verbose_name": "notice in a message",
                "verbose_name_plural": "notices in messages",
            },
        ),
        migrations.AddField(
            model_name="noticedelivery",
            name="notices",
            field=models.ManyToManyField(
                related_name="deliveries", through="learning.NoticeDeliveryItem", to="learning.notice"
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(condition=models.Q(("read_at__isnull", True)), fields=["person"], name="notice_unread"),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("planned_at__isnull", True)), fields=["id"], name="notice_unplanned"
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(fields=("person", "source_key"), name="notice_told_once"),
        ),
        migrations.AddConstraint(
            model_name="noticedeliveryitem",
            constraint=models.UniqueConstraint(fields=("notice", "channel"), name="notice_travels_once"),
        ),
        migrations.AddIndex(
            model_name="noticedelivery",
            index=models.Index(
                condition=models.Q(("state__in", ["waiting", "sending"])),
                fields=["next_at", "id"],
                name="notice_delivery_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="noticedelivery",
            constraint=models.UniqueConstraint(
                condition=models.Q(("collects", True), ("state", "waiting")),
                fields=("person", "channel"),
                name="notice_delivery_one_gathers",
            ),
        ),
        migrations.AddConstraint(
            model_name="noticedelivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("sent_at__isnull", False), ("state", "sent")),
                    models.Q(models.Q(("state", "sent"), _negated=True), ("sent_at__isnull", True)),
                    _connector="OR",
                ),
                name="notice_delivery_sent_has_time",
            ),
        ),
    ]
