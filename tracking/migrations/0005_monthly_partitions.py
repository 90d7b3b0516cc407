from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("tracking", "0004_seals_and_roots")]

    operations: ClassVar = []
