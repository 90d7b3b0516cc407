"""Credentials of certificate pages, and keys for other offices' systems; neither is rewritten or deleted."""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

CREDENTIAL, API_KEY = "learning_credential", "learning_apikey"
CREDENTIAL_COLUMNS = "certificate_id, list_number, position, claims, prepared_at"
API_KEY_COLUMNS = "organisation_id, label, scope, name, secret_digest, made_by_id, made_at, expires_at"
#: (table, what the trigger is called, the operation it refuses, the event, on which rows)
TRIGGERS = (
    (CREDENTIAL, "no_update", "UPDATE", f"UPDATE OF {CREDENTIAL_COLUMNS}", ""),
    (CREDENTIAL, "no_delete", "DELETE", "DELETE", ""),
    (CREDENTIAL, "no_second_proof", "a second proof", "UPDATE", "OLD.signed_at IS NOT NULL"),
    (API_KEY, "no_update", "UPDATE", f"UPDATE OF {API_KEY_COLUMNS}", ""),
    (API_KEY, "no_delete", "DELETE", "DELETE", ""),
    (API_KEY, "no_undoing", "undoing", "UPDATE", "OLD.revoked_at IS NOT NULL"),
)


def forbid_changes(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the triggers; the function of PostgreSQL's is that of 0002."""
    for table, name, refused, event, rows in TRIGGERS:
        act = (
            "EXECUTE FUNCTION hourbook_refuse_change()"
            if schema_editor.connection.vendor == "postgresql"
            else f"BEGIN SELECT RAISE(ABORT, 'append-only: {refused} on {table} is refused'); END"
        )
        when = f"WHEN ({rows}) " if rows else ""
        schema_editor.execute(f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} FOR EACH ROW {when}{act}")


def allow_changes(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the triggers."""
    for table, name, _refused, _event, _rows in TRIGGERS:
        on_table = f" ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_{name}{on_table}")


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("learning", "0006_confirmation_runs"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Credential",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("list_number", models.PositiveIntegerField(verbose_name="status list")),
                ("position", models.PositiveIntegerField(verbose_name="place in the status list")),
                ("claims", models.JSONField(verbose_name="what is signed")),
                ("prepared_at", models.DateTimeField(verbose_name="prepared at")),
                ("proof", models.JSONField(blank=True, null=True, verbose_name="proof")),
                ("public_key", models.CharField(blank=True, max_length=64, verbose_name="public key")),
                ("signed_at", models.DateTimeField(blank=True, null=True, verbose_name="signed at")),
                (
                    "certificate",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credential",
                        to="learning.certificate",
                        verbose_name="certificate",
                    ),
                ),
            ],
            options={
                "verbose_name": "credential",
                "verbose_name_plural": "credentials",
                "indexes": [models.Index(fields=["public_key", "signed_at"], name="credential_by_key")],
                "constraints": [
                    models.UniqueConstraint(fields=("list_number", "position"), name="credential_place_once"),
                    models.CheckConstraint(
                        condition=models.Q(("position__lt", 131072)), name="credential_place_in_list"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("proof__isnull", True), ("public_key", ""), ("signed_at__isnull", True)),
                            models.Q(
                                ("proof__isnull", False),
                                ("signed_at__isnull", False),
                                models.Q(("public_key", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="credential_proof_has_its_key",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.CharField(max_length=60, verbose_name="system")),
                (
                    "scope",
                    models.CharField(
                        choices=[("title_review", "five years of a person, for title review")],
                        max_length=24,
                        verbose_name="what it may do",
                    ),
                ),
                ("name", models.CharField(max_length=12, unique=True, verbose_name="key")),
                ("secret_digest", models.CharField(max_length=64)),
                ("made_at", models.DateTimeField(verbose_name="made at")),
                ("expires_at", models.DateTimeField(verbose_name="ends at")),
                ("last_used_at", models.DateTimeField(blank=True, null=True, verbose_name="last used at")),
                ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="revoked at")),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="api_keys",
                        to="learning.organisation",
                        verbose_name="office",
                    ),
                ),
                (
                    "revoked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "interface key",
                "verbose_name_plural": "interface keys",
                "ordering": ["-made_at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("made_at"))), name="api_key_ends"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("revoked_at__isnull", True), ("revoked_by__isnull", True)),
                            models.Q(("revoked_at__isnull", False), ("revoked_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="api_key_revocation_has_its_person",
                    ),
                ],
            },
        ),
        migrations.RunPython(forbid_changes, allow_changes),
    ]
