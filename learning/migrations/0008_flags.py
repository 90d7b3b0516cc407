"""Reserved."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("learning", "0007_credentials"),
    ]

    operations: ClassVar = []
