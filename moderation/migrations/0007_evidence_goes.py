"""When the words of a case went, and its key. What a role that is erased had decided stays, by nobody.

Taking a name off a decision puts nobody on it: then nobody is asked for ties, which may have come since.
"""

from django.db import migrations, models

PUT = "NEW.by_id IS DISTINCT FROM OLD.by_id AND NEW.by_id IS NOT NULL"
PUT_SECOND = "NEW.second_by_id IS DISTINCT FROM OLD.second_by_id AND NEW.second_by_id IS NOT NULL"
GUARDS = (("decision_not_by_tied", "moderation_guard_decision"), ("decision_not_by_colleague", "moderation_no_colleague"))
SPLIT = "".join(
    f"""
DROP TRIGGER {trigger} ON moderation_decision;
CREATE TRIGGER {trigger} BEFORE INSERT ON moderation_decision FOR EACH ROW EXECUTE FUNCTION {function}();
CREATE TRIGGER {trigger}_then BEFORE UPDATE OF by_id, second_by_id ON moderation_decision
    FOR EACH ROW WHEN (({PUT}) OR ({PUT_SECOND})) EXECUTE FUNCTION {function}();
"""
    for trigger, function in GUARDS
)
JOIN = "".join(
    f"""
DROP TRIGGER {trigger} ON moderation_decision;
DROP TRIGGER {trigger}_then ON moderation_decision;
CREATE TRIGGER {trigger} BEFORE INSERT OR UPDATE OF by_id, second_by_id ON moderation_decision
    FOR EACH ROW EXECUTE FUNCTION {function}();
"""
    for trigger, function in GUARDS
)


class Migration(migrations.Migration):
    dependencies = [("moderation", "0006_decisions_of_leads")]
    operations = [
        migrations.AddField("case", "dropped_at", models.DateTimeField(null=True)),
        migrations.AddField("case", "shredded_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "case",
            models.Index(
                fields=["decided_at"],
                condition=models.Q(("shredded_at__isnull", True), ("state", "decided")),
                name="case_to_drop",
            ),
        ),
        migrations.RunSQL(SPLIT, JOIN),
    ]
