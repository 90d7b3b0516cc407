from typing import Any, ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar[list[Any]] = [("learning", "0009_signed_pages")]

    operations: ClassVar[list[Any]] = []
