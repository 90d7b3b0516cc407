from typing import Any, ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar[list[Any]] = [("learning", "0012_notices")]

    operations: ClassVar[list[Any]] = []
