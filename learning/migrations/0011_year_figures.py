from typing import Any, ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar[list[Any]] = [("learning", "0010_years")]

    operations: ClassVar[list[Any]] = []
