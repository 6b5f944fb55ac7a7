"""Input and output of the journey and the goals."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.core.http.serializers import Choice, ListOf, StrictSerializer, Text
from backend.core.vocabulary import Direction, Domain
from peers.journeys.actions.lines import MAX_TEXT
from peers.journeys.models import Line
from peers.journeys.prompts import PROMPTS
from peers.journeys.queries import Words

DOMAINS = [str(domain) for domain in Domain]
DIRECTIONS = [str(direction) for direction in Direction]


class GoalNewSerializer(StrictSerializer):
    """Own words; the rest may be left out. Several directions may stand together."""

    text = Text(max_length=MAX_TEXT, multiline=True)
    domain = Choice(Domain, required=False, allow_null=True)
    directions = ListOf(Choice(Direction), max_length=len(Direction), unique=True, required=False)


class JourneyLineNewSerializer(GoalNewSerializer):
    """The same, and the prompt that it began with."""

    prompt = Choice(list(PROMPTS), required=False, allow_null=True)


class GoalSerializer(serializers.Serializer[Any]):
    """A goal, as it is told. It has no state: it stands until the member changes or removes it."""

    id = serializers.UUIDField()
    text = serializers.CharField()
    domain = serializers.ChoiceField(choices=DOMAINS, allow_null=True)
    directions = serializers.ListField(child=serializers.ChoiceField(choices=DIRECTIONS))
    written_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField(help_text="Its ETag, for If-Match.")


class JourneyLineSerializer(GoalSerializer):
    """A line of the journey, as it is told."""

    prompt = serializers.ChoiceField(choices=list(PROMPTS), allow_null=True)


class WordSerializer(serializers.Serializer[Any]):
    """A key, and what it is called in the asked language."""

    key = serializers.CharField()
    text = serializers.CharField()


class BeginningsSerializer(serializers.Serializer[Any]):
    """What one can begin with. The order says nothing."""

    prompts = WordSerializer(many=True)
    directions = WordSerializer(many=True)
    domains = WordSerializer(many=True)


def line_shown(line: Line, words: Words) -> dict[str, Any]:
    """What a serializer above is given."""
    return {
        "id": line.id,
        "text": words.text,
        "domain": words.domain,
        "directions": list(words.directions),
        "prompt": words.prompt,
        "written_at": line.written_at,
        "changed_at": line.changed_at,
        "version": line.version,
    }
