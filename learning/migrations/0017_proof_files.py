"""Files of proof: drafts, and what was handed in, which hangs on the learner's chain."""

from typing import Any, ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TABLE = "learning_prooffile"
KINDS = ("entry", "decision", "issue", "replacement", "revocation", "file", "proof", "rule_set")
#: What a draft and a file handed in both say.
STORED: list[tuple[str, Any]] = [
    ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
    ("title", models.CharField(max_length=100, verbose_name="name of the file")),
    ("name", models.CharField(max_length=120, verbose_name="file")),
    (
        "kind",
        models.CharField(choices=[("pdf", "PDF"), ("jpg", "JPEG"), ("png", "PNG")], max_length=4, verbose_name="kind"),
    ),
    ("digest", models.CharField(max_length=64, verbose_name="digest of the file")),
    ("sent_digest", models.CharField(max_length=64, verbose_name="digest of what was sent")),
    ("size_bytes", models.PositiveIntegerField(verbose_name="size, bytes")),
    ("sent_at", models.DateTimeField(verbose_name="sent at")),
]


def forbid_changes(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Let no file handed in be changed or deleted, whoever asks; the function is migration 0002's."""
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    for operation in ("UPDATE", "DELETE"):
        act = (
            "FOR EACH ROW EXECUTE FUNCTION hourbook_refuse_change()"
            if is_postgresql
            else f"BEGIN SELECT RAISE(ABORT, 'append-only: {operation} on {TABLE} is refused'); END"
        )
        schema_editor.execute(f"CREATE TRIGGER {TABLE}_no_{operation.lower()} BEFORE {operation} ON {TABLE} {act}")
    if is_postgresql:
        schema_editor.execute(
            f"CREATE TRIGGER {TABLE}_no_truncate BEFORE TRUNCATE ON {TABLE} "
            "FOR EACH STATEMENT EXECUTE FUNCTION hourbook_refuse_change()"
        )


def allow_changes(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the triggers."""
    on_table = f" ON {TABLE}" if schema_editor.connection.vendor == "postgresql" else ""
    for operation in ("update", "delete", "truncate"):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_no_{operation}{on_table}")


class Migration(migrations.Migration):
    dependencies: ClassVar[list[Any]] = [("learning", "0016_office_terms")]

    operations: ClassVar[list[Any]] = [
        migrations.AlterField(
            model_name="ledgerlink",
            name="kind",
            field=models.CharField(choices=[(kind, kind) for kind in KINDS], max_length=12, verbose_name="kind"),
        ),
        migrations.CreateModel(
            name="ProofDraft",
            fields=[
                *STORED,
                ("year", models.PositiveSmallIntegerField(verbose_name="year")),
                (
                    "asked",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proof_drafts",
                        to="learning.evidence",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proof_drafts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "file not handed in yet",
                "verbose_name_plural": "files not handed in yet",
                "ordering": ["pk"],
                "indexes": [models.Index(fields=["sent_at"], name="proof_draft_sent")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("asked", None)),
                        fields=("person", "year", "digest"),
                        name="proof_draft_new_once",
                    ),
                    models.UniqueConstraint(fields=("asked", "digest"), name="proof_draft_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProofFile",
            fields=[
                *STORED,
                ("handed_in_at", models.DateTimeField(verbose_name="handed in at")),
                (
                    "asked",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="proofs", to="learning.evidence"
                    ),
                ),
            ],
            options={
                "verbose_name": "file of proof",
                "verbose_name_plural": "files of proof",
                "ordering": ["pk"],
                "indexes": [
                    models.Index(fields=["sent_digest"], name="proof_file_sent_digest"),
                    models.Index(fields=["name"], name="proof_file_name"),
                ],
                "constraints": [models.UniqueConstraint(fields=("asked", "digest"), name="proof_file_once")],
            },
        ),
        migrations.RunPython(forbid_changes, allow_changes),
    ]
