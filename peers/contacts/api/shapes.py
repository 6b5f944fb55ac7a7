"""What the schema says of contacts and handovers; `peers.contacts.shown` renders it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from peers.contacts.actions.contacts import REASONS
from peers.contacts.models import Contact
from peers.contacts.models.contact import PROMISE
from peers.contacts.models.handover import STATES

PARTS = Contact.Part.values


class PeerToldSerializer(serializers.Serializer[Any]):
    """Somebody in their role."""

    peer = serializers.UUIDField()
    alias = serializers.CharField()
    avatar_key = serializers.CharField()


class ContactPersonSerializer(serializers.Serializer[Any]):
    """Somebody who is beside the caller, and when they can next read."""

    contact = serializers.UUIDField()
    part = serializers.ChoiceField(choices=PARTS)
    interim = serializers.BooleanField(help_text="A coordinator who has stepped in until somebody is found.")
    peer = PeerToldSerializer()
    organisation = serializers.CharField(allow_null=True)
    conversation = serializers.UUIDField(allow_null=True)
    office_hours = extend_schema_field({"type": "object"})(serializers.JSONField)(allow_null=True)
    away_until = serializers.DateTimeField(allow_null=True)
    reads_now = serializers.BooleanField(allow_null=True, help_text="Null where they have said no hours.")
    reads_next_at = serializers.DateTimeField(allow_null=True, help_text="At the earliest.")


class ReaderSerializer(serializers.Serializer[Any]):
    """Somebody who can read what is written to them, and when, by what they or their organisation have said."""

    peer = PeerToldSerializer()
    reads_now = serializers.BooleanField(allow_null=True, help_text="Null where nothing was said of any hours.")
    reads_next_at = serializers.DateTimeField(allow_null=True, help_text="At the earliest.")
    away_until = serializers.DateTimeField(allow_null=True)
    on_duty = serializers.BooleanField(help_text="On their organisation's roster, now.")


class ReadersSerializer(serializers.Serializer[Any]):
    """Who can read what is written here next; empty where nobody can, for the talk is closed."""

    items = ReaderSerializer(many=True)


class OwnChangeSerializer(serializers.Serializer[Any]):
    """The own wish for somebody else, as long as it is open."""

    asked_at = serializers.DateTimeField()
    reason_code = serializers.ChoiceField(choices=REASONS, allow_null=True)


class GoodbyeSerializer(serializers.Serializer[Any]):
    """Somebody who was beside the caller, and until when their talk is open."""

    peer = PeerToldSerializer(allow_null=True)
    conversation = serializers.UUIDField()
    until = serializers.DateTimeField()


class OwnContactSerializer(serializers.Serializer[Any]):
    """Who is beside the caller, true at `seq` of the inbox."""

    seq = serializers.IntegerField(min_value=0)
    state = serializers.ChoiceField(choices=["none", *sorted(PROMISE.all)])
    primary = ContactPersonSerializer(allow_null=True)
    backup = ContactPersonSerializer(allow_null=True)
    nobody_yet = serializers.BooleanField(
        help_text="Somebody is owed, and there is nobody in the whole house who could be: the operator has been told."
    )
    change = OwnChangeSerializer(allow_null=True)
    handovers = serializers.ListField(child=serializers.UUIDField())
    goodbyes = GoodbyeSerializer(many=True)


class ChangeWishSerializer(serializers.Serializer[Any]):
    """What whoever has stepped in may know of a wish for somebody else."""

    reason_code = serializers.ChoiceField(choices=REASONS, allow_null=True)


class MemberToldSerializer(serializers.Serializer[Any]):
    """A member, as they are in the talk with the caller and nowhere else."""

    membership = serializers.UUIDField()
    alias = serializers.CharField()
    avatar_key = serializers.CharField()


class HeldSerializer(serializers.Serializer[Any]):
    """A member whom the caller is beside, as they are in their talk."""

    contact = serializers.UUIDField()
    part = serializers.ChoiceField(choices=PARTS)
    interim = serializers.BooleanField()
    paused = serializers.BooleanField(help_text="The member wishes to be left alone for a while.")
    conversation = serializers.UUIDField()
    member = MemberToldSerializer(allow_null=True)
    begun_on = serializers.DateField()
    change = ChangeWishSerializer(allow_null=True, help_text="Only for who has stepped in.")
    handover = serializers.UUIDField(allow_null=True)


class HeldPageSerializer(serializers.Serializer[Any]):
    """A page of members whom the caller is beside, true at `seq` of the inbox."""

    seq = serializers.IntegerField(min_value=0)
    items = HeldSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    prev = serializers.CharField(allow_null=True)


class HandoverSerializer(serializers.Serializer[Any]):
    """A handover, as the caller's side may see it."""

    id = serializers.UUIDField()
    side = serializers.ChoiceField(choices=["giving", "receiving", "member"])
    part = serializers.ChoiceField(choices=PARTS)
    state = serializers.ChoiceField(choices=sorted(STATES.all))
    giving = PeerToldSerializer(allow_null=True)
    receiving = PeerToldSerializer()
    member = serializers.UUIDField(
        allow_null=True, help_text="The member's membership in the own talk with them, or in the introduction."
    )
    accepted = serializers.BooleanField(help_text="By who receives.")
    consented = serializers.BooleanField(help_text="By the member.")
    introduction = serializers.UUIDField(allow_null=True, help_text="The talk of the three, from the third yes on.")
    note = serializers.CharField(
        allow_null=True,
        help_text="For the member: what is proposed, then what they wrote. For who receives: only what the member "
        "wrote or approved, and only during the introduction.",
    )
    asked_on = serializers.DateField()
    due_at = serializers.DateTimeField(allow_null=True, help_text="If nobody answers, all stays as it is from then on.")


class HandoversSerializer(serializers.Serializer[Any]):
    """A page of the handovers that the caller takes part in, true at `seq` of the inbox."""

    seq = serializers.IntegerField(min_value=0)
    items = HandoverSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    prev = serializers.CharField(allow_null=True)
