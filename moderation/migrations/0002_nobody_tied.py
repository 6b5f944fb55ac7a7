"""Whoever is tied to the people of a case cannot be put on it by any path.

They are concerned, belong or belonged to the place, or are (or were) contact person or member of who is concerned. The
reporter is not known here: only the action can tell. No clock: a claim of half an hour says when it was made.
"""

from django.db import migrations

HOLD = """
CREATE FUNCTION moderation_is_tied(the_role uuid, the_case uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM accounts_role r, moderation_case c
        WHERE r.id = the_role AND c.id = the_case AND (
            r.account_id = c.subject_id
            OR EXISTS (SELECT FROM messaging_membership m
                       WHERE m.conversation_id = c.conversation_id AND m.account_id = r.account_id)
            OR EXISTS (SELECT FROM contacts_contact k JOIN accounts_role h ON h.id = k.holder_id
                       WHERE k.member_id = r.account_id AND h.account_id = c.subject_id
                          OR k.member_id = c.subject_id AND h.account_id = r.account_id)
        )
    )
$$;

CREATE FUNCTION moderation_is_same(one uuid, other uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM accounts_role a, accounts_role b
                   WHERE a.id = one AND b.id = other AND a.account_id = b.account_id)
$$;

CREATE FUNCTION moderation_guard_case() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.claimed_by_id IS NOT NULL AND moderation_is_tied(NEW.claimed_by_id, NEW.id)
       -- overdue when it was claimed: then even who is tied may hide or mute, until another has looked
       AND (NEW.due_at > NEW.claimed_until - interval '30 minutes'
            OR NEW.subject_id = (SELECT account_id FROM accounts_role WHERE id = NEW.claimed_by_id)) THEN
        RAISE EXCEPTION 'tied to the case' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION moderation_guard_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NOT NEW.tied AND moderation_is_tied(NEW.by_id, NEW.case_id))
       OR moderation_is_tied(NEW.second_by_id, NEW.case_id)
       OR moderation_is_same(NEW.by_id, NEW.second_by_id) THEN
        RAISE EXCEPTION 'tied to the case' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION moderation_guard_appeal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE made moderation_decision;
BEGIN
    SELECT * INTO made FROM moderation_decision WHERE id = NEW.decision_id;
    IF moderation_is_tied(NEW.decided_by_id, made.case_id) OR moderation_is_same(NEW.decided_by_id, made.by_id)
       OR moderation_is_same(NEW.decided_by_id, made.second_by_id) THEN
        RAISE EXCEPTION 'tied to the case' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER case_not_by_tied BEFORE INSERT OR UPDATE OF claimed_by_id ON moderation_case
    FOR EACH ROW WHEN (NEW.claimed_by_id IS NOT NULL) EXECUTE FUNCTION moderation_guard_case();
CREATE TRIGGER decision_not_by_tied BEFORE INSERT OR UPDATE OF by_id, second_by_id ON moderation_decision
    FOR EACH ROW EXECUTE FUNCTION moderation_guard_decision();
CREATE TRIGGER appeal_not_by_tied BEFORE INSERT OR UPDATE OF decided_by_id ON moderation_appeal
    FOR EACH ROW WHEN (NEW.decided_by_id IS NOT NULL) EXECUTE FUNCTION moderation_guard_appeal();
"""

LET_GO = """
DROP TRIGGER appeal_not_by_tied ON moderation_appeal;
DROP TRIGGER decision_not_by_tied ON moderation_decision;
DROP TRIGGER case_not_by_tied ON moderation_case;
DROP FUNCTION moderation_guard_appeal();
DROP FUNCTION moderation_guard_decision();
DROP FUNCTION moderation_guard_case();
DROP FUNCTION moderation_is_same(uuid, uuid);
DROP FUNCTION moderation_is_tied(uuid, uuid);
"""


class Migration(migrations.Migration):
    dependencies = [("moderation", "0001_initial"), ("contacts", "0001_initial"), ("accounts", "0007_suspensions")]
    operations = [migrations.RunSQL(HOLD, LET_GO)]
