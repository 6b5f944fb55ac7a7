"""Who leads a group decides there about its members: they are tied by that, and may do it as who leads, and only then."""

from django.db import migrations, models

GUARD = """
CREATE OR REPLACE FUNCTION moderation_guard_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NOT NEW.tied AND NOT NEW.by_lead AND moderation_is_tied(NEW.by_id, NEW.case_id))
       OR moderation_is_tied(NEW.second_by_id, NEW.case_id)
       OR moderation_is_same(NEW.by_id, NEW.second_by_id) THEN
        RAISE EXCEPTION 'tied to the case' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'INSERT' AND NEW.by_lead AND NOT EXISTS (
        SELECT FROM messaging_membership m, moderation_case c
        WHERE c.id = NEW.case_id AND m.conversation_id = c.conversation_id AND m.peer_id = NEW.by_id
          AND m.part = 'lead' AND m.state = 'active' AND m.account_id <> c.subject_id
    ) THEN
        RAISE EXCEPTION 'does not lead there' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""
BEFORE = """
CREATE OR REPLACE FUNCTION moderation_guard_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NOT NEW.tied AND moderation_is_tied(NEW.by_id, NEW.case_id))
       OR moderation_is_tied(NEW.second_by_id, NEW.case_id)
       OR moderation_is_same(NEW.by_id, NEW.second_by_id) THEN
        RAISE EXCEPTION 'tied to the case' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("moderation", "0005_load_and_notices"), ("messaging", "0005_holds")]
    operations = [
        migrations.AddField("decision", "by_lead", models.BooleanField(default=False)),
        migrations.RunSQL(GUARD, BEFORE),
    ]
