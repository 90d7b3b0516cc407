from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("tracking", "0005_monthly_partitions")]

    operations: ClassVar = []
