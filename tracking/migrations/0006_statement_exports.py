"""Which sealed sessions the learning record store has been told of."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds the exports."""

    dependencies: ClassVar = [
        ("tracking", "0005_monthly_partitions"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="StatementExport",
            fields=[
                (
                    "session",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="statement_export",
                        serialize=False,
                        to="tracking.viewingsession",
                    ),
                ),
                ("sealed_ms", models.BigIntegerField(verbose_name="sealed, ms")),
                (
                    "state",
                    models.CharField(
                        choices=[("due", "due"), ("sent", "sent"), ("refused", "refused")],
                        default="due",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("tries", models.PositiveIntegerField(default=0, verbose_name="tries")),
                ("next_at", models.DateTimeField(verbose_name="next try at")),
                ("told_count", models.PositiveIntegerField(default=0, verbose_name="statements delivered")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent at")),
                ("message", models.CharField(blank=True, max_length=500, verbose_name="the store's words")),
            ],
            options={
                "verbose_name": "statement export",
                "verbose_name_plural": "statement exports",
            },
        ),
        migrations.AddIndex(
            model_name="viewingsession",
            index=models.Index(
                condition=models.Q(("sealed_ms__isnull", False)), fields=["sealed_ms"], name="viewing_session_sealed"
            ),
        ),
        migrations.AddIndex(
            model_name="statementexport",
            index=models.Index(fields=["sealed_ms"], name="statement_export_newest"),
        ),
        migrations.AddIndex(
            model_name="statementexport",
            index=models.Index(
                condition=models.Q(("state", "due")), fields=["next_at", "session"], name="statement_export_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="statementexport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("sent_at__isnull", False), ("state", "sent")),
                    models.Q(models.Q(("state", "sent"), _negated=True), ("sent_at__isnull", True)),
                    _connector="OR",
                ),
                name="statement_export_sent_has_time",
            ),
        ),
    ]
