"""Heads are updated for every message: room on the page keeps these updates heap-only."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("streams", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE streams_stream SET (fillfactor = 50)",
            "ALTER TABLE streams_stream RESET (fillfactor)",
        )
    ]
