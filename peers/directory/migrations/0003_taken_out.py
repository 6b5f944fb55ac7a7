"""Entries that a decision took out of the directory, until it is undone."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("directory", "0002_helplines")]
    operations = [
        migrations.AddField("entry", "taken_out_at", models.DateTimeField(null=True)),
        migrations.AddField("entry", "taken_out_why", models.BinaryField(null=True)),
        migrations.AddConstraint(
            "entry",
            models.CheckConstraint(
                condition=Q(taken_out_at=None) | Q(withdrawn_at__isnull=False), name="taken_out_is_withdrawn"
            ),
        ),
    ]
