"""How an export stands, and the file as the schema describes it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.core.exports import registry
from backend.core.exports.actions.making import FORMAT, VERSION
from backend.core.exports.models import STATES


class ExportSerializer(serializers.Serializer[Any]):
    """A file that was asked for; `asked` while it is made."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=sorted(STATES.all))
    asked_at = serializers.DateTimeField()
    ready_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True, help_text="Dropped then. Null while it is made.")
    size = serializers.IntegerField(min_value=0, help_text="Bytes so far, or of the file.")


class PartsSerializer(serializers.Serializer[Any]):
    """Each part is a list of rows; what they are is told by `docs/export.md`."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {
            part.name: serializers.ListField(child=serializers.DictField(), help_text=part.says)
            for part in registry.parts()
        }


class ExportFileSerializer(serializers.Serializer[Any]):
    """The file."""

    format = serializers.ChoiceField(choices=[FORMAT])
    version = serializers.IntegerField(min_value=VERSION, max_value=VERSION)
    language = serializers.CharField()
    asked_at = serializers.DateTimeField()
    parts = PartsSerializer()
