from typing import Any, ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar[list[Any]] = [("learning", "0011_year_figures")]

    operations: ClassVar[list[Any]] = []
