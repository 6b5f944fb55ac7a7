"""Input and output of what a peer expert says about themselves."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from backend.core.http.serializers import Choice, Flag, ListOf, Moment, StrictSerializer, Text
from backend.core.vocabulary import SPOKEN_LANGUAGES, Direction, Domain
from messaging.api.groups import Hours
from peers.experts.actions.experts import MAX_ABOUT, said_of
from peers.experts.models import Expert
from peers.experts.vocabulary import Background, Gender

MAX_KEY = 40  # characters


class ExpertChangeSerializer(StrictSerializer):
    """The fields to set; null or an empty list clears one."""

    languages = ListOf(Choice(SPOKEN_LANGUAGES), max_length=len(SPOKEN_LANGUAGES), unique=True, required=False)
    domains = ListOf(Choice(Domain), max_length=len(Domain), unique=True, required=False)
    directions = ListOf(Choice(Direction), max_length=len(Direction), unique=True, required=False)
    region = Text(max_length=MAX_KEY, required=False, allow_null=True)
    about = Text(max_length=MAX_ABOUT, multiline=True, required=False, allow_null=True)
    gender = Choice(Gender, required=False, allow_null=True)
    backgrounds = ListOf(Choice(Background), max_length=len(Background), unique=True, required=False)
    office_hours = Hours(required=False, allow_null=True)
    away_until = Moment(required=False, allow_null=True)
    taking_new = Flag(required=False)


def keys(choices: Any) -> serializers.ListField:
    """A list of keys, in the schema."""
    return serializers.ListField(child=serializers.ChoiceField(choices=[str(choice) for choice in choices]))


class OrganisationMarkSerializer(serializers.Serializer[Any]):
    """The organisation that vouches for somebody."""

    id = serializers.UUIDField()
    name = serializers.CharField()


class SaidSerializer(serializers.Serializer[Any]):
    """What a peer expert says about themselves; null or an empty list where nothing was said."""

    languages = keys(SPOKEN_LANGUAGES)
    domains = keys(Domain)
    directions = keys(Direction)
    about = serializers.CharField(allow_null=True)
    gender = serializers.ChoiceField(choices=[str(gender) for gender in Gender], allow_null=True)
    backgrounds = keys(Background)
    office_hours = extend_schema_field({"type": "object"})(serializers.JSONField)(allow_null=True)
    away_until = serializers.DateTimeField(allow_null=True)


class OwnExpertSerializer(SaidSerializer):
    """What somebody is as a peer expert, as they see it. `peer` is the id that they are known by."""

    peer = serializers.UUIDField()
    alias = serializers.CharField()
    avatar_key = serializers.CharField()
    organisation = OrganisationMarkSerializer()
    region = serializers.CharField(allow_null=True)
    taking_new = serializers.BooleanField()
    caseload_limit = serializers.IntegerField(min_value=0, help_text="Set by the coordinator.")
    vetted_until = serializers.DateTimeField(
        allow_null=True, help_text="After it nobody new comes; who has come stays."
    )
    paused = serializers.BooleanField(help_text="By the coordinator: nobody new comes for now.")

    def to_representation(self, expert: Expert) -> dict[str, Any]:
        role, organisation = expert.role, expert.role.organisation
        own = {
            "peer": role.id,
            "alias": role.alias,
            "avatar_key": role.avatar_key,
            "organisation": {"id": organisation.id, "name": organisation.name} if organisation else None,
            "region": expert.region_id,
            "taking_new": expert.taking_new,
            "caseload_limit": expert.caseload_limit,
            "vetted_until": expert.vetted_until,
            "paused": expert.paused_at is not None,
        }
        return super().to_representation({**what_is_said(expert), **own})


def what_is_said(expert: Expert) -> dict[str, Any]:
    """For `SaidSerializer`."""
    said = said_of(expert)
    return {
        "languages": expert.languages,
        "domains": expert.domains,
        "directions": expert.directions,
        "about": said.about,
        "gender": said.gender,
        "backgrounds": list(said.backgrounds),
        "office_hours": expert.office_hours,
        "away_until": expert.away_until,
    }
