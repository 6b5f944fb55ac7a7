"""What the schema says of conversations and messages; `messaging.events` and `messaging.queries` render them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from backend.core.vocabulary import Reaction
from messaging.models import Conversation, Group


class SenderSerializer(serializers.Serializer[Any]):
    """Who wrote something, as this conversation knows them."""

    membership = serializers.UUIDField()
    alias = serializers.CharField()
    avatar_key = serializers.CharField()
    peer = serializers.UUIDField(allow_null=True, help_text="Of a peer expert, in that role.")


class MessageSerializer(serializers.Serializer[Any]):
    """A message as an event tells it."""

    id = serializers.UUIDField()
    conversation = serializers.UUIDField()
    seq = serializers.IntegerField(min_value=1)
    sender = SenderSerializer()
    body = serializers.CharField(allow_null=True, help_text="Null once retracted, and while hidden.")
    reply_to = serializers.IntegerField(allow_null=True, min_value=1)
    sent_at = serializers.DateTimeField()
    edited_at = serializers.DateTimeField(allow_null=True)
    retracted_at = serializers.DateTimeField(allow_null=True)
    hidden_at = serializers.DateTimeField(allow_null=True, help_text="By a decision, which may be undone.")


class ReactionsSerializer(serializers.Serializer[Any]):
    """Who reacted in one way."""

    key = serializers.ChoiceField(choices=[key.value for key in Reaction])
    memberships = serializers.ListField(child=serializers.UUIDField())


class MessageSeenSerializer(MessageSerializer):
    """A message with its reactions."""

    reactions = ReactionsSerializer(many=True)


class HistorySerializer(serializers.Serializer[Any]):
    """A part of the history, oldest first."""

    seq = serializers.IntegerField(min_value=0, help_text="True at this seq; what comes later comes as events.")
    items = MessageSeenSerializer(many=True)
    prev = serializers.IntegerField(allow_null=True, help_text="Pass as `before_seq` for what was said earlier.")
    next = serializers.IntegerField(allow_null=True, help_text="Pass as `after_seq` for what was said later.")


class MembershipSerializer(serializers.Serializer[Any]):
    """A membership as the others in the conversation see it."""

    id = serializers.UUIDField()
    alias = serializers.CharField()
    avatar_key = serializers.CharField()
    peer = serializers.UUIDField(allow_null=True)
    part = serializers.ChoiceField(choices=["lead", "member"])
    state = serializers.ChoiceField(choices=["active", "dormant", "left", "removed"])


class KnownMembershipSerializer(MembershipSerializer):
    """One's own membership, or one in a group."""

    muted_until = serializers.DateTimeField(
        allow_null=True, help_text="Shown to them and to who leads the group; null to everybody else."
    )


class PremoderatedSerializer(serializers.Serializer[Any]):
    """What waits for a person before it is posted."""

    first_messages = serializers.IntegerField(min_value=0, help_text="So many of a newcomer.")
    words = serializers.BooleanField(help_text="What the rules find something in.")


class GroupInsideSerializer(serializers.Serializer[Any]):
    """A group as its members see it."""

    title = serializers.CharField()
    about = serializers.CharField(allow_blank=True)
    rules = serializers.CharField(allow_blank=True)
    asks = serializers.CharField(allow_blank=True, help_text="A question to whoever asks to join.")
    languages = serializers.ListField(child=serializers.CharField())
    domains = serializers.ListField(child=serializers.CharField())
    region = serializers.CharField(allow_null=True)
    slow_mode_s = serializers.IntegerField(min_value=0)
    opening_hours = extend_schema_field({"type": "object"})(serializers.JSONField)(allow_null=True)
    shows_earlier = serializers.BooleanField()
    closes_at = serializers.DateTimeField(
        allow_null=True, help_text="Nobody leads it: it closes then, unless a peer expert takes it over."
    )
    premoderation = PremoderatedSerializer()
    paused_at = serializers.DateTimeField(
        allow_null=True, help_text="It rests since then: nobody but who leads can post. It opens again by itself."
    )
    paused_why = serializers.ChoiceField(
        choices=Group.Pause.values,
        allow_null=True,
        help_text="All who lead it are away; or nobody who leads is there at this hour, and nobody on duty can look.",
    )


class ConversationSerializer(serializers.Serializer[Any]):
    """A conversation; `group` is null in a direct talk and an introduction."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Conversation.Kind.values)
    closed_at = serializers.DateTimeField(allow_null=True)
    group = GroupInsideSerializer(allow_null=True)


class EntrySerializer(serializers.Serializer[Any]):
    """One of the caller's conversations, true at its `seq`."""

    conversation = ConversationSerializer()
    membership = KnownMembershipSerializer(help_text="The caller's own.")
    others = MembershipSerializer(
        many=True, allow_null=True, help_text="In a direct talk or an introduction; null in a group."
    )
    seq = serializers.IntegerField(min_value=0)
    first_seq = serializers.IntegerField(min_value=0, help_text="The first seq that the caller sees.")
    read_seq = serializers.IntegerField(min_value=0)
    unread = serializers.BooleanField(help_text="Somebody else spoke last, and later than `read_seq`.")
    quiet_until = serializers.DateTimeField(allow_null=True)
    last_message = MessageSerializer(allow_null=True)


class ConversationsSerializer(serializers.Serializer[Any]):
    """A page of the caller's conversations; `seq` is where it is true at in the inbox."""

    seq = serializers.IntegerField(min_value=0)
    items = EntrySerializer(many=True)
    next = serializers.CharField(allow_null=True)
    prev = serializers.CharField(allow_null=True)
