"""Input and output of erasing an account."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.core.accounts.access_code import MAX_TYPED
from backend.core.http.serializers import Choice, StrictSerializer, Text

WHEN = ("now", "grace")
STATES = ("none", "grace", "erasing")


class ErasureAskedSerializer(StrictSerializer):
    """When; `now` needs the access code, typed again."""

    when = Choice(WHEN)
    access_code = Text(max_length=MAX_TYPED, required=False, help_text="Asked for with `now`.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """`now` without a code is refused where the code lacks."""
        if attrs["when"] == "now" and "access_code" not in attrs:
            raise serializers.ValidationError({"access_code": "required"}, code="required")
        return attrs


class ErasureSerializer(serializers.Serializer[Any]):
    """How it stands. `due_at`: in grace, when it begins; begun, by when all of it is gone."""

    state = serializers.ChoiceField(choices=STATES)
    asked_at = serializers.DateTimeField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)
