"""Input and output of the endpoints about accounts."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.core.accounts import invite_code
from backend.core.accounts.access_code import MAX_TYPED
from backend.core.accounts.actions.sessions import MAX_DEVICE_NAME, device_name_of
from backend.core.accounts.consents import CONSENTS
from backend.core.accounts.models import Role, Session
from backend.core.aliases import AVATAR_KEYS, MAX_ALIAS
from backend.core.http.serializers import Choice, Flag, StrictSerializer, Text
from backend.core.vocabulary import UI_LANGUAGES

MAX_VERSION = 20  # characters


class ConsentVersionsSerializer(StrictSerializer):
    """Purpose → version of the text that is agreed to."""

    account = Text(max_length=MAX_VERSION, required=False)
    checkins = Text(max_length=MAX_VERSION, required=False)
    sharing = Text(max_length=MAX_VERSION, required=False)
    figures = Text(max_length=MAX_VERSION, required=False)


class DeviceSerializer(StrictSerializer):
    """What a device says of itself when it signs in."""

    device_name = Text(max_length=MAX_DEVICE_NAME, required=False, allow_null=True, default=None)
    shared_device = Flag(required=False, default=False)


class SignUpSerializer(DeviceSerializer):
    """What it takes to get an account."""

    locale = Choice(UI_LANGUAGES)
    adult = Flag()
    consents = ConsentVersionsSerializer()
    invite = Text(max_length=invite_code.MAX_TYPED, required=False, allow_null=True, default=None)
    alias = Text(
        max_length=MAX_ALIAS,
        required=False,
        allow_null=True,
        default=None,
        help_text="For the role that the invite gives; suggested when left out.",
    )
    avatar_key = Choice(AVATAR_KEYS, required=False, allow_null=True, default=None)


class SignInSerializer(DeviceSerializer):
    """What it takes to get a session."""

    access_code = Text(max_length=MAX_TYPED)


class AccessCodeSerializer(StrictSerializer):
    """The present access code, typed again."""

    access_code = Text(max_length=MAX_TYPED)


class MeChangeSerializer(StrictSerializer):
    """What may be changed of an account."""

    locale = Choice(UI_LANGUAGES, required=False)


class ConsentsChangeSerializer(StrictSerializer):
    """All that is agreed to from now on; what is not named is withdrawn."""

    consents = ConsentVersionsSerializer()


class OpenedSessionSerializer(serializers.Serializer[Any]):
    """A new session; the token is shown this once."""

    account = serializers.UUIDField(source="account.id")
    session = serializers.UUIDField(source="session.id")
    token = serializers.CharField()


class NewAccountSerializer(OpenedSessionSerializer):
    """A new account; the access code is shown this once."""

    access_code = serializers.CharField()


class NewAccessCodeSerializer(serializers.Serializer[Any]):
    """The new access code, shown this once."""

    access_code = serializers.CharField()


class OrganisationSerializer(serializers.Serializer[Any]):
    """An organisation that somebody stands for."""

    id = serializers.UUIDField()
    name = serializers.CharField()


class RoleSerializer(serializers.Serializer[Any]):
    """A role of one's own. The id of a peer expert's role is their peer id."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Role.Kind.values)
    organisation = OrganisationSerializer(allow_null=True)
    alias = serializers.SerializerMethodField()
    avatar_key = serializers.SerializerMethodField()

    def get_alias(self, role: Role) -> str | None:
        return role.alias or None

    def get_avatar_key(self, role: Role) -> str | None:
        return role.avatar_key or None


class MeSerializer(serializers.Serializer[Any]):
    """One's own account. Nobody else ever sees its id."""

    account = serializers.UUIDField()
    locale = serializers.ChoiceField(choices=UI_LANGUAGES)
    roles = RoleSerializer(many=True)


class SessionSerializer(serializers.Serializer[Any]):
    """One device that is signed in. `seen_on` is a day, not a moment."""

    id = serializers.UUIDField()
    device_name = serializers.SerializerMethodField()
    shared_device = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    seen_on = serializers.DateField()
    expires_at = serializers.DateTimeField(allow_null=True)
    current = serializers.SerializerMethodField()

    def get_device_name(self, session: Session) -> str | None:
        return device_name_of(session)

    def get_current(self, session: Session) -> bool:
        return bool(session.id == self.context["current"])


class ConsentTextSerializer(serializers.Serializer[Any]):
    """What one can agree to, and the version that its text has now."""

    purpose = serializers.ChoiceField(choices=list(CONSENTS))
    version = serializers.CharField()
    text = serializers.CharField()


class ConsentTextsSerializer(serializers.Serializer[Any]):
    items = ConsentTextSerializer(many=True)


class ConsentSerializer(ConsentTextSerializer):
    """… and what was agreed to: `given_version` is null where nothing is."""

    given_version = serializers.CharField(allow_null=True)
    given_at = serializers.DateTimeField(allow_null=True)


class ConsentsSerializer(serializers.Serializer[Any]):
    items = ConsentSerializer(many=True)


class TicketSerializer(serializers.Serializer[Any]):
    """Opens one socket within 30 seconds."""

    ticket = serializers.CharField()


class RegionSerializer(serializers.Serializer[Any]):
    """The area that a centrumgemeente serves; `status` says how well that is known."""

    key = serializers.CharField()
    name = serializers.CharField()
    serves = serializers.ListField(child=serializers.CharField())
    status = serializers.CharField()
    note = serializers.CharField()


class RegionsSerializer(serializers.Serializer[Any]):
    """A page of regions."""

    items = RegionSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    prev = serializers.CharField(allow_null=True)
    expected = serializers.IntegerField(help_text="How many there are in all.")
    missing = serializers.IntegerField(help_text="How many of them are not known here.")


class AliasSerializer(serializers.Serializer[Any]):
    """A suggestion; nothing is kept."""

    alias = serializers.CharField()
    avatar_key = serializers.ChoiceField(choices=AVATAR_KEYS)


class AliasesSerializer(serializers.Serializer[Any]):
    items = AliasSerializer(many=True)
