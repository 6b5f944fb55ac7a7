"""A ticket lives for 30 seconds: it need not survive a crash, and thousands are wanted at once."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_regions")]

    operations = [
        migrations.RunSQL("ALTER TABLE accounts_ticket SET UNLOGGED", "ALTER TABLE accounts_ticket SET LOGGED")
    ]
