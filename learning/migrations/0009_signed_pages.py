"""Signed PDFs, known by their digests, and runs over many certificate pages."""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TABLE = "learning_signedpage"


def forbid_changes(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Let no signed page be changed or deleted, whoever asks; the function is migration 0002's."""
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    for operation in ("UPDATE", "DELETE"):
        act = (
            "FOR EACH ROW EXECUTE FUNCTION hourbook_refuse_change()"
            if is_postgresql
            else f"BEGIN SELECT RAISE(ABORT, 'append-only: {operation} on {TABLE} is refused'); END"
        )
        schema_editor.execute(f"CREATE TRIGGER {TABLE}_no_{operation.lower()} BEFORE {operation} ON {TABLE} {act}")


def allow_changes(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the triggers."""
    on_table = f" ON {TABLE}" if schema_editor.connection.vendor == "postgresql" else ""
    for operation in ("update", "delete"):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_no_{operation}{on_table}")


def draw_unsigned_again(apps: StateApps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Have the pages drawn before there were signatures drawn anew, signed."""
    apps.get_model("learning", "Certificate").objects.exclude(pdf_name="").update(pdf_name="")


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("learning", "0008_flags"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="CertificateRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("issue", "issue"), ("reissue", "replace"), ("revoke", "revoke")],
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=40, verbose_name="reason")),
                ("reason_text", models.CharField(blank=True, max_length=500, verbose_name="words for the holder")),
                ("begun_at", models.DateTimeField(verbose_name="begun at")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished at")),
                (
                    "begun_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "bureau",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="learning.organisation"
                    ),
                ),
            ],
            options={
                "verbose_name": "certificate run",
                "verbose_name_plural": "certificate runs",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="CertificateRunItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "outcome",
                    models.CharField(
                        choices=[("waiting", "waiting"), ("done", "done"), ("left", "left as it was")],
                        default="waiting",
                        max_length=8,
                        verbose_name="outcome",
                    ),
                ),
                (
                    "why",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("own", "it is the officer’s own; a colleague decides"),
                            ("no_longer_due", "somebody else was first"),
                            ("failed", "it could not be done; the log says more"),
                        ],
                        max_length=16,
                        verbose_name="why it was left",
                    ),
                ),
                (
                    "certificate",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="learning.certificate",
                    ),
                ),
                (
                    "record",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="learning.annualrecord"
                    ),
                ),
                (
                    "result",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="learning.certificate",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="items", to="learning.certificaterun"
                    ),
                ),
            ],
            options={
                "verbose_name": "page of a run",
                "verbose_name_plural": "pages of a run",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="SignedPage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, unique=True, verbose_name="file")),
                ("digest", models.CharField(max_length=64, unique=True, verbose_name="digest of the file")),
                ("size_bytes", models.PositiveIntegerField(verbose_name="size, bytes")),
                ("signer", models.CharField(max_length=64, verbose_name="SHA-256 of the signing certificate")),
                ("signed_at", models.DateTimeField(verbose_name="signed at")),
                (
                    "certificate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signed_pages",
                        to="learning.certificate",
                    ),
                ),
            ],
            options={
                "verbose_name": "signed page",
                "verbose_name_plural": "signed pages",
            },
        ),
        migrations.AddIndex(
            model_name="certificaterun",
            index=models.Index(
                condition=models.Q(("finished_at__isnull", True)), fields=["id"], name="certificate_run_unfinished"
            ),
        ),
        migrations.AddConstraint(
            model_name="certificaterun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind", "issue"),
                    models.Q(models.Q(("reason", ""), _negated=True), models.Q(("reason_text", ""), _negated=True)),
                    _connector="OR",
                ),
                name="certificate_run_has_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="certificaterun",
            constraint=models.UniqueConstraint(
                condition=models.Q(("finished_at__isnull", True), ("kind", "issue")),
                fields=("bureau",),
                name="certificate_run_one_issue_at_a_time",
            ),
        ),
        migrations.AddIndex(
            model_name="certificaterunitem",
            index=models.Index(fields=["run", "outcome"], name="certificate_run_item_outcome"),
        ),
        migrations.AddConstraint(
            model_name="certificaterunitem",
            constraint=models.UniqueConstraint(fields=("run", "record"), name="certificate_run_item_once"),
        ),
        migrations.AddConstraint(
            model_name="certificaterunitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "left"), models.Q(("why", ""), _negated=True)),
                    models.Q(models.Q(("outcome", "left"), _negated=True), ("why", "")),
                    _connector="OR",
                ),
                name="certificate_run_item_left_says_why",
            ),
        ),
        migrations.AddIndex(
            model_name="annualrecord",
            index=models.Index(condition=models.Q(("state", "met")), fields=["id"], name="annual_record_due_for_page"),
        ),
        migrations.RunPython(forbid_changes, allow_changes),
        migrations.RunPython(draw_unsigned_again, migrations.RunPython.noop),
    ]
