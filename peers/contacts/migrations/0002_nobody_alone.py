"""Never nobody responsible, asked at every commit.

A member whose promise has not ended has an active primary contact, and its holder's role runs on an account that is not
locked; or nobody holds it, because there is nobody, and the operator was told. Whatever takes part in this is locked
by whoever asks: of two writes at once the second sees the first.
"""

from django.db import migrations

HOLD = """
CREATE FUNCTION contacts_check_somebody(concerned uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE there contacts_contact;
BEGIN
    PERFORM 1 FROM contacts_promise WHERE member_id = concerned AND state <> 'ended' FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT * INTO there FROM contacts_contact
        WHERE member_id = concerned AND part = 'primary' AND state = 'active';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a member has nobody who is responsible'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'somebody_is_responsible';
    END IF;
    IF there.holder_id IS NULL THEN
        RETURN;
    END IF;
    PERFORM 1 FROM accounts_role r JOIN accounts_account a ON a.id = r.account_id
        WHERE r.id = there.holder_id AND r.ended_at IS NULL AND a.locked_at IS NULL FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'who is responsible for a member is not there any more'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'somebody_is_responsible';
    END IF;
END $$;

CREATE FUNCTION contacts_promise_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM contacts_check_somebody(NEW.member_id);
    RETURN NULL;
END $$;

CREATE FUNCTION contacts_contact_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM contacts_check_somebody(OLD.member_id);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM contacts_check_somebody(NEW.member_id);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION contacts_role_is_followed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE concerned uuid;
BEGIN
    FOR concerned IN SELECT member_id FROM contacts_contact
        WHERE holder_id = NEW.id AND state = 'active' AND part = 'primary' ORDER BY member_id LOOP
        PERFORM contacts_check_somebody(concerned);
    END LOOP;
    RETURN NULL;
END $$;

CREATE FUNCTION contacts_account_is_followed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE concerned uuid;
BEGIN
    FOR concerned IN SELECT c.member_id FROM contacts_contact c JOIN accounts_role r ON r.id = c.holder_id
        WHERE r.account_id = NEW.id AND c.state = 'active' AND c.part = 'primary' ORDER BY c.member_id LOOP
        PERFORM contacts_check_somebody(concerned);
    END LOOP;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER promise_is_kept
    AFTER INSERT OR UPDATE OF state ON contacts_promise
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state <> 'ended')
    EXECUTE FUNCTION contacts_promise_is_kept();

CREATE CONSTRAINT TRIGGER contact_is_kept
    AFTER INSERT OR UPDATE OF member_id, holder_id, part, state OR DELETE ON contacts_contact
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION contacts_contact_is_kept();

CREATE CONSTRAINT TRIGGER role_is_followed
    AFTER UPDATE OF ended_at ON accounts_role
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.ended_at IS NOT NULL)
    EXECUTE FUNCTION contacts_role_is_followed();

CREATE CONSTRAINT TRIGGER account_is_followed
    AFTER UPDATE OF locked_at ON accounts_account
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.locked_at IS NOT NULL)
    EXECUTE FUNCTION contacts_account_is_followed();
"""

LET_GO = """
DROP TRIGGER account_is_followed ON accounts_account;
DROP TRIGGER role_is_followed ON accounts_role;
DROP TRIGGER contact_is_kept ON contacts_contact;
DROP TRIGGER promise_is_kept ON contacts_promise;
DROP FUNCTION contacts_account_is_followed();
DROP FUNCTION contacts_role_is_followed();
DROP FUNCTION contacts_contact_is_kept();
DROP FUNCTION contacts_promise_is_kept();
DROP FUNCTION contacts_check_somebody(uuid);
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0001_initial"), ("accounts", "0005_never_unled")]
    operations = [migrations.RunSQL(HOLD, LET_GO)]
