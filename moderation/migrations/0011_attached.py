"""What a notice is about is found while somebody has claimed it: whom that ties cannot keep it by any path."""

from django.db import migrations

HOLD = """
CREATE FUNCTION moderation_guard_attached() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF moderation_is_tied(NEW.claimed_by_id, NEW.id) OR moderation_is_colleague(NEW.claimed_by_id, NEW.id) THEN
        RAISE EXCEPTION 'tied to the case' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
-- After, and not before: what ties somebody is read from the row as it is now. Erasure only takes away.
CREATE TRIGGER case_not_attached_to_tied AFTER UPDATE OF subject_id, conversation_id, entry ON moderation_case
    FOR EACH ROW WHEN (NEW.claimed_by_id IS NOT NULL AND (
        NEW.subject_id IS DISTINCT FROM OLD.subject_id AND NEW.subject_id IS NOT NULL
        OR NEW.conversation_id IS DISTINCT FROM OLD.conversation_id AND NEW.conversation_id IS NOT NULL
        OR NEW.entry IS DISTINCT FROM OLD.entry AND NEW.entry IS NOT NULL))
    EXECUTE FUNCTION moderation_guard_attached();
"""
LET_GO = """
DROP TRIGGER case_not_attached_to_tied ON moderation_case;
DROP FUNCTION moderation_guard_attached();
"""


class Migration(migrations.Migration):
    dependencies = [("moderation", "0010_entries_and_peers")]
    operations = [migrations.RunSQL(HOLD, LET_GO)]
