"""Input and output of matching."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.core.http.serializers import Choice, ListOf, StrictSerializer, Text, Uuid
from backend.core.vocabulary import SPOKEN_LANGUAGES, Direction, Domain
from peers.contacts.models import Contact
from peers.experts.api.serializers import OrganisationMarkSerializer, SaidSerializer
from peers.experts.vocabulary import Background, Gender
from peers.matching.models import request
from peers.matching.ranking import MOST, TIMES

MAX_KEY = 40  # characters
MOST_NOT_WITH = 50
OFFERS = ("wait", "organisation", "second_language")
REASONS = ("languages", "domains", "directions", "times", "gender", "backgrounds")


class AvoidSerializer(StrictSerializer):
    """Whom not to meet: who lives or works in a region, or speaks a language."""

    region = Text(max_length=MAX_KEY, required=False, allow_null=True)
    language_community = Choice(SPOKEN_LANGUAGES, required=False, allow_null=True)


class WishesSerializer(StrictSerializer):
    """What the member asks for. Languages are needed, the best first; everything else may be left out."""

    languages = ListOf(Choice(SPOKEN_LANGUAGES), min_length=1, max_length=len(SPOKEN_LANGUAGES), unique=True)
    domains = ListOf(Choice(Domain), max_length=len(Domain), unique=True, required=False)
    directions = ListOf(Choice(Direction), max_length=len(Direction), unique=True, required=False)
    times = ListOf(Choice(tuple(TIMES)), max_length=len(TIMES), unique=True, required=False)
    region = Text(max_length=MAX_KEY, required=False, allow_null=True)
    gender = Choice(Gender, required=False, allow_null=True)
    backgrounds = ListOf(Choice(Background), max_length=len(Background), unique=True, required=False)
    not_with = ListOf(Uuid(), max_length=MOST_NOT_WITH, unique=True, required=False)
    avoid = AvoidSerializer(required=False, allow_null=True)


class OrganisationChosenSerializer(StrictSerializer):
    """The organisation that should be there in the meantime."""

    organisation = Uuid()


class PeerSerializer(SaidSerializer):
    """Somebody who is proposed to the caller or beside them. Organisation and region show only once they are beside."""

    id = serializers.UUIDField()
    alias = serializers.CharField()
    avatar_key = serializers.CharField()
    organisation = OrganisationMarkSerializer(allow_null=True)
    region = serializers.CharField(allow_null=True)


class ReasonSerializer(serializers.Serializer[Any]):
    """A wish that somebody meets, by its keys and in words."""

    code = serializers.ChoiceField(choices=REASONS)
    values = serializers.ListField(child=serializers.CharField())
    text = serializers.CharField(help_text="In the asked language.")


class ProposalSerializer(serializers.Serializer[Any]):
    """Somebody who fits."""

    id = serializers.UUIDField(help_text="Of the match.")
    peer = PeerSerializer()
    reasons = ReasonSerializer(many=True)
    free = serializers.BooleanField(help_text="Can be accepted now.")
    lapses_at = serializers.DateTimeField()


class OpenRequestSerializer(serializers.Serializer[Any]):
    """The request itself."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=request.OPEN)
    asked_at = serializers.DateTimeField()


class WaitSerializer(serializers.Serializer[Any]):
    """How long it waits, and what is done meanwhile."""

    since = serializers.DateTimeField()
    tried_again_at = serializers.DateTimeField()
    told_at = serializers.DateTimeField(allow_null=True, help_text="Since when an organisation is asked to look, too.")
    told = OrganisationMarkSerializer(allow_null=True)


class MatchesSerializer(serializers.Serializer[Any]):
    """At most three proposals, the best first; or a wait, with what else there is."""

    request = OpenRequestSerializer(allow_null=True)
    proposals = serializers.ListField(child=ProposalSerializer(), max_length=MOST)
    waiting = WaitSerializer(allow_null=True)
    offers = serializers.ListField(child=serializers.ChoiceField(choices=OFFERS))
    organisations = serializers.ListField(
        child=OrganisationMarkSerializer(), max_length=MOST, help_text="That could be there in the meantime."
    )


class BesideSerializer(serializers.Serializer[Any]):
    """Who is beside the member now."""

    part = serializers.ChoiceField(choices=[str(part) for part in Contact.Part.values])
    interim = serializers.BooleanField()
    conversation = serializers.UUIDField()
    peer = PeerSerializer()
