from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("tracking", "0003_viewing_policies")]

    operations: ClassVar = []
