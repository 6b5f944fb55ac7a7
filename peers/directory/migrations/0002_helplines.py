"""The helplines known so far, and the first edition. Later changes of the file: `manage.py load_directory`."""

import json
from pathlib import Path

from django.db import migrations

HELPLINES = Path(__file__).parents[3] / "backend" / "core" / "data" / "helplines.json"
FIELDS = ("kind", "name", "contacts", "languages", "always", "hours", "free", "nameless", "tips", "is_sure", "source_url")


def load_helplines(apps, schema_editor):
    helpline = apps.get_model("directory", "Helpline")
    for position, row in enumerate(json.loads(HELPLINES.read_text(encoding="utf-8"))["helplines"]):
        told = {field: row[field] for field in FIELDS}
        helpline.objects.update_or_create(key=row["key"], defaults={**told, "position": position})
    apps.get_model("directory", "Edition").objects.get_or_create(id=1)


class Migration(migrations.Migration):
    dependencies = [("directory", "0001_initial")]
    operations = [migrations.RunPython(load_helplines, migrations.RunPython.noop)]
