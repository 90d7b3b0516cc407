"""Reserved: files of proof."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("learning", "0016_office_terms")]
    operations = []
