"""What the schema says of reports, decisions and appeals; `moderation.queries.own` renders them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from moderation.models import appeal, case, decision
from moderation.policy import MEASURES
from moderation.reasons import Reason
from moderation.rules import RULES

REPORT_STATES = ("received", "in_review", "decided")


class LineSerializer(serializers.Serializer[Any]):
    """What one side said."""

    by_me = serializers.BooleanField()
    text = serializers.CharField()
    said_at = serializers.DateTimeField()


class ReportSerializer(serializers.Serializer[Any]):
    """A receipt, and what has become of it."""

    id = serializers.UUIDField()
    reason = serializers.ChoiceField(choices=list(Reason))
    state = serializers.ChoiceField(choices=REPORT_STATES)
    outcome_code = serializers.ChoiceField(choices=case.OUTCOMES, allow_null=True)
    may_contact = serializers.BooleanField()
    received_at = serializers.DateTimeField()


class ReportToldSerializer(ReportSerializer):
    """With questions and answers."""

    lines = LineSerializer(many=True)


class ReportsSerializer(serializers.Serializer[Any]):
    """A page of one's own reports."""

    items = ReportSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    prev = serializers.CharField(allow_null=True)


class MeasureSerializer(serializers.Serializer[Any]):
    """What was done, where, and until when."""

    kind = serializers.ChoiceField(choices=list(MEASURES))
    conversation = serializers.UUIDField(allow_null=True)
    seq = serializers.IntegerField(allow_null=True, min_value=1)
    until = serializers.DateTimeField(allow_null=True)
    state = serializers.ChoiceField(choices=sorted(decision.MEASURE_STATES.all))


class DecisionSerializer(serializers.Serializer[Any]):
    """A statement of reasons, in the reader's language."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=["in_force", "undone"])
    facts = serializers.CharField()
    rule = serializers.ChoiceField(
        choices=list(RULES), allow_blank=True, help_text="Empty for what is no measure against somebody."
    )
    rule_text = serializers.CharField()
    rule_version = serializers.CharField()
    measures = MeasureSerializer(many=True)
    automation = serializers.ChoiceField(choices=["none", "held_until_looked_at"])
    decided_by_person = serializers.BooleanField()
    by_lead = serializers.BooleanField(help_text="By who leads the group; else by a moderator.")
    in_force_at = serializers.DateTimeField()
    appeal_until = serializers.DateTimeField()
    appeal = serializers.UUIDField(allow_null=True)


class DecisionsSerializer(serializers.Serializer[Any]):
    """A page of decisions about oneself."""

    items = DecisionSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    prev = serializers.CharField(allow_null=True)


class AppealSerializer(serializers.Serializer[Any]):
    """An appeal and what was said in it."""

    id = serializers.UUIDField()
    decision = serializers.UUIDField()
    state = serializers.ChoiceField(choices=sorted(appeal.STATES.all))
    made_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(help_text="Answered by then.")
    decided_at = serializers.DateTimeField(allow_null=True)
    lines = LineSerializer(many=True)


class RuleSerializer(serializers.Serializer[Any]):
    """One rule."""

    key = serializers.ChoiceField(choices=list(RULES))
    text = serializers.CharField()


class RulesSerializer(serializers.Serializer[Any]):
    """The community's rules."""

    version = serializers.CharField()
    rules = RuleSerializer(many=True)


class RulesAgreedSerializer(serializers.Serializer[Any]):
    """Which version one has agreed to, beside the present one."""

    version = serializers.CharField()
    agreed_version = serializers.CharField(allow_null=True)
    agreed_at = serializers.DateTimeField(allow_null=True)
