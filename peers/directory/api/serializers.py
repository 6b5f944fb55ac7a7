"""Input of the directory's API, and the form of its output for the schema (`told.py` makes it)."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.core.accounts.api.serializers import RegionSerializer
from backend.core.http.serializers import Choice, StrictSerializer, Text
from backend.core.vocabulary import SPOKEN_LANGUAGES, Direction, Domain
from peers.directory.actions.letters import MAX_LETTER
from peers.directory.vocabulary import Channel, Kind, Line, Part, Stance, Standing, Trace, Trouble


class _Form(serializers.Serializer[Any]):
    """For the schema only."""


def _list_of(values: Any) -> serializers.ListField:
    return serializers.ListField(child=serializers.ChoiceField(choices=[str(value) for value in values]))


def _one_of(values: Any) -> serializers.ChoiceField:
    return serializers.ChoiceField(choices=[str(value) for value in values])


class ProblemReportSerializer(StrictSerializer):
    """What is wrong with an entry."""

    kind = Choice(Trouble)
    note = Text(max_length=MAX_LETTER, multiline=True, required=False, allow_null=True)


class MeetingQuestionSerializer(StrictSerializer):
    """A question to the organisers."""

    body = Text(max_length=MAX_LETTER, multiline=True)


class WaySerializer(_Form):
    """A way to reach somebody; `trace` is what it leaves on the phone."""

    channel = _one_of(Channel)
    value = serializers.CharField()
    note = serializers.CharField(allow_null=True)
    trace = _one_of(Trace)


class OwnWordsSerializer(_Form):
    """What an entry says about itself in one language."""

    language = serializers.CharField()
    about = serializers.CharField(allow_null=True)
    how = serializers.CharField(allow_null=True, help_text="How to begin, and what it costs.")


class PlacesSerializer(_Form):
    """Free places, as counted on a day."""

    free = serializers.IntegerField()
    checked_on = serializers.DateField()
    stale = serializers.BooleanField(help_text="Counted more than 30 days ago.")


class AssuredSerializer(_Form):
    """Who answers for an entry."""

    by = serializers.CharField()
    on = serializers.DateField()
    until = serializers.DateField()


class DirectoryEntrySerializer(_Form):
    """An organisation, or something that one offers. Entries about safe homes never have an address."""

    id = serializers.UUIDField()
    part = _one_of(Part)
    of = serializers.UUIDField(allow_null=True, help_text="The organisation's entry of an offer.")
    organisation = serializers.CharField()
    name = serializers.CharField()
    texts = OwnWordsSerializer(many=True)
    kinds = _list_of(Kind)
    domains = _list_of(Domain)
    directions = _list_of(Direction)
    stances = _list_of(Stance)
    languages = _list_of(SPOKEN_LANGUAGES)
    regions = serializers.ListField(child=serializers.CharField(), help_text="None, and not nationwide: not known.")
    nationwide = serializers.BooleanField()
    area = serializers.CharField(allow_null=True, help_text="Where it works, as its source says.")
    municipality = serializers.CharField(allow_null=True)
    specific = serializers.BooleanField(help_text="Made for people who do or did sex work; these come first.")
    contacts = WaySerializer(many=True)
    hours = serializers.CharField(allow_null=True)
    address = serializers.CharField(allow_null=True)
    begins_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)
    yearly = serializers.BooleanField()
    places = PlacesSerializer(allow_null=True)
    standing = _one_of(Standing)
    assured = AssuredSerializer(allow_null=True)
    kept_by = serializers.CharField(allow_null=True)
    source = serializers.CharField(allow_null=True)  # type: ignore[assignment]
    source_url = serializers.CharField(allow_null=True)
    example = serializers.BooleanField(help_text="Made up, for showing.")


class AnswerSerializer(_Form):
    """A question to the organisers and their answer, both in their words."""

    question = serializers.CharField()
    answer = serializers.CharField()
    on = serializers.DateField()


class WholeDirectoryEntrySerializer(DirectoryEntrySerializer):
    """With what an organisation offers, and with answers to questions."""

    offers = DirectoryEntrySerializer(many=True)
    answers = AnswerSerializer(many=True)
    takes_questions = serializers.BooleanField()


class HelplineSerializer(_Form):
    """A helpline. No languages or hours: not known."""

    key = serializers.CharField()
    kind = _one_of(Line)
    name = serializers.CharField(allow_null=True, help_text="null: `emergency` or `police`, which clients name.")
    contacts = WaySerializer(many=True)
    languages = _list_of(SPOKEN_LANGUAGES)
    always = serializers.BooleanField(help_text="Day and night.")
    hours = serializers.CharField(allow_null=True)
    free = serializers.BooleanField()
    nameless = serializers.BooleanField(help_text="No name is asked for.")
    tips = serializers.BooleanField(help_text="Takes tips; gives no help.")
    standing = _one_of(Standing)
    confirmed_on = serializers.DateField(allow_null=True)
    source_url = serializers.CharField(allow_null=True)


class HelplinesSerializer(_Form):
    """All helplines in the order in which they are to be shown: the police last."""

    items = HelplineSerializer(many=True)


class GapSerializer(_Form):
    """What was looked for in a month and not found; null: nothing was said about it. Rounded down."""

    month = serializers.DateField(help_text="Its first day.")
    region = serializers.CharField(allow_null=True)
    language = serializers.CharField(allow_null=True)
    domain = serializers.CharField(allow_null=True)
    searches = serializers.IntegerField()


class SnapshotSerializer(_Form):
    """The whole directory, for use without a network."""

    edition = serializers.IntegerField(help_text="Grows with each change.")
    made_on = serializers.DateField()
    regions = RegionSerializer(many=True)
    regions_expected = serializers.IntegerField()
    helplines = HelplineSerializer(many=True)
    entries = DirectoryEntrySerializer(many=True)


class HsdsSerializer(_Form):
    """Organisations with their services, in the form of HSDS 3; `docs/directory.md` tells the attributes `naast`."""

    version = serializers.CharField()
    total_items = serializers.IntegerField()
    total_pages = serializers.IntegerField()
    page_number = serializers.IntegerField()
    size = serializers.IntegerField()
    first_page = serializers.BooleanField()
    last_page = serializers.BooleanField()
    empty = serializers.BooleanField()
    contents = serializers.ListField(child=serializers.DictField())
