"""Indexes for what signing in, the desks and a sweep ask of a million people."""

from typing import Any, ClassVar

from django.db import migrations, models
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    dependencies: ClassVar[list[Any]] = [("learning", "0014_proof")]

    operations: ClassVar[list[Any]] = [
        migrations.AddIndex(
            model_name="auditlogentry",
            index=models.Index(fields=["organisation", "action", "sequence"], name="audit_log_acts_of_office"),
        ),
        migrations.AddIndex(
            model_name="certificate",
            index=models.Index(
                fields=["issuer", "issued_at"],
                condition=models.Q(("pdf_name", ""), models.Q(("draw_problem", ""), _negated=True)),
                name="certificate_undrawable",
            ),
        ),
        migrations.AddIndex(
            model_name="certificate",
            index=models.Index(fields=["issuer", "-issued_at", "-id"], name="certificate_of_issuer"),
        ),
        migrations.AddIndex(
            model_name="creditdecision",
            index=models.Index(fields=["organisation", "verdict", "decided_at"], name="credit_decision_of_late"),
        ),
        migrations.AddIndex(
            model_name="creditstanding",
            index=models.Index(
                condition=models.Q(("state", "earned")), fields=["entry"], name="credit_standing_unaudited"
            ),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(Upper("email"), name="person_email_any_case"),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(fields=["full_name"], opclasses=["varchar_pattern_ops"], name="person_name_begins"),
        ),
    ]
