"""Reserved: office terms."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("learning", "0015_scale")]
    operations = []
