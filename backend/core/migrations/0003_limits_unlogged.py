"""Rate limits need not survive a crash, and no request should wait for the disk because of them."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("core", "0002_audit_insert_only")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE core_limit SET UNLOGGED, SET (fillfactor = 50)",
            "ALTER TABLE core_limit SET LOGGED, RESET (fillfactor)",
        )
    ]
