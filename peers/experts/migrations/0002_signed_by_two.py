"""Everybody who is a peer expert already gets their row; two people sign a vetting, neither of them for themselves."""

from django.db import migrations

SIGNED = """
CREATE FUNCTION experts_signed_by_two() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE looked_at uuid; one uuid; other uuid;
BEGIN
    SELECT account_id INTO looked_at FROM accounts_role WHERE id = NEW.expert_id;
    SELECT account_id INTO one FROM accounts_role WHERE id = NEW.first_by_id;
    SELECT account_id INTO other FROM accounts_role WHERE id = NEW.second_by_id;
    IF one = other OR looked_at IN (one, other) THEN
        RAISE EXCEPTION 'two other people sign for a peer expert'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'vetting_is_signed_by_two';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER vetting_is_signed_by_two AFTER INSERT OR UPDATE ON experts_vetting
    FOR EACH ROW EXECUTE FUNCTION experts_signed_by_two();
"""
UNSIGNED = "DROP TRIGGER vetting_is_signed_by_two ON experts_vetting; DROP FUNCTION experts_signed_by_two();"


def add_experts(apps, schema_editor):
    if schema_editor.connection.alias != "default":
        return
    roles = apps.get_model("accounts", "Role").objects.filter(kind="peer_expert", expert=None)
    experts = apps.get_model("experts", "Expert")
    experts.objects.bulk_create([experts(role=role) for role in roles])


class Migration(migrations.Migration):
    dependencies = [("experts", "0001_initial")]
    operations = [
        migrations.RunPython(add_experts, migrations.RunPython.noop),
        migrations.RunSQL(SIGNED, UNSIGNED),
    ]
