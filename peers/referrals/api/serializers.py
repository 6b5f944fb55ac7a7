"""Input and output of referrals."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from backend.core.accounts.models import Organisation
from backend.core.http.serializers import Choice, ListOf, StrictSerializer, Text, Uuid, Whole
from peers.referrals.actions.sending import LONGEST, MAX_GOALS, MAX_MESSAGE, SHORTEST
from peers.referrals.lines import FIELDS, Shown, show_lines
from peers.referrals.models import Referral
from peers.referrals.models.referral import STATES
from peers.referrals.queries import Lines, person_of


class ReferralChoiceSerializer(StrictSerializer):
    """What would be sent, and to whom."""

    organisation = Uuid()
    fields = ListOf(Choice(FIELDS), max_length=len(FIELDS), unique=True, required=False)  # type: ignore[assignment]
    goals = ListOf(Uuid(), max_length=MAX_GOALS, unique=True, required=False)
    message = Text(max_length=MAX_MESSAGE, multiline=True, required=False, allow_blank=True)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        return {"fields": [], "goals": [], "message": "", **super().to_internal_value(data)}


class ReferralNewSerializer(ReferralChoiceSerializer):
    """The same, with the tag of the preview, and the seconds after which it lapses."""

    expires_in = Whole(min=int(SHORTEST.total_seconds()), max=int(LONGEST.total_seconds()))
    preview = Text(max_length=100)

    def validate_preview(self, value: str) -> bytes:
        """The tag, or one that fits nothing."""
        try:
            return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        except (ValueError, binascii.Error):
            raise ValidationError("", "invalid") from None


class LineShownSerializer(serializers.Serializer[Any]):
    """A line as it is read."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    text = serializers.CharField()


class ReceiverSerializer(serializers.Serializer[Organisation]):
    """An organisation that one can turn to."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    regions = serializers.SerializerMethodField()
    languages = serializers.ListField(child=serializers.CharField())
    kinds = serializers.ListField(child=serializers.CharField())

    def get_regions(self, organisation: Organisation) -> list[str]:
        return sorted(region.key for region in organisation.regions.all())


class ReferralPreviewSerializer(serializers.Serializer[Any]):
    """All that the organisation will read, in the own language, and the tag that sends exactly this."""

    organisation = serializers.UUIDField()
    organisation_name = serializers.CharField()
    lines = LineShownSerializer(many=True)
    preview = serializers.CharField()


class ReferralSerializer(serializers.Serializer[Any]):
    """One's own referral. `person` and `first_on` once it is accepted; `responsible` says with whom it lies now."""

    id = serializers.UUIDField()
    organisation = serializers.UUIDField()
    organisation_name = serializers.CharField()
    state = serializers.ChoiceField(choices=sorted(STATES.all))
    responsible = serializers.ChoiceField(choices=["sender", "receiver"])
    lines = LineShownSerializer(many=True)
    person = serializers.CharField(allow_null=True)
    first_on = serializers.DateField(allow_null=True)
    sent_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


def referral_shown(referral: Referral, lines: Lines) -> Any:
    """One's own referral with what was sent."""
    told = {
        "id": referral.id,
        "organisation": referral.organisation_id,
        "organisation_name": referral.organisation.name,
        "state": referral.state,
        "responsible": "receiver" if referral.state == "accepted" else "sender",
        "lines": _shown(show_lines(lines)),
        "person": person_of(referral),
        "first_on": referral.first_on,
        "sent_at": referral.sent_at,
        "expires_at": referral.expires_at,
        "answered_at": referral.answered_at,
        "ended_at": referral.ended_at,
    }
    return ReferralSerializer(told).data


def preview_shown(organisation: Organisation, lines: Lines, tag: bytes) -> Any:
    """A preview with its tag."""
    told = {
        "organisation": organisation.id,
        "organisation_name": organisation.name,
        "lines": _shown(show_lines(lines)),
        "preview": base64.urlsafe_b64encode(tag).decode().rstrip("="),
    }
    return ReferralPreviewSerializer(told).data


def _shown(lines: list[Shown]) -> list[dict[str, str]]:
    return [{"key": line.key, "label": line.label, "text": line.text} for line in lines]
