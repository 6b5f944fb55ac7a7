"""Input and output of push."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.core.http.serializers import Choice, ListOf, StrictSerializer, Text
from backend.core.push.address import MAX_ADDRESS
from backend.core.push.quiet import MAX_ZONE
from backend.core.push.vocabulary import TEXTS, Kind

TRANSPORTS = ("fcm", "webpush")


class KeysSerializer(StrictSerializer):
    """The subscriber's keys of web push, as a browser gives them."""

    p256dh = Text(max_length=100)
    auth = Text(max_length=40)


class PushDeviceSerializer(StrictSerializer):
    """Where to push to. `address`: FCM's registration token or installation id, or the endpoint of web push."""

    transport = Choice(TRANSPORTS)
    address = Text(max_length=MAX_ADDRESS)
    address_kind = Choice(("token", "fid"), required=False, default="token", help_text="Of FCM only.")
    keys = KeysSerializer(
        required=False, allow_null=True, default=None, help_text="Of web push only, and needed there."
    )


class QuietWindowSerializer(StrictSerializer):
    """By the clock on the wall in that zone, every day; over midnight when the end is before the start."""

    timezone = Text(max_length=MAX_ZONE, help_text="IANA, such as `Europe/Amsterdam`.")
    start = Text(max_length=5, help_text="`HH:MM`")
    end = Text(max_length=5, help_text="`HH:MM`")


class NotificationsSerializer(StrictSerializer):
    """All of it, as it is to be from now on. No kinds: off."""

    text_key = Choice(TEXTS)
    quiet_hours = QuietWindowSerializer(allow_null=True)
    kinds = ListOf(Choice(Kind), max_length=len(Kind), unique=True)


class PushTextSerializer(serializers.Serializer[Any]):
    """Words that may be shown; a client holds them itself under `push_<key>`."""

    key = serializers.ChoiceField(choices=list(TEXTS))
    text = serializers.CharField()


class QuietToldSerializer(serializers.Serializer[Any]):
    """Quiet hours."""

    timezone = serializers.CharField(source="zone.key")
    start = serializers.TimeField(format="%H:%M")
    end = serializers.TimeField(format="%H:%M")


class NotificationsToldSerializer(serializers.Serializer[Any]):
    """What one wants to be woken for, and the texts there are, in one's language."""

    text_key = serializers.ChoiceField(choices=list(TEXTS))
    quiet_hours = QuietToldSerializer(source="quiet", allow_null=True)
    kinds = serializers.ListField(child=serializers.ChoiceField(choices=[str(kind) for kind in Kind]))
    texts = PushTextSerializer(many=True)


class PushedToSerializer(serializers.Serializer[Any]):
    """A device that is pushed to. `unseen`: it has not come for 30 days; perhaps it is no more."""

    session = serializers.UUIDField()
    seen_on = serializers.DateField()
    unseen = serializers.BooleanField()


class PushSerializer(serializers.Serializer[Any]):
    """How this server pushes, and to which of one's devices."""

    transports = serializers.ListField(child=serializers.ChoiceField(choices=TRANSPORTS))
    vapid_public_key = serializers.CharField(allow_null=True)
    devices = PushedToSerializer(many=True)
