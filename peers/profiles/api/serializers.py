"""Input and output of the profile."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.core.aliases import AVATAR_KEYS, MAX_ALIAS
from backend.core.http.serializers import Choice, ListOf, StrictSerializer, Text
from backend.core.vocabulary import SPOKEN_LANGUAGES, Direction, Domain
from peers.profiles.actions.profiles import MAX_ABOUT, about_of
from peers.profiles.models import Profile

MAX_KEY = 40  # characters


class ProfileChangeSerializer(StrictSerializer):
    """The fields to set; null or an empty list clears one."""

    alias = Text(max_length=MAX_ALIAS, required=False, allow_null=True)
    avatar_key = Choice(AVATAR_KEYS, required=False, allow_null=True)
    languages = ListOf(Choice(SPOKEN_LANGUAGES), max_length=len(SPOKEN_LANGUAGES), unique=True, required=False)
    domains = ListOf(Choice(Domain), max_length=len(Domain), unique=True, required=False)
    directions = ListOf(Choice(Direction), max_length=len(Direction), unique=True, required=False)
    region = Text(max_length=MAX_KEY, required=False, allow_null=True)
    about = Text(max_length=MAX_ABOUT, multiline=True, required=False, allow_null=True)


class ProfileSerializer(serializers.Serializer[Any]):
    """The own profile; null or an empty list where nothing was said."""

    alias = serializers.SerializerMethodField()
    avatar_key = serializers.SerializerMethodField()
    languages = serializers.ListField(child=serializers.ChoiceField(choices=SPOKEN_LANGUAGES))
    domains = serializers.ListField(child=serializers.ChoiceField(choices=[str(domain) for domain in Domain]))
    directions = serializers.ListField(child=serializers.ChoiceField(choices=[str(way) for way in Direction]))
    region = serializers.CharField(source="region_id", allow_null=True)
    about = serializers.SerializerMethodField()

    def get_alias(self, profile: Profile) -> str | None:
        return profile.alias or None

    def get_avatar_key(self, profile: Profile) -> str | None:
        return profile.avatar_key or None

    def get_about(self, profile: Profile) -> str | None:
        return about_of(profile)
