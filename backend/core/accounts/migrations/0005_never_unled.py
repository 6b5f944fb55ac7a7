"""No active organisation without a coordinator and a deputy: two people who coordinate it now. Asked at every commit.

Both triggers lock what the other one changes, so that of two writes at once the second sees the first.
"""

from django.db import migrations

HOLD = """
CREATE FUNCTION accounts_check_led(checked uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE there accounts_organisation;
BEGIN
    SELECT * INTO there FROM accounts_organisation WHERE id = checked FOR SHARE;
    IF NOT FOUND OR there.opened_at IS NULL OR there.closed_at IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM 1 FROM accounts_role WHERE id IN (there.coordinator_id, there.deputy_id) ORDER BY id FOR SHARE;
    IF 2 <> (SELECT count(DISTINCT account_id) FROM accounts_role WHERE id IN (there.coordinator_id, there.deputy_id)
             AND kind = 'coordinator' AND ended_at IS NULL AND organisation_id = there.id) THEN
        RAISE EXCEPTION 'an active organisation has a coordinator and a deputy'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'organisation_is_led';
    END IF;
END $$;

CREATE FUNCTION accounts_organisation_is_led() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM accounts_check_led(NEW.id);
    RETURN NULL;
END $$;

CREATE FUNCTION accounts_role_leads() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE led uuid;
BEGIN
    FOR led IN SELECT id FROM accounts_organisation WHERE OLD.id IN (coordinator_id, deputy_id) ORDER BY id LOOP
        PERFORM accounts_check_led(led);
    END LOOP;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER organisation_is_led
    AFTER INSERT OR UPDATE OF opened_at, closed_at, coordinator_id, deputy_id ON accounts_organisation
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION accounts_organisation_is_led();

CREATE CONSTRAINT TRIGGER role_leads
    AFTER UPDATE OF kind, ended_at, organisation_id, account_id OR DELETE ON accounts_role
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.kind = 'coordinator')
    EXECUTE FUNCTION accounts_role_leads();
"""

LET_GO = """
DROP TRIGGER role_leads ON accounts_role;
DROP TRIGGER organisation_is_led ON accounts_organisation;
DROP FUNCTION accounts_role_leads();
DROP FUNCTION accounts_organisation_is_led();
DROP FUNCTION accounts_check_led(uuid);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_organisations_led")]
    operations = [migrations.RunSQL(HOLD, LET_GO)]
