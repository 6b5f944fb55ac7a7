"""The regions known so far. Later changes of the file: `manage.py load_regions`."""

import json
from pathlib import Path

from django.db import migrations

REGIONS = Path(__file__).parents[2] / "data" / "regions.json"


def load_regions(apps, schema_editor):
    region = apps.get_model("accounts", "Region")
    for row in json.loads(REGIONS.read_text(encoding="utf-8"))["regions"]:
        told = {field: row[field] for field in ("name", "serves", "status", "note")}
        region.objects.update_or_create(key=row["key"], defaults=told)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunPython(load_regions, migrations.RunPython.noop)]
