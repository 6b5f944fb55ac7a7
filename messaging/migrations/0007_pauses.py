"""Why a group rests: so far only because all who lead it are away."""

from typing import Any

from django.db import migrations, models
from django.db.models import Q


def say_why(apps: Any, editor: Any) -> None:
    apps.get_model("messaging", "Group").objects.filter(paused_at__isnull=False).update(paused_why="leads_away")


class Migration(migrations.Migration):
    dependencies = [("messaging", "0006_erased_memberships")]
    operations = [
        migrations.AddField(
            model_name="group",
            name="paused_why",
            field=models.CharField(
                blank=True, choices=[("leads_away", "Leads Away"), ("unwatched", "Unwatched")], default="", max_length=12
            ),
            preserve_default=False,
        ),
        migrations.RunPython(say_why, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="group",
            constraint=models.CheckConstraint(
                condition=Q(paused_at=None, paused_why="") | Q(paused_at__isnull=False, paused_why__gt=""),
                name="paused_for_a_reason",
            ),
        ),
    ]
