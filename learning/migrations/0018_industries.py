"""Reserved: industries."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("learning", "0017_proof_files")]
    operations = []
