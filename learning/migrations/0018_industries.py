"""Industries, years that are being made up, and how the newest count found each person."""

from typing import Any, ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

COUNTED = ("qualified", "awaiting", "on_track", "at_risk", "making_up", "missed", "not_started")


def _adds_up(name: str) -> models.CheckConstraint:
    parts = sum((F(status) for status in COUNTED), start=models.Value(0))
    return models.CheckConstraint(condition=Q(people=parts), name=name)


def _pointer(to: str, **options: Any) -> models.ForeignKey[Any, Any]:
    options = {"related_name": "+", "db_constraint": False, "db_index": False} | options
    return models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=to, **options)


def _index(name: str, *fields: str) -> migrations.AddIndex:
    fields = ("year", *fields, "-to_study_centihours", "person")
    return migrations.AddIndex(model_name="persontally", index=models.Index(fields=fields, name=f"person_tally_{name}"))


class Migration(migrations.Migration):
    dependencies: ClassVar[list[Any]] = [("learning", "0017_proof_files")]

    operations: ClassVar[list[Any]] = [
        migrations.AddField(
            model_name="organisation",
            name="department",
            field=models.ForeignKey(
                blank=True,
                null=True,
                limit_choices_to={"kind": "department"},
                on_delete=django.db.models.deletion.PROTECT,
                related_name="units",
                to="learning.organisation",
                verbose_name="competent industry department",
            ),
        ),
        migrations.RemoveConstraint(model_name="basetally", name="base_tally_adds_up"),
        migrations.RemoveConstraint(model_name="yeartally", name="year_tally_adds_up"),
        migrations.AddField(model_name="basetally", name="making_up", field=models.PositiveIntegerField(default=0)),
        migrations.AddField(model_name="yeartally", name="making_up", field=models.PositiveIntegerField(default=0)),
        migrations.AddConstraint(model_name="basetally", constraint=_adds_up("base_tally_adds_up")),
        migrations.AddConstraint(model_name="yeartally", constraint=_adds_up("year_tally_adds_up")),
        migrations.CreateModel(
            name="PersonTally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField(verbose_name="year")),
                ("title_level", models.CharField(max_length=16)),
                ("status", models.CharField(choices=[(status, status) for status in COUNTED], max_length=12)),
                ("to_study_centihours", models.IntegerField(null=True)),
                ("confirmed_centihours", models.IntegerField()),
                ("pending_centihours", models.IntegerField()),
                ("employer", _pointer("learning.organisation", null=True)),
                ("person", _pointer(settings.AUTH_USER_MODEL, related_name="tallies")),
                ("region", _pointer("learning.region")),
            ],
            options={"verbose_name": "tally of a person", "verbose_name_plural": "tallies of people"},
        ),
        migrations.AddConstraint(
            model_name="persontally",
            constraint=models.UniqueConstraint(fields=("person", "year"), name="person_tally_once"),
        ),
        migrations.AddIndex(model_name="person", index=models.Index(fields=["full_name", "id"], name="person_by_name")),
        _index("to_study"),
        _index("of_region", "region"),
        _index("of_status", "status"),
        _index("of_unit", "employer"),
    ]
