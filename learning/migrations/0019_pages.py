"""Pages of one instant are listed the last one first; a run of pages says when its officer has left.

Order and words alone: no row changes, no table is laid anew.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    """What lists of pages and runs of them say."""

    dependencies = [("learning", "0018_industries")]

    operations = [
        migrations.AlterModelOptions(
            name="certificate",
            options={
                "ordering": ["-year", "-issued_at", "-pk"],
                "verbose_name": "certificate",
                "verbose_name_plural": "certificates",
            },
        ),
        migrations.AlterField(
            model_name="certificaterunitem",
            name="why",
            field=models.CharField(
                blank=True,
                choices=[
                    ("own", "it is the officer’s own; a colleague decides"),
                    ("no_longer_due", "somebody else was first"),
                    ("failed", "it could not be done; the log says more"),
                    (
                        "officer_left",
                        "whoever began this is no officer of the bureau any more; a colleague begins anew",
                    ),
                ],
                max_length=16,
                verbose_name="why it was left",
            ),
        ),
    ]
