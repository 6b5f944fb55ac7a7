"""How many members somebody is beside at most. Whoever adds one locks the role's row first, and then counts.

So of two members who race for the last place one gets it, whatever way they come. Who steps in is not counted, and who
is there when the limit is lowered stays.
"""

from django.db import migrations

HOLD = """
CREATE FUNCTION contacts_caseload() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE most integer; held integer;
BEGIN
    PERFORM 1 FROM accounts_role WHERE id = NEW.holder_id FOR NO KEY UPDATE;
    SELECT caseload_limit INTO most FROM experts_expert WHERE role_id = NEW.holder_id;
    SELECT count(*) INTO held FROM contacts_contact
        WHERE holder_id = NEW.holder_id AND state = 'active' AND NOT interim;
    IF held > coalesce(most, 0) THEN
        RAISE EXCEPTION 'beside more members than they can be'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'contact_caseload';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER contact_caseload_new
    AFTER INSERT ON contacts_contact
    FOR EACH ROW WHEN (NEW.state = 'active' AND NOT NEW.interim AND NEW.holder_id IS NOT NULL)
    EXECUTE FUNCTION contacts_caseload();

CREATE CONSTRAINT TRIGGER contact_caseload_changed
    AFTER UPDATE OF holder_id, state, interim ON contacts_contact
    FOR EACH ROW WHEN (NEW.state = 'active' AND NOT NEW.interim AND NEW.holder_id IS NOT NULL
        AND (OLD.holder_id IS DISTINCT FROM NEW.holder_id OR OLD.state <> 'active' OR OLD.interim))
    EXECUTE FUNCTION contacts_caseload();
"""

LET_GO = """
DROP TRIGGER contact_caseload_changed ON contacts_contact;
DROP TRIGGER contact_caseload_new ON contacts_contact;
DROP FUNCTION contacts_caseload();
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0002_nobody_alone"), ("experts", "0001_initial")]
    operations = [migrations.RunSQL(HOLD, LET_GO)]
