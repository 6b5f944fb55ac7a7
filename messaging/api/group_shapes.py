"""What the schema says of groups and who belongs to them; `messaging.queries.groups` renders it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from messaging.api.shapes import GroupInsideSerializer, KnownMembershipSerializer, MembershipSerializer
from messaging.models import admission


class GroupSerializer(GroupInsideSerializer):
    """A group as everybody sees it who looks for one."""

    id = serializers.UUIDField()


class MembersSerializer(serializers.Serializer[Any]):
    """A page of members, true at `seq` of the group's stream."""

    seq = serializers.IntegerField(min_value=0)
    items = KnownMembershipSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    prev = serializers.CharField(allow_null=True)


class AdmissionSerializer(serializers.Serializer[Any]):
    """A request to join a group."""

    id = serializers.UUIDField()
    group = serializers.UUIDField()
    alias = serializers.CharField()
    avatar_key = serializers.CharField()
    peer = serializers.UUIDField(allow_null=True, help_text="Of a peer expert who comes in that role.")
    state = serializers.ChoiceField(choices=sorted(admission.STATES.all))


class OwnAdmissionSerializer(AdmissionSerializer):
    """A request as its asker sees it."""

    title = serializers.CharField(help_text="Of the group.")
    asked_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


class OwnAdmissionsSerializer(serializers.Serializer[Any]):
    """A page of one's own requests, true at `seq` of the inbox."""

    seq = serializers.IntegerField(min_value=0)
    items = OwnAdmissionSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    prev = serializers.CharField(allow_null=True)


class OpenAdmissionSerializer(AdmissionSerializer):
    """A request as who leads the group sees it."""

    answer = serializers.CharField(allow_null=True)
    asked_on = serializers.DateField()
    invited = serializers.BooleanField(help_text="Whether somebody vouched for them when they came; not who.")


class OpenAdmissionsSerializer(serializers.Serializer[Any]):
    """A page of requests that wait, the oldest first; true at `seq` of the inbox."""

    seq = serializers.IntegerField(min_value=0)
    items = OpenAdmissionSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    prev = serializers.CharField(allow_null=True)


class BlockSerializer(serializers.Serializer[Any]):
    """Whom the caller has hidden, and where."""

    conversation = serializers.UUIDField()
    membership = MembershipSerializer()
