"""The audit can only grow: no row is changed or removed, and the head only moves forward.

Statement triggers, so that even a statement that finds no row is refused, and TRUNCATE too.
"""

from django.db import migrations

REFUSE = """
CREATE FUNCTION core_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit is insert-only' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER audit_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON core_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION core_audit_refuse();

CREATE TRIGGER audit_head_stays BEFORE DELETE OR TRUNCATE ON core_audithead
    FOR EACH STATEMENT EXECUTE FUNCTION core_audit_refuse();

CREATE TRIGGER audit_head_forward BEFORE UPDATE ON core_audithead
    FOR EACH ROW WHEN (NEW.id <> OLD.id OR NEW.seq <= OLD.seq) EXECUTE FUNCTION core_audit_refuse();
"""

ALLOW = """
DROP TRIGGER audit_head_forward ON core_audithead;
DROP TRIGGER audit_head_stays ON core_audithead;
DROP TRIGGER audit_insert_only ON core_auditentry;
DROP FUNCTION core_audit_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
