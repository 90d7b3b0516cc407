from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):

    dependencies: ClassVar = [("tracking", "0002_append_only")]

    operations: ClassVar = []
